"""`naturalist reviewer report`: how good the reviewer is on papers that people decided on."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from reviewer.data import ReviewedPaper
    from reviewer.report.predicting import FittedReviewer, Judgeable
    from reviewer.report.predictions import Provenance
    from reviewer.report.summary import Cohort, Report


def report(
    ctx: typer.Context,
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Reviewed papers: .jsonl, .jsonl.xz or .jsonl.gz.")],
    llm_scores: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Scores that language models gave the same papers.")
    ] = None,
    split: Annotated[
        Literal["calibration", "test", "all"], typer.Option(help="Papers to judge on; the reviewer learnt from train.")
    ] = "all",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the report.")] = Path("reviewer-report"),
    acceptance_rate: Annotated[
        float | None, typer.Option(metavar="RATE", help="Move probabilities to a venue's acceptance rate, as in 0.25.")
    ] = None,
    fitted: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Fitted reviewer to judge; the shipped one if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")] = False,
) -> None:
    """Hold the reviewer against people's decisions, and write report.md with its figures and plots."""
    from agents.errors import UserError
    from reviewer.errors import ReviewerError

    if acceptance_rate is not None and not 0 < acceptance_rate < 1:
        raise typer.BadParameter("--acceptance-rate is a share between 0 and 1, as in 0.25")
    try:
        made = _report(
            ctx.obj or _load_reviewer(fitted), data, llm_scores, split, out, acceptance_rate, is_quiet=as_json
        )
    except ReviewerError as error:
        raise UserError(str(error)) from error
    _say(made, out, as_json)


def _load_reviewer(folder: Path | None) -> "FittedReviewer":
    from reviewer.estimate.model import SHIPPED
    from reviewer.estimate.shipped import load_reviewer

    return load_reviewer(folder or SHIPPED)


def _report(
    reviewer: "FittedReviewer",
    data: Path,
    llm_scores: Path | None,
    split: str,
    out: Path,
    acceptance_rate: float | None,
    *,
    is_quiet: bool,
) -> "Report":
    from reviewer.data import read_llm_scores, read_rows
    from reviewer.report.predicting import group_scores, predict_all, predict_baselines, select_rows
    from reviewer.report.write import make_report

    papers = select_rows(_of_split(read_rows(data), split, data))
    scores = group_scores(read_llm_scores(llm_scores)) if llm_scores else {}
    with _progress(is_quiet) as tell:
        predictions = predict_all(reviewer.predict_rows, papers.rows, scores, acceptance_rate, tell)
    baselines = predict_baselines(reviewer.baselines, papers.rows, acceptance_rate)
    return make_report(predictions, baselines, _provenance(reviewer, data, papers, acceptance_rate), out)


def _of_split(rows: "Sequence[ReviewedPaper]", split: str, data: Path) -> "Sequence[ReviewedPaper]":
    from agents.errors import UserError

    kept = rows if split == "all" else [row for row in rows if row.part == split]
    if not kept:
        there = ", ".join(sorted({row.part for row in rows}))
        raise UserError(f"{data} has no papers of the split {split}, only of {there}; choose another --split")
    return kept


def _provenance(
    reviewer: "FittedReviewer", data: Path, papers: "Judgeable", acceptance_rate: float | None
) -> "Provenance":
    from hashlib import file_digest

    from reviewer.report.predictions import Provenance

    with data.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return Provenance(
        source=data.name,
        data_sha256=digest,
        key=reviewer.key,
        training=dict(reviewer.training),
        thresholds=dict(reviewer.thresholds),
        baseline_threshold=acceptance_rate or reviewer.baselines.prevalence,
        acceptance_rate=acceptance_rate,
        level=reviewer.level,
        without_text=papers.without_text,
        withdrawn=papers.withdrawn,
    )


@contextmanager
def _progress(is_quiet: bool) -> Generator[Callable[[int, int], None]]:
    """A bar on a terminal's stderr; elsewhere nothing, so that stdout holds the report alone."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("reviewing"), BarColumn(24), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=is_quiet or not console.is_terminal) as bar:
        task = bar.add_task("reviewing", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _say(report: "Report", out: Path, as_json: bool) -> None:
    from agents.cli.console import say, say_json

    if as_json:
        say_json(report.model_dump(mode="json") | {"report": out / "report.md"})
        return
    for cohort in report.cohorts:
        _say_cohort(cohort, report.provenance.level)
    if report.provenance.without_text:
        say(f"no full text: {report.provenance.without_text}")
    if report.provenance.withdrawn:
        say(f"withdrawn: {report.provenance.withdrawn}")
    say(f"report  {out / 'report.md'}")


def _say_cohort(cohort: "Cohort", level: float | None) -> None:
    from agents.cli.console import say, say_table
    from agents.cli.text import clean
    from reviewer.report.tables import figure_columns, figure_rows
    from reviewer.report.write import tell_coverage

    say(f"{cohort.n:,} papers, {cohort.n_accepted:,} accepted")
    if train := cohort.splits.get("train"):
        say(f"{train:,} of them are of the training split: what was learnt from them looks better than it is")
    say_table(figure_columns(cohort), figure_rows(cohort))
    for group in cohort.groups:
        say("")
        say(clean(group.name))
        words = {True: "met     ", False: "missed  ", None: "-       "}
        for one in group.criteria:
            say(f"  {words[one.is_met]}{one.asked} ({one.found})")
        for line in tell_coverage(group.coverage, level):
            say(f"  {line}")
    say("")
