"""Text that no reader of the page sees, or that hides what it says, quoted so that a flag can show it.

White labels on dark bars and empty marks stand in many honest papers, so what is not seen counts from eight words of
prose on, or if it speaks to a reviewer. What is said beside the page (alternative texts, notes, metadata) is honest
unless it speaks to a reviewer. A few words unseen are left out of the text, but raise nothing.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from reviewer.injection import speaks_to_reviewer
from reviewer.reading.layout import join_pieces
from reviewer.reading.sheets import Piece, Sheet
from reviewer.text import ZERO_WIDTH, count_words, tidy

_QUOTED = 120
_LEAST_POINTS = 3.0
_PROSE_WORDS = 8
_FOREIGN_LETTERS = 16
_COMMON = re.compile(
    r"\b(?:a|an|and|are|as|at|be|but|by|for|from|has|have|i|if|in|is|it|its|not|of|on|or|please|should|so|that|the|this|to"
    r"|was|we|were|which|will|with|you|your)\b",
    re.I,
)
_REVIEWING = re.compile(
    r"\b(?:accept\w*|reviewers?|ratings?|recommend\w*|strengths?|weaknesses|ignore|instructions?|praise|llms?|gpt)\b",
    re.I,
)
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_BETWEEN_LETTERS = re.compile(f"(?<=[A-Za-z]){ZERO_WIDTH.pattern}+(?=[A-Za-z])")
_ROW_OF_NOTHING = re.compile(f"{ZERO_WIDTH.pattern}{{8,}}")
_BASE64 = re.compile(
    r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{16,}(?:\s+[A-Za-z0-9+/]{16,})*(?:\s*[A-Za-z0-9+/]{1,15})?={0,2}"
)


def is_readable(piece: Piece) -> bool:
    """Whether a reader sees a piece: it leaves a mark on the page, and is large enough to read."""
    return piece.is_seen and not _is_tiny(piece)


def _is_tiny(piece: Piece) -> bool:
    width = max(piece.right - piece.left, piece.top - piece.bottom) / max(len(piece.text), 1)
    return piece.size < _LEAST_POINTS or (len(piece.text) > 8 and width < 0.2 * _LEAST_POINTS)


def find_unseen(sheets: Sequence[Sheet]) -> tuple[str, ...]:
    """Quotations of what is drawn and not seen, at most two a page, and of what is hidden in signs."""
    found: list[str] = []
    for sheet in sheets:
        unread = [piece for piece in sheet.pieces if not is_readable(piece)]
        for is_drawing, pieces in groupby(sorted(unread, key=_is_label), key=_is_label):
            text = tidy(join_pieces(list(pieces)))
            if _counts(text, is_drawing):
                found.append(_quote(text))
        found += find_addressed(sheet.spoken)
    found += find_signs(" ".join(piece.text for sheet in sheets for piece in sheet.pieces))
    return tuple(dict.fromkeys(found))


def _is_label(piece: Piece) -> bool:
    """Labels cut off or drawn small in a figure are common; in pale or no ink they are as suspect as text."""
    return piece.is_drawing and not piece.is_faint


def _counts(text: str, is_drawing: bool) -> bool:
    if speaks_to_reviewer(text):
        return True
    foreign = sum(char.isalpha() and ord(char) > 0x2E80 for char in text)
    is_about_reviews = count_words(text) >= 3 and len(set(_REVIEWING.findall(text.lower()))) >= 1
    return not is_drawing and (is_prose(text) or is_about_reviews or foreign >= _FOREIGN_LETTERS)


def is_prose(text: str) -> bool:
    """Eight words and more, of which every seventh is one that only sentences have."""
    words = count_words(text)
    return words >= _PROSE_WORDS and len(_COMMON.findall(text)) >= words / 7


def find_addressed(texts: Iterable[str]) -> tuple[str, ...]:
    """Quotations of those texts that speak to a reviewer."""
    tidied = (tidy(text) for text in texts)
    return tuple(dict.fromkeys(_quote(text) for text in tidied if speaks_to_reviewer(text)))


def find_signs(text: str) -> list[str]:
    """Characters without width that part words or stand in rows, and text in tag characters."""
    found = [_quote("".join(chr(ord(char) - 0xE0000) for char in run)) for run in _TAGS.findall(text)]
    parted = len(_BETWEEN_LETTERS.findall(text))
    rows = sum(len(run) for run in _ROW_OF_NOTHING.findall(_TAGS.sub("", text)))
    if parted >= 3 or rows:
        found.append(f"{parted + rows} characters without width")
    return found


def take_out_encoded(lines: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The lines without runs of base64 that decode to words, and what these say."""
    text = "\n".join(lines)
    found = [(match, said) for match in _BASE64.finditer(text) if (said := _decoded(match[0]))]
    for match, _ in reversed(found):
        breaks = "\n" * match[0].count("\n")
        text = text[: match.start()] + breaks + text[match.end() :]
    return text.split("\n"), tuple(_quote(said) for _, said in found)


def _decoded(run: str) -> str:
    """What a run of base64 says, if it is plain words."""
    bare = re.sub(r"\s", "", run).rstrip("=")
    try:
        said = base64.b64decode(bare[: len(bare) - (len(bare) % 4 == 1)] + "=" * (-len(bare) % 4), validate=True)
        text = said.decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if text.isprintable() and (is_prose(text) or count_words(text) >= 4 or speaks_to_reviewer(text)) else ""


def _quote(text: str) -> str:
    return text[:_QUOTED]
