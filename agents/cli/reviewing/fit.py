"""`naturalist reviewer fit`: the reviewer fitted to papers that people decided on."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reviewer.estimate.fitting import Effort


def fit(
    ctx: typer.Context,
    data: Annotated[
        list[Path],
        typer.Argument(metavar="DATA...", help="Reviewed papers: .jsonl, .jsonl.xz or .jsonl.gz (docs/reviewer.md)."),
    ],
    llm_scores: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Scores that panels of models gave the same papers.")
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="NAME", help='Fit on "train", "calibration" or "all" but the test split.')
    ] = "all",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the fitted reviewer.")] = Path("fitted-reviewer"),
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")] = False,
) -> None:
    """Fit the reviewer to people's decisions: features, words, calibration. Use it with --fitted DIR."""
    from agents.errors import UserError
    from reviewer.errors import ReviewerError

    if split not in ("train", "calibration", "all"):
        raise typer.BadParameter('--split is "train", "calibration" or "all" of both; the test split is kept apart')
    try:
        _fit(data, llm_scores, split, out, as_json, ctx.obj)
    except ReviewerError as error:
        raise UserError(str(error)) from error


def _fit(
    data: list[Path], llm_scores: Path | None, split: str, out: Path, as_json: bool, effort: "Effort | None"
) -> None:
    from agents.cli.console import say, say_json, say_table
    from reviewer.data import read_llm_scores, read_rows
    from reviewer.estimate.fitting import FULL, fit_reviewer

    chosen = ("train", "calibration") if split == "all" else (split,)
    rows = {row.id: row for path in reversed(data) for row in read_rows(path) if row.part in chosen}
    scores = read_llm_scores(llm_scores) if llm_scores else []
    tell = _silent if as_json else say
    made = fit_reviewer(list(rows.values()), scores, data[0], out, tell, effort=effort or FULL)
    if as_json:
        say_json({"out": str(out), "papers": made.papers, "abstracts": made.abstracts, "figures": made.figures})
        return
    columns = ("out of fold", "AUC", "Brier", "ECE", "floor", "Spearman", "rejected")
    names = ("auc", "brier", "ece", "ece_floor", "spearman", "spearman_rejected")
    say_table(
        columns,
        [
            (_called(model), *(f"{figures[name]:.3f}" if name in figures else "-" for name in names))
            for model, figures in made.figures.items()
        ],
    )
    say(f"fitted on {made.papers} papers and {made.abstracts} abstracts: {out}")
    say(f"use it: naturalist review PAPER --fitted {out}")


def _called(model: str) -> str:
    return {"none": "text only", "several": "text and several panels"}.get(model, f"text and {model}")


def _silent(_line: str) -> None:
    """For JSON, which stands alone on its stream."""
