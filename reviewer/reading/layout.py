"""Pieces of a page to lines in reading order, by their places: one column, or two with what spans both.

Pieces that touch make segments; a gutter that hardly any segment crosses parts the page; between the lines that cross
it, the left column is read before the right one.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from reviewer.reading.furniture import without_line_numbers
from reviewer.reading.sheets import Piece, Sheet

_WORD_GAP = 0.25  # of the size of type: from here on a gap is a space; PDFium has told smaller ones
_JOINED_GAP = 0.6  # up to here pieces are of one segment; gutters between columns are wider
_CELL_GAP = 1.1  # from here on a gap within a line parts cells of a table
_LEAST_LETTERS = 12  # of a segment that has a say in where the gutter is
_FEW = 4  # segments on each side that make a column


class Segment(NamedTuple):
    """Text on one line without a wide gap. Heights grow upwards; `baseline` is that of the largest type in it."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    is_bold: bool


class Line(NamedTuple):
    """A line as read: `column` is the left edge of its column; `gap` the distance to the baseline above it in points,
    None at the top of a column; `cells` how many pieces wide gaps part it into."""

    text: str
    page: int
    column: float
    left: float
    right: float
    baseline: float
    size: float
    is_bold: bool
    cells: int = 1
    gap: float | None = None


def find_segments(sheet: Sheet) -> list[Segment]:
    """Segments of the text that runs the way most of the page's text does; stamps and axis labels that run across are
    left out, and so are labels of drawings and what is not seen."""
    pieces = [piece for piece in sheet.pieces if piece.is_seen and not piece.is_drawing]
    main = _main_turn(pieces)
    turned = without_line_numbers([_upright(piece, sheet) for piece in pieces if piece.turn == main])
    runs: list[list[Piece]] = []
    for piece in turned:
        if runs and _touches(runs[-1][-1], piece):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return [_segment(run) for run in _join(runs)]


def read_pages(pages: Sequence[Sequence[Segment]]) -> list[Line]:
    """Lines of all pages in reading order. Where most pages have two columns, a short page has them there too."""
    own = [find_gutter(page) for page in pages]
    found = sorted(gutter for gutter in own if gutter is not None)
    usual = found[len(found) // 2] if 2 * len(found) >= len(pages) else None
    lines: list[Line] = []
    for number, (page, gutter) in enumerate(zip(pages, own, strict=True)):
        lines += _read_page(page, number, usual if gutter is None and _may_part(page, usual) else gutter)
    return lines


def _may_part(segments: Sequence[Segment], gutter: float | None) -> bool:
    """Whether text stands on both sides of a place and little of it across."""
    if gutter is None:
        return False
    across = sum(one.left < gutter - 4 and one.right > gutter + 4 for one in segments)
    sides = (sum(one.right <= gutter + 4 for one in segments), sum(one.left >= gutter - 4 for one in segments))
    return min(sides) >= 1 and across <= 0.6 * sum(sides)


def _read_page(segments: Sequence[Segment], page: int, gutter: float | None) -> list[Line]:
    if gutter is None:
        return _column(segments, page)
    spanning = [one for one in segments if one.left < gutter - 4 and one.right > gutter + 4]
    left = [one for one in segments if one not in spanning and one.right <= gutter + 4]
    right = [one for one in segments if one not in spanning and one.right > gutter + 4]
    lines: list[Line] = []
    top = float("inf")
    for across in [*_column(spanning, page), None]:
        bottom = across.baseline if across else float("-inf")
        for side in (left, right):
            lines += _column([one for one in side if bottom < one.baseline <= top], page)
        lines += [across] if across else []
        top = bottom
    return lines


def find_gutter(segments: Sequence[Segment]) -> float | None:
    """Where two columns part, if there are two: few long segments cross there, and several end on each side."""
    long = [one for one in segments if len(re.findall(r"\w", one.text)) >= _LEAST_LETTERS]
    if len(long) < 2 * _FEW:
        return None
    left, right = min(one.left for one in long), max(one.right for one in long)
    places = [left + (right - left) * step / 100 for step in range(36, 65)]
    crossings = [sum(one.left < x < one.right for one in long) for x in places]
    least = min(crossings)
    best = [x for x, count in zip(places, crossings, strict=True) if count == least]
    gutter = best[len(best) // 2]
    sides = (sum(one.right <= gutter for one in long), sum(one.left >= gutter for one in long))
    return gutter if min(sides) >= _FEW and least <= 0.6 * min(sides) else None


def _main_turn(pieces: Iterable[Piece]) -> int:
    counts = [0, 0, 0, 0]
    for piece in pieces:
        counts[piece.turn] += len(piece.text)
    return counts.index(max(counts))


def _upright(piece: Piece, sheet: Sheet) -> Piece:
    """The piece with its place as on a page turned to the reader."""
    left, bottom, right, top, base = piece.left, piece.bottom, piece.right, piece.top, piece.baseline
    width, height = sheet.width, sheet.height
    if piece.turn == 1:
        return piece._replace(left=bottom, right=top, bottom=width - right, top=width - left, baseline=width - base)
    if piece.turn == 2:
        return piece._replace(
            left=width - right, right=width - left, bottom=height - top, top=height - bottom, baseline=height - base
        )
    if piece.turn == 3:
        return piece._replace(left=height - top, right=height - bottom, bottom=left, top=right, baseline=base)
    return piece


def _touches(one: Piece, other: Piece) -> bool:
    """Whether a piece goes on where another on the same line ends."""
    gap = other.left - one.right
    is_near = -0.4 * max(one.size, other.size) < gap < _JOINED_GAP * min(one.size, other.size)
    return is_near and _is_level(one, other)


def _is_level(one: Piece, other: Piece) -> bool:
    """Whether two pieces stand on one line: same height, or one raised or lowered like an index."""
    low = max(one.baseline, other.baseline)
    high = min(one.baseline + 0.7 * one.size, other.baseline + 0.7 * other.size)
    return high - low >= 0.5 * 0.7 * min(one.size, other.size)


def _join(runs: list[list[Piece]]) -> list[list[Piece]]:
    """Join runs that touch on the page though they were not drawn one after the other."""
    order = sorted(runs, key=lambda run: -run[0].baseline)
    sizes = [max(piece.size for piece in run) for run in order]
    is_taken = [False] * len(order)
    joined: list[list[Piece]] = []
    for index, run in enumerate(order):
        if is_taken[index]:
            continue
        found = list(run)
        grew = True
        while grew:
            grew = False
            for later in range(index + 1, len(order)):
                below = found[0].baseline - order[later][0].baseline
                if below > 30:
                    break
                is_level = below < max(sizes[index], sizes[later])
                if is_level and not is_taken[later] and _meet(found, order[later]):
                    found, is_taken[later], grew = found + order[later], True, True
        joined.append(found)
    return joined


def _meet(one: Sequence[Piece], other: Sequence[Piece]) -> bool:
    """Whether any of the one touches an end of the other; a run is drawn from left to right."""
    first, last = other[0], other[-1]
    return any(_touches(piece, first) or _touches(last, piece) for piece in one) or any(
        _touches(one[-1], piece) or _touches(piece, one[0]) for piece in other
    )


def _segment(run: list[Piece]) -> Segment:
    ordered = sorted(run, key=lambda piece: piece.left)
    largest = max(ordered, key=lambda piece: (round(piece.size, 1), len(piece.text)))
    letters = sum(len(piece.text) for piece in ordered)
    return Segment(
        _spaced([(piece.text, piece.left, piece.right, piece.size) for piece in ordered]),
        left=min(piece.left for piece in ordered),
        right=max(piece.right for piece in ordered),
        baseline=largest.baseline,
        size=largest.size,
        is_bold=sum(len(piece.text) for piece in ordered if piece.is_bold) > 0.8 * letters,
    )


def _spaced(parts: Sequence[tuple[str, float, float, float]]) -> str:
    """Texts with their left and right ends and sizes, put together with the spaces that their gaps mean."""
    made, end = "", 0.0
    for text, left, right, size in parts:
        gap = (left - end) / max(size, 0.1)
        made += ("" if not made or gap < _WORD_GAP else "\t" if gap >= _CELL_GAP else " ") + text
        end = right
    return re.sub(r" {2,}", " ", made).strip()


def _column(segments: Sequence[Segment], page: int) -> list[Line]:
    """Lines of one column from top to bottom; segments on one height make one line."""
    rows: list[list[Segment]] = []
    for one in sorted(segments, key=lambda segment: -segment.baseline):
        if rows and rows[-1][0].baseline - one.baseline < 0.35 * max(one.size, rows[-1][0].size):
            rows[-1].append(one)
        else:
            rows.append([one])
    edge = _edge(segments)
    lines = [_line(sorted(row, key=lambda one: one.left), page, edge) for row in rows]
    gaps = [above.baseline - below.baseline for above, below in pairwise(lines)]
    return lines[:1] + [line._replace(gap=gap) for line, gap in zip(lines[1:], gaps, strict=True)]


def _edge(segments: Sequence[Segment]) -> float:
    """The left edge that most lines keep to."""
    lefts = sorted(round(one.left) for one in segments)
    return float(max(set(lefts), key=lambda x: (sum(abs(x - y) <= 1 for y in lefts), -x), default=0))


def _line(row: Sequence[Segment], page: int, edge: float) -> Line:
    text = _spaced([(one.text, one.left, one.right, one.size) for one in row])
    largest = max(row, key=lambda one: len(one.text))
    return Line(
        text.replace("\t", " "), page, edge, row[0].left, row[-1].right, largest.baseline, largest.size,
        is_bold=all(one.is_bold for one in row), cells=text.count("\t") + 1,
    )  # fmt: skip


def join_pieces(pieces: Sequence[Piece]) -> str:
    """The text of pieces in the order they are drawn; pieces that touch make one word."""
    made = ""
    for before, piece in zip([None, *pieces[:-1]], pieces, strict=True):
        is_near = before is not None and _is_level(before, piece) and piece.turn == 0
        gap = (piece.left - before.right) / max(piece.size, 0.1) if before and is_near else 1.0
        made += (" " if made and not -1.0 < gap < _WORD_GAP else "") + piece.text
    return made
