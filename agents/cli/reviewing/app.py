"""The grammar of `naturalist reviewer`. Commands import what they need when they run."""

import typer

from agents.cli.reviewing.report import report

reviewer_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Measure the reviewer.")
reviewer_app.command()(report)


@reviewer_app.callback()
def _options() -> None:
    """Measure the reviewer."""
