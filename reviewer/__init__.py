"""The reviewer: a form, an estimate calibrated on what people decided, and integrity gates. Independent of agents."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from reviewer.decision import find_objections
from reviewer.errors import ReviewerError
from reviewer.evidence.ledger import Ledger, read_ledger
from reviewer.form.features import measure
from reviewer.form.reasons import give_reasons
from reviewer.form.scores import ACCEPT_FROM, Scores, score
from reviewer.gates import raise_flags
from reviewer.gates.flag import Flag, cap
from reviewer.schema import Paper, Review
from reviewer.screening import Screened, screen
from reviewer.text import blind

if TYPE_CHECKING:
    from reviewer.estimate.model import Judgement

__all__ = ["UNCALIBRATED", "How", "Review", "ReviewerError", "read_paper", "review_paper", "review_read"]
__version__ = "0.3.0"
UNCALIBRATED = "uncalibrated"


class How(TypedDict, total=False):
    """How to judge: overall scores that calibrated panels gave, by configuration; a venue's acceptance rate to move P
    to; the folder of a fitted reviewer (the shipped one if left out, none to go uncalibrated)."""

    opinions: Mapping[str, float]
    acceptance_rate: float
    fitted: Path | None


def review_paper(
    pdf: Path | None,
    tex: Path | None = None,
    evidence: Path | None = None,
    **how: Unpack[How],
) -> Review:
    """Review a paper from its LaTeX source if given, else from its PDF, with its evidence.json if there is one.

    With both, text comes from the source and hidden text is sought in the PDF too. The same files give the same review.
    `how` is that of `review_read`. Raises ReviewerError, one line, for anything that cannot be read.
    """
    ledger = read_ledger(evidence) if evidence else None
    return review_read(read_paper(pdf, tex, ledger), ledger, **how)


def review_read(paper: Paper, ledger: Ledger | None = None, **how: Unpack[How]) -> Review:
    """Review a paper that is read already, by `reviewer.reading.files.read_file` for one.

    `overall` of a draft with evidence is the form's, over text and evidence; that of any other paper is the score that
    people are expected to give it. Flags cap either; they move neither the probability nor the expected score, which
    are of the text without what was hidden or addressed to a reviewer. A paper is accepted where all of it agrees.
    """
    screened = screen(blind(paper))
    findings = measure(screened, ledger)
    flags = raise_flags(screened, ledger)
    form = score(findings.features)
    judged = _judge(screened, how)
    estimate = judged.estimate if judged else None
    expected = estimate.expected_score if estimate else None
    scores = cap(form if ledger or expected is None else form._replace(overall=expected), flags)
    probability = estimate.probability if estimate else None
    return Review(
        **give_reasons(screened.paper, findings, ledger)._asdict(),
        **scores._asdict(),
        decision="accept" if _is_accepted(scores, flags, probability, ledger) else "reject",
        calibration=_calibration(judged),
        probability=probability,
        probability_interval=estimate.probability_interval if estimate else None,
        expected_score=expected,
        expected_interval=estimate.expected_interval if estimate else None,
        is_extrapolated=estimate.is_extrapolated if estimate else False,
        flags=tuple(flag.text for flag in flags),
        reviewer=f"naturalist reviewer {__version__}{', with a panel' * bool(judged and judged.is_fused)}",
        features=findings.features | {"form_overall": form.overall} | (judged.parts if judged else {}),
    )


def read_paper(pdf: Path | None, tex: Path | None = None, ledger: Ledger | None = None) -> Paper:
    """Read a paper from LaTeX or PDF; names of authors are left out."""
    from reviewer.reading.latex import read_latex
    from reviewer.reading.pdf import read_pdf

    if tex is None and pdf is None:
        raise ReviewerError("nothing to review: give a PDF or a LaTeX source")
    if tex is None:
        return read_pdf(pdf) if pdf else Paper(title="", sections=())
    paper = read_latex(tex, ledger)
    return paper.model_copy(update={"hidden": paper.hidden + read_pdf(pdf).hidden}) if pdf else paper


def _judge(screened: Screened, how: How) -> "Judgement | None":
    """The fitted reviewer's estimate; None where it is told to go without."""
    from reviewer.estimate.model import SHIPPED, load_fitted

    folder = how.get("fitted", SHIPPED)
    if folder is None:
        return None
    fitted = load_fitted(folder)
    return fitted.judge(fitted.measure(screened), how.get("opinions"), how.get("acceptance_rate"))


def _calibration(judged: "Judgement | None") -> str:
    if judged is None:
        return UNCALIBRATED
    return judged.label + ", extrapolated" * judged.estimate.is_extrapolated


def _is_accepted(scores: Scores, flags: tuple[Flag, ...], probability: float | None, ledger: Ledger | None) -> bool:
    """A flag that caps below the line rejects, and so does any measure; a high score outvotes no low probability."""
    if any(flag.overall < ACCEPT_FROM for flag in flags):
        return False
    return not find_objections(scores.overall, probability, has_evidence=ledger is not None)
