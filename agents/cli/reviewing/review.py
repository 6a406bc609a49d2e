"""`review`: anyone's paper read, judged by what can be measured, and by a panel of models where some are named."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from typing import NamedTuple

from agents.cli.console import say, say_json
from agents.cli.reviewing.page import Facts, ReviewPage, show_page
from agents.errors import ServiceError, UserError
from agents.files import write_atomic, write_json
from agents.review_models import CallMemory, open_panel_models
from reviewer import How, Review, ReviewerError, review_read
from reviewer.evidence.ledger import Ledger, read_ledger
from reviewer.panel import LlmOpinion, PanelError, PanelReview, hold_panel, load_rubric, seat_members
from reviewer.reading.files import read_file
from reviewer.schema import Paper


class PanelOptions(NamedTuple):
    """Who sits on the panel and by which rubric; without models there is none."""

    models: tuple[str, ...] = ()
    reviewers: int = 3
    reflections: int = 1
    venue: str = "neurips"
    avoid: tuple[str, ...] = ()
    budget_usd: float = 10.0


def show_review(
    path: Path,
    evidence: Path | None,
    panel: PanelOptions,
    *,
    row: str | None = None,
    acceptance_rate: float | None = None,
    fitted: Path | None = None,
    out: Path | None = None,
    as_json: bool,
) -> None:
    """Review a paper and print what came of it, or write it to `out`: JSON if its name says so, else text."""
    _check_out(out)
    calls = CallMemory()
    with _in_our_terms():
        evidence = evidence or _find_evidence(path)
        ledger = read_ledger(evidence) if evidence else None
        paper = read_file(path, ledger, row)
        held = _hold_panel(paper, panel, calls, is_quiet=as_json)
        review = _judge(paper, ledger, held.opinion if held else None, acceptance_rate, fitted)
    facts = Facts(
        path=path,
        evidence=evidence,
        nearby=_nearby(path, evidence),
        calls=calls.count,
        cost_usd=calls.total_usd(),
        unpriced=calls.total_unpriced(),
        acceptance_rate=acceptance_rate,
    )
    page = ReviewPage(paper, review, held, facts)
    if out:
        _write(out, page)
    if as_json:
        say_json(page.as_json())
    elif out:
        say(f"review written to {out}")
    else:
        show_page(page)


def _judge(
    paper: Paper,
    ledger: Ledger | None,
    opinion: LlmOpinion | None,
    acceptance_rate: float | None,
    fitted: Path | None,
) -> Review:
    how: How = {"opinions": {opinion.config_key: opinion.overall} if opinion else {}}
    if acceptance_rate is not None:
        how["acceptance_rate"] = acceptance_rate
    if fitted:
        how["fitted"] = fitted
    return review_read(paper, ledger, **how)


def _hold_panel(paper: Paper, options: PanelOptions, calls: CallMemory, *, is_quiet: bool) -> PanelReview | None:
    rubric = load_rubric(options.venue)
    if not options.models:
        return None
    stop = Flag()
    models = open_panel_models(options.models, calls, options.budget_usd, stop=stop)
    members = seat_members(models, options.reviewers, rubric.personas)
    if not is_quiet:
        for note in (note for model in models for note in model.notes):
            say(f"note: {note}")
        named = ", ".join(model.name for model in models)
        say(f"asking {len(members)} reviewer{'s' * (len(members) != 1)} ({named}); this takes a few minutes ...")
    try:
        return hold_panel(paper, members, rubric, reflections=options.reflections, avoid=options.avoid)
    finally:
        stop.set()  # whoever still waits between two tries


def _find_evidence(path: Path) -> Path | None:
    """The bundle of a folder that holds a paper of ours."""
    found = path / "evidence.json"
    return found if path.is_dir() and found.is_file() else None


def _nearby(path: Path, evidence: Path | None) -> Path | None:
    """A bundle that lies beside the paper and was not used."""
    found = path.parent / "evidence.json"
    return found if evidence is None and found.is_file() else None


def _check_out(out: Path | None) -> None:
    if out and out.is_dir():
        raise UserError(f"--out {out} is a folder; give the name of a file, .json or .txt")


def _write(out: Path, page: ReviewPage) -> None:
    if out.suffix.lower() == ".json":
        write_json(out, page.as_json())
    else:
        write_atomic(out, "\n".join(page.text_lines()) + "\n")


@contextmanager
def _in_our_terms() -> Generator[None]:
    """The reviewer's errors as the pipeline's: what cannot be read is the user's to mend."""
    try:
        yield
    except PanelError as error:
        raise ServiceError(str(error), retryable=True) from error
    except ReviewerError as error:
        raise UserError(str(error)) from error
