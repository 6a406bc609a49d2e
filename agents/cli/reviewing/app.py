"""The grammar of `naturalist reviewer`. Commands import what they need when they run."""

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.reviewing.fit import fit
from agents.cli.reviewing.report import report

JsonFlag = Annotated[bool, typer.Option("--json", help="Write JSON instead of text.")]

reviewer_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure the reviewer.")
reviewer_app.command()(fit)
reviewer_app.command()(report)


@reviewer_app.callback()
def _options() -> None:
    """Measure the reviewer."""


@reviewer_app.command()
def stress(
    data: Annotated[
        Path | None, typer.Argument(metavar="DATA", help="Papers as rows, .jsonl or .jsonl.xz (docs/reviewer.md).")
    ] = None,
    papers: Annotated[int | None, typer.Option(min=1, help="Papers put on trial, from the first; all if none.")] = None,
    pdfs: Annotated[int, typer.Option(min=0, help="Papers that are written as PDFs with hidden text too.")] = 0,
    split: Annotated[str | None, typer.Option(help="Only papers of this split, for example calibration.")] = None,
    operators: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Operators or groups (flaw, injection, gaming, benign); all if none."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write stress.json and stress.md there.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Plant flaws in papers and see whether the reviewer notices."""
    from agents.cli.reviewing.stress import stress as run

    raise typer.Exit(run(data, papers=papers, pdfs=pdfs, split=split, operators=operators, out=out, as_json=as_json))
