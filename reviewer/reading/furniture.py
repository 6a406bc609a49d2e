"""What stands on a page besides its text: numbers of lines and pages, running heads and feet, notes on the authors."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from reviewer.reading.sheets import Piece

if TYPE_CHECKING:
    from reviewer.reading.layout import Segment

_FEWEST_NUMBERS = 5
_EDGE = 0.1  # share of the page's height, at top and bottom, where running heads and feet stand
_FOOT = 0.25  # share of the first page's height where its notes stand
_PAGE_NUMBER = re.compile(r"^(?:page )?[-– ]*(?:\d{1,4}|[ivxl]{1,6})(?: ?(?:/|of) ?\d{1,4})?[-– ]*$", re.I)
_ABOUT_AUTHORS = re.compile(
    r"@|\bcorrespond\w+|\bequal contribution|\bequally\b|\bpreprint\b|\bproceedings of\b|\buniversity\b|\binstitute\b"
    r"|\bdepartment of\b|\bcopyright\b|©|\bsubmitted to\b|\bunder review\b|\bconference on\b|\bworkshop on\b"
    r"|\bpermission to\b|\bwork done\b|\binternship\b|\bsupported by\b|\baffiliation|\bfunded by\b|\bgrant\b",
    re.I,
)


def without_line_numbers(pieces: Sequence[Piece]) -> list[Piece]:
    """Leave out numbers that stand one below the other beside the text and count up, as submissions have them."""
    numbers = [piece for piece in pieces if re.fullmatch(r"\s*\d{1,4}\s*", piece.text)]
    if len(numbers) < _FEWEST_NUMBERS:
        return list(pieces)
    text = [piece for piece in pieces if len(piece.text.strip()) > 20] or list(pieces)
    left = _common(round(piece.left) for piece in text)
    right = max(piece.right for piece in text)
    beside = [piece for piece in numbers if piece.right <= left + 1 or piece.left >= right - 1]
    dropped = {id(piece) for group in _groups(beside) if _counts_up(group) for piece in group}
    return [piece for piece in pieces if id(piece) not in dropped]


def _common(values: Iterator[int]) -> int:
    """The smallest of the values that many share."""
    counts = Counter(values)
    most = max(counts.values())
    return min(value for value, count in counts.items() if count >= 0.3 * most)


def _groups(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that end at the same distance from the left, from top to bottom."""
    groups: dict[int, list[Piece]] = {}
    for piece in sorted(pieces, key=lambda one: -one.baseline):
        end = next((known for known in groups if abs(known - piece.right) <= 3), round(piece.right))
        groups.setdefault(end, []).append(piece)
    return list(groups.values())


def _counts_up(group: Sequence[Piece]) -> bool:
    values = [int(piece.text) for piece in group]
    steps = [after - before for before, after in pairwise(values)]
    return len(values) >= _FEWEST_NUMBERS and sum(0 < step <= 5 for step in steps) >= 0.8 * len(steps)


def without_running_heads(pages: Sequence[Sequence["Segment"]], heights: Sequence[float]) -> list[list["Segment"]]:
    """Leave out numbers of pages, and what recurs, but for its numbers, at the top or the bottom of pages."""
    seen = Counter(key for page in pages for key in {_key(one) for one in page})
    return [
        [one for one in page if not _is_head(one, page, height, seen[_key(one)])]
        for page, height in zip(pages, heights, strict=True)
    ]


def _key(one: "Segment") -> tuple[str, int]:
    return re.sub(r"\d+", "#", one.text), round(one.baseline / 4)


def _is_head(one: "Segment", page: Sequence["Segment"], height: float, times: int) -> bool:
    """A running head or foot recurs; a page's number stands alone on the first or the last line."""
    from_bottom = one.baseline / height
    if times > 1 and not _EDGE < from_bottom < 1 - _EDGE:
        return True
    if 2 * _EDGE < from_bottom < 1 - 2 * _EDGE or not _PAGE_NUMBER.match(one.text.strip()):
        return False
    others = [other.baseline for other in page if abs(other.baseline - one.baseline) > 3]
    is_outermost = not others or one.baseline > max(others) or one.baseline < min(others)
    return is_outermost and (times > 1 or len(others) == len(page) - 1)


def without_author_notes(page: Sequence["Segment"], height: float, body_size: float) -> list["Segment"]:
    """Leave out the small print at the foot of the first page if it speaks of authors, venue or rights."""
    notes = [one for one in page if one.baseline < _FOOT * height and one.size < 0.95 * body_size]
    if not _ABOUT_AUTHORS.search(" ".join(one.text for one in notes)):
        return list(page)
    return [one for one in page if one not in notes]
