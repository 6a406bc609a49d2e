"""The grammar of `naturalist reviewer`."""

import typer

from agents.cli.reviewing.report import report

reviewer_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Fit the reviewer, judge it on human decisions, put it to stress."
)
reviewer_app.command()(report)
