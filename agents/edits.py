"""Search/replace edits of a program, applied exactly or not at all. Pure.

An edit is whole lines between marks; its SEARCH lines must stand in the program exactly once. All edits of a reply are
found in the text as it was, so their order does not matter; no two may touch the same line.
"""

import difflib
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

OPEN, MIDDLE, CLOSE = "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE"
_OPEN, _CLOSE = re.compile(r"<{7} ?SEARCH\s*"), re.compile(r">{7} ?REPLACE\s*")
_MOST_SHOWN_LINES, _MOST_SHOWN_COLUMNS = 12, 160


class Edit(NamedTuple):
    """Lines to find and lines to put there, without their line ends."""

    search: tuple[str, ...]
    replace: tuple[str, ...]


class _Span(NamedTuple):
    """Where an edit goes: the lines from `start` up to `end`, counted from zero; `number` is the edit's, from one."""

    start: int
    end: int
    number: int


def apply_edits(code: str, edits: str) -> str:
    """Return `code` with the edits in a text of SEARCH/REPLACE blocks applied.

    Only white space at the end of a line and carriage returns may differ. Raises ValueError, a line for whoever wrote
    the edits, if one is malformed, found nowhere or more than once, or overlaps another.
    """
    blocks = parse_edits(edits)
    body, ending = (code[:-1], "\n") if code.endswith("\n") else (code, "")
    lines = body.split("\n")
    spans = sorted(_find(lines, edit, number) for number, edit in enumerate(blocks, 1))
    _refuse_overlaps(spans)
    mark = "\r" if any(line.endswith("\r") for line in lines) else ""
    for start, end, number in reversed(spans):
        lines[start:end] = [line.removesuffix("\r") + mark for line in blocks[number - 1].replace]
    return "\n".join(lines) + ending


def parse_edits(text: str) -> tuple[Edit, ...]:
    """Read the blocks of a text; what stands between blocks is not read. Raises ValueError for one not as agreed."""
    edits: list[Edit] = []
    lines = iter(text.split("\n"))
    for line in lines:
        if _OPEN.fullmatch(line):
            edits.append(_read_block(lines, len(edits) + 1))
        elif _CLOSE.fullmatch(line):
            raise ValueError(f"edits: {CLOSE!r} after edit {len(edits)} closes nothing; open each edit by {OPEN!r}")
    if not edits:
        raise ValueError(f"edits: there is none; write each as {OPEN!r}, {MIDDLE!r}, {CLOSE!r}, each on its own line")
    return tuple(edits)


def has_edits(text: str) -> bool:
    """Whether a text is edits, however it was labelled: no program has such a line."""
    return any(_OPEN.fullmatch(line) for line in text.split("\n"))


def _read_block(lines: Iterator[str], number: int) -> Edit:
    """The edit whose opening line was just read."""
    search: list[str] = []
    replace: list[str] = []
    part = search
    for line in lines:
        if _CLOSE.fullmatch(line) and part is replace:
            return _checked(Edit(tuple(search), tuple(replace)), number)
        if line.rstrip() == MIDDLE:
            if part is replace:
                raise ValueError(f"edit {number}: has two lines {MIDDLE!r}; send the whole program as `code` instead")
            part = replace
        elif _OPEN.fullmatch(line) or _CLOSE.fullmatch(line):
            raise ValueError(f"edit {number}: {line.strip()!r} where {MIDDLE!r} or {CLOSE!r} should come first")
        else:
            part.append(line)
    raise ValueError(f"edit {number}: is not closed; end it by a line {CLOSE!r}")


def _checked(edit: Edit, number: int) -> Edit:
    if not any(line.strip() for line in edit.search):
        raise ValueError(f"edit {number}: its SEARCH is empty; to add lines, repeat a line beside them in both parts")
    return edit


def _find(lines: list[str], edit: Edit, number: int) -> _Span:
    """The one place of an edit."""
    wanted, stripped = [line.rstrip() for line in edit.search], [line.rstrip() for line in lines]
    size = len(wanted)
    places = [start for start in range(len(lines) - size + 1) if stripped[start : start + size] == wanted]
    if not places:
        raise ValueError(f"edit {number}: its SEARCH is nowhere in experiment.py. {_nearest(stripped, wanted)}")
    if len(places) > 1:
        shown = ", ".join(str(place + 1) for place in places[:8])
        raise ValueError(
            f"edit {number}: its SEARCH is there {len(places)} times (from lines {shown}); take in more lines"
        )
    return _Span(places[0], places[0] + size, number)


def _refuse_overlaps(spans: list[_Span]) -> None:
    for one, other in itertools.pairwise(spans):
        if other.start < one.end:
            first, second = sorted((one.number, other.number))
            raise ValueError(f"edits {first} and {second} share line {other.start + 1}; make one edit of them")


def _nearest(lines: list[str], wanted: list[str]) -> str:
    """The lines of the program that are most like what was looked for, for whoever copied them wrongly."""
    bare, sought = [line.strip() for line in lines], [line.strip() for line in wanted]
    size = min(len(wanted), len(lines))
    places = range(len(lines) - size + 1)
    start = max(places, key=lambda place: sum(map(_is_same_text, bare[place : place + size], sought)))
    if not any(map(_is_same_text, bare[start : start + size], sought)):
        longest = max(sought, key=len)
        near = difflib.get_close_matches(longest, bare, n=1, cutoff=0.4)
        if not near:
            return "Nothing there is like it; copy the lines from the code that you were given."
        start = max(0, min(bare.index(near[0]) - sought.index(longest), len(lines) - size))
    shown = "\n".join(line[:_MOST_SHOWN_COLUMNS] for line in lines[start : start + min(size, _MOST_SHOWN_LINES)])
    return f"Nearest, from line {start + 1}:\n{shown}"


def _is_same_text(one: str, other: str) -> bool:
    """Blank lines are alike everywhere and say nothing."""
    return one == other != ""
