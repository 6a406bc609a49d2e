"""A review as a person reads it: the decision first, then what it rests on; and the same as JSON."""

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.cli.console import is_plain, make_console, say
from agents.cli.text import clean, cost_words, dollars
from reviewer.decision import find_measures, find_objections
from reviewer.panel import PanelReview
from reviewer.panel.review import Point, SignedForm
from reviewer.schema import Paper, Review
from reviewer.text import count_words

_WIDEST = 100
_INDENT = 14


class Facts(NamedTuple):
    """What a review was made from and what it took. `nearby` is a bundle that lies beside the paper, unused."""

    path: Path
    evidence: Path | None = None
    nearby: Path | None = None
    calls: int = 0
    cost_usd: float = 0.0
    unpriced: int = 0
    acceptance_rate: float | None = None


class Line(NamedTuple):
    """One line before it is wrapped: what it opens with, the text, whether it is a heading."""

    opening: str
    text: str
    is_heading: bool = False


class ReviewPage(NamedTuple):
    """A review with its paper and its panel, to be shown."""

    paper: Paper
    review: Review
    panel: PanelReview | None
    facts: Facts

    def as_json(self) -> dict[str, Any]:
        facts = self.facts
        return {
            "paper": {"path": str(facts.path), "title": self.paper.title},
            "evidence": str(facts.evidence) if facts.evidence else None,
            "review": self.review.model_dump(mode="json"),
            "panel": self.panel.model_dump(mode="json") if self.panel else None,
            "calls": facts.calls,
            "cost_usd": facts.cost_usd,
            "unpriced_calls": facts.unpriced,
        }

    def lines(self) -> Iterator[Line]:
        """The page, top down."""
        yield Line("", self.paper.title or "(no title)", is_heading=True)
        yield from _fields(_about(self.paper, self.facts))
        yield Line("", "")
        yield from _fields(_verdict(self.review, self.facts))
        if self.panel:
            yield Line("", "")
            yield from _fields(_panel(self.panel, is_fused="panel" in self.review.features))
        yield from _part("Summary", [self.panel.summary if self.panel else self.review.summary], "")
        yield from self._reasons()
        yield from _closing(self.facts, self.panel)

    def text_lines(self, width: int = _WIDEST) -> list[str]:
        return [row for line in self.lines() for row in wrap(line, width)]

    def _reasons(self) -> Iterator[Line]:
        panel, review = self.panel, self.review
        said = panel or _NOBODY
        yield from _part("Strengths", [*map(_point, said.strengths), *review.strengths], "+ ")
        yield from _part("Weaknesses", [*map(_point, said.weaknesses), *review.weaknesses], "- ")
        if panel and panel.minority:
            yield from _part("Objections of one reviewer alone", [*map(_signed, panel.minority)], "! ")
        yield from _part("Questions", [*said.questions, *review.questions], "? ")
        yield from _part("Limitations", [*said.limitations, *review.limitations], "* ")


class _Nobody(NamedTuple):
    """What a panel says where there is none."""

    strengths: tuple[Point, ...] = ()
    weaknesses: tuple[Point, ...] = ()
    questions: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()


_NOBODY = _Nobody()


def show_page(page: ReviewPage) -> None:
    """Print a page, fitted to the terminal; headings are bold where that can be shown."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    if is_plain():
        for row in page.text_lines(width):
            say(row)
        return
    console = make_console()
    for line in page.lines():
        for row in wrap(line, width):
            console.print(row, style="bold" if line.is_heading else None, soft_wrap=True)


def wrap(line: Line, width: int) -> list[str]:
    """A line as rows of at most so many characters, made harmless, the second and later ones set in."""
    text = clean(line.text)
    if not line.opening.strip() and not text:
        return [""]
    gap = " " * len(line.opening)
    wrapped = textwrap.wrap(text, max(width, 40), initial_indent=line.opening, subsequent_indent=gap,
                            break_on_hyphens=False, break_long_words=False)  # fmt: skip
    return wrapped or [line.opening.rstrip()]


def _fields(rows: Iterable[tuple[str, str]]) -> Iterator[Line]:
    """Named values; a name that is as before is not said again."""
    last = ""
    for name, value in rows:
        yield Line(f"{name if name != last else '':<{_INDENT}}", value)
        last = name


def _part(heading: str, texts: Sequence[str], bullet: str) -> Iterator[Line]:
    if texts:
        yield Line("", "")
        yield Line("", heading, is_heading=True)
        for text in texts:
            yield Line(f"  {bullet}", text)


def _about(paper: Paper, facts: Facts) -> Iterator[tuple[str, str]]:
    words = sum(count_words(part.text) for part in paper.sections)
    counts = ((paper.figures, "figure"), (paper.tables, "table"), (paper.references, "reference"))
    yield "paper", f"{facts.path} ({words:,} words, {', '.join(_count(number, noun) for number, noun in counts)})"
    if facts.evidence:
        yield "evidence", str(facts.evidence)
    if facts.nearby:
        yield "note", f"{facts.nearby.name} beside it was not used; --evidence {facts.nearby} checks numbers against it"


def _verdict(review: Review, facts: Facts) -> Iterator[tuple[str, str]]:
    yield "decision", f"{review.decision}, by {_basis(review, facts)}"
    yield "people", _people(review)
    if review.is_extrapolated:
        yield "extrapolated", "this paper is unlike those the reviewer was fitted on; take the figures with care"
    if facts.acceptance_rate is not None and review.probability is None:
        yield "note", f"no probability to move to an acceptance rate of {facts.acceptance_rate:g}: {review.calibration}"
    form = f"overall {review.overall:.1f} of 10; soundness {review.soundness:.1f}, presentation "
    form += f"{review.presentation:.1f}, contribution {review.contribution:.1f} of 4"
    yield "form", f"{form}; confidence {review.confidence:.1f} of 5"
    for flag in review.flags or ("none",):
        yield "flags", flag


def _basis(review: Review, facts: Facts) -> str:
    """Whatever is against it, a flag among them; of an accepted paper all that agrees."""
    if review.decision == "reject" and review.flags:
        return "its flags and scores"
    has_evidence = facts.evidence is not None
    against = find_objections(review.overall, review.probability, has_evidence=has_evidence)
    return ", and ".join(against or find_measures(review.probability, has_evidence=has_evidence))


def _people(review: Review) -> str:
    """What people are expected to say of the text."""
    if review.probability is None or review.expected_score is None:
        return f"{review.calibration}: no probability of acceptance is known"
    probability = f"P(accept) {review.probability:.2f}{_interval(review.probability_interval, 2)}"
    expected = f"{review.expected_score:.1f} of 10{_interval(review.expected_interval, 1)} expected"
    return f"{probability}, {expected} ({review.calibration})"


def _interval(ends: tuple[float, float] | None, decimals: int) -> str:
    return f" [{ends[0]:.{decimals}f}, {ends[1]:.{decimals}f}]" if ends else ""


def _panel(panel: PanelReview, *, is_fused: bool) -> Iterator[tuple[str, str]]:
    accepts = sum(signed.form.decision == "accept" for signed in panel.forms)
    many = len(panel.forms)
    yield "panel", f"{_count(many, 'reviewer')} for {panel.venue}: {accepts} of {many} would accept"
    yield "panel", _means(panel)
    for signed in panel.forms:
        yield "panel", _signed_form(signed)
    for trouble in panel.troubles:
        yield "warning", f"{trouble.who} {trouble.kind}: {trouble.detail}"
    for note in panel.notes:
        yield "note", note
    if not is_fused:
        yield "note", "the decision above rests on what can be measured; no calibration takes in this panel's scores"


def _signed_form(signed: SignedForm) -> str:
    void = f"; {_count(len(signed.void), 'remark')} void, quoting what is not in the paper" if signed.void else ""
    form = f"overall {signed.form.overall:g}, {signed.form.decision}"
    return f"{signed.signature} at temperature {signed.temperature:g}: {form}{void}"


def _means(panel: PanelReview) -> str:
    mean, spread = panel.scores, f" ± {panel.spreads['overall']:.1f}" if len(panel.forms) > 1 else ""
    fours = ", ".join(f"{name} {mean[name]:.1f}" for name in ("soundness", "presentation", "contribution"))
    return f"overall {mean['overall']:.1f}{spread} of 10; {fours} of 4; confidence {mean['confidence']:.1f} of 5"


def _point(point: Point) -> str:
    """A panel's remark with who made it and the words it stands on."""
    quoted = f' "{point.quotation}"' if point.quotation else ""
    who = ", ".join(name.partition(" ")[0] for name in point.reviewers)
    return f"{point.text}{' (major)' * point.is_major}{quoted} [{who}]"


def _signed(point: Point) -> str:
    return f"{', '.join(point.reviewers)}{', major' * point.is_major}: {point.text}"


def _closing(facts: Facts, panel: PanelReview | None) -> Iterator[Line]:
    yield Line("", "")
    if panel:
        cost = cost_words(facts.cost_usd, facts.unpriced)
        yield from _fields([("cost", cost if facts.unpriced else f"{cost} for {_count(facts.calls, 'call')}")])
    else:
        hint = "no language model was asked (--model MODEL adds reviewers)"
        yield from _fields([("cost", f"{dollars(0.0)}, {hint}")])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
