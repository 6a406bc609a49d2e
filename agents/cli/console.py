"""Where output goes: a terminal that can be drawn on, or plain text."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agents.cli.text import clean

if TYPE_CHECKING:
    from rich.console import Console


def is_plain() -> bool:
    """Plain text is for pipes, NO_COLOR, dumb terminals, and encodings without the tree's lines."""
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    wants_none = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return bool(wants_none) or not sys.stdout.isatty() or encoding != "utf8"


def make_console() -> "Console":
    """A rich console that takes no text for markup and makes up no colours."""
    from rich.console import Console

    return Console(file=sys.stdout, markup=False, highlight=False, emoji=False)


def say(line: str = "") -> None:
    """Write one line to stdout at once; a reader that went away (`| head`) is no reason to stop a run."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def say_json(value: Any) -> None:
    """Write one JSON document on one line; paths become strings."""
    import json

    say(json.dumps(value, ensure_ascii=False, allow_nan=False, default=str))


def say_table(columns: Sequence[str], rows: Sequence[Sequence[str]], wide: str = "") -> None:
    """Write a small table; in a terminal it is fitted to the width, and the column `wide` gives way first."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if is_plain():
        _say_aligned(columns, cells)
    else:
        _draw_table(make_console(), columns, cells, wide)


def _say_aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(cell) for cell in column) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _draw_table(console: "Console", columns: Sequence[str], rows: Sequence[Sequence[str]], wide: str) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in columns:
        table.add_column(Text(name), no_wrap=True, overflow="ellipsis", ratio=1 if name == wide else None)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
