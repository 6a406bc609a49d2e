"""A row as lines on A4 pages in Times: title, headings, paragraphs. Letters that the font lacks are spelt out."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviewer.stress.operator import Row, text_of
from reviewer.stress.passages import blocks, is_prose, read_heading

WIDTH, HEIGHT, MARGIN = 595, 842, 60
"""A4 in points, and the margin on each side."""
_BODY, _HEAD, _TITLE = 10.0, 12.0, 16.0
_LEADING = 1.2
_WIDTHS = (
    250, 333, 408, 500, 500, 833, 778, 333, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500, 500, 500,
    500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889,
    722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500,
    444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480,
    200, 480, 541,
)  # fmt: skip
"""Widths of Times Roman's letters from the blank to the tilde, in thousandths of the size (Adobe's metrics)."""
_BROAD, _BROADEST = 722, 1000
"""Widths assumed of letters beyond ASCII, and of the widest."""
_BOLD = 1.1
"""How much wider bold letters are taken to be."""
_SPELT = str.maketrans({
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "→": "->", "←": "<-", "⇒": "=>", "∈": " in ", "∀": "for all ",
    "∃": "exists ", "∞": "inf", "∑": "sum", "∏": "prod", "∫": "int", "√": "sqrt", "∇": "grad ", "∂": "d", "∼": "~",
    "−": "-", "∗": "*", "∥": "||", "⟨": "<", "⟩": ">", "∪": " u ", "∩": " n ", "⊂": " sub ", "⊆": " sub ", "◦": "o",
    "✓": "v", "✗": "x", "★": "*", "□": "QED", "∎": "QED", "ﬁ": "fi", "ﬂ": "fl", "↑": "(up)", "↓": "(down)",
})  # fmt: skip
_MARKS = re.compile(r"\*\*|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)")


class Line(NamedTuple):
    """A line of text in the page's encoding at its place from the lower left corner, in points."""

    text: str
    size: float
    is_bold: bool
    y: float


class _Piece(NamedTuple):
    text: str
    size: float = _BODY
    is_bold: bool = False
    gap: float = 0.0


def lay_out(row: Row) -> list[list[Line]]:
    """Pages of lines; there is one page at least."""
    pages, y = list[list[Line]]([[]]), float(HEIGHT - MARGIN)
    for piece in _pieces(row):
        y -= piece.gap if pages[-1] else 0
        for text in _wrap(encodable(piece.text), piece.size * (_BOLD if piece.is_bold else 1)):
            y -= piece.size * _LEADING
            if y < MARGIN:
                pages.append([])
                y = HEIGHT - MARGIN - piece.size * _LEADING
            pages[-1].append(Line(text, piece.size, piece.is_bold, y))
    return pages


def _pieces(row: Row) -> Iterator[_Piece]:
    yield _Piece(text_of(row, "title") or "Untitled", _TITLE, True)
    for heading, name in (("Abstract", "abstract"), ("", "body"), ("References", "refs"), ("", "appendix")):
        text = _MARKS.sub("", text_of(row, name))
        if not text.strip():
            continue
        if heading:
            yield _Piece(heading, _HEAD, True, 12)
        elif name == "appendix" and not re.match(r"\s*(?:[A-Z]\.?\s+)?appendi", text, re.I):
            yield _Piece("Appendix", _HEAD, True, 12)
        for block in blocks(text):
            yield from _block(block)


def _block(block: str) -> Iterator[_Piece]:
    """A paragraph is filled anew; other lines stay lines."""
    lines = [line.strip() for line in block.splitlines() if line.strip() and not re.fullmatch(r"-{5,}", line.strip())]
    if lines and is_prose(block):
        yield _Piece(re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", "\n".join(lines)), gap=5)
        return
    for place, line in enumerate(lines):
        if read_heading(line):
            yield _Piece(line, _HEAD, True, 10)
        else:
            yield _Piece(line, gap=5 if place == 0 else 0)


def _wrap(text: str, size: float) -> Iterator[str]:
    """Lines that fit between the margins; a word that is wider alone is cut."""
    room, line, used = (WIDTH - 2 * MARGIN) * 1000 / size, "", 0
    for word in text.split():
        for part in _cut(word, room):
            width = _measure(part)
            if line and used + 250 + width > room:
                yield line
                line, used = "", 0
            line, used = (f"{line} {part}", used + 250 + width) if line else (part, width)
    if line:
        yield line


def _cut(word: str, room: float) -> Sequence[str]:
    most = max(1, int(room // _BROADEST))
    return [word] if _measure(word) <= room else [word[at : at + most] for at in range(0, len(word), most)]


def _measure(text: str) -> int:
    """Width in thousandths of the size."""
    return sum(_WIDTHS[ord(char) - 32] if " " <= char <= "~" else _BROAD for char in text)


def encodable(text: str) -> str:
    """The text in letters that a core font has: Greek is named, signs are spelt, accents may go, else ?."""
    plain = unicodedata.normalize("NFKC", text.translate(_SPELT))
    return "".join(char if _has(char) else _nearest(char) for char in plain)


def _has(char: str) -> bool:
    return " " <= char <= "~" or (ord(char) >= 128 and bool(char.encode("cp1252", "ignore"))) or char in "\n\t"


def _nearest(char: str) -> str:
    if unicodedata.category(char) in ("Mn", "Cf", "Cc", "Cs", "Co"):
        return ""
    if match := re.fullmatch(r"GREEK (?:SMALL|CAPITAL) LETTER (\w+)(?: WITH .*)?", unicodedata.name(char, "")):
        return match[1].lower()
    bare = "".join(each for each in unicodedata.normalize("NFKD", char) if _has(each))
    return bare or "?"
