"""One number changed in the text while the table keeps it."""

import re
from collections.abc import Iterable
from random import Random
from typing import NamedTuple

from reviewer.stress.operator import Planted, Row, changed, text_of
from reviewer.stress.passages import is_row

_DECIMAL = re.compile(r"(?<![\w.,])\d{1,4}\.\d{1,4}(?!\w|\.\d)")
_POINTER = re.compile(
    r"(?:Section|Sec\.|§|Appendix|Theorem|Lemma|Definition|Table|Figure|Fig\.|Eq\.|version|v)\s*$", re.I
)
_FOLLOWED = re.compile(r"\s?%|[,.;)]|[*_]*\s+[a-z(]")
_SMALL = frozenset(
    ("the", "of", "is", "and", "to", "in", "with", "by", "on", "from", "that", "than", "for", "at", "are", "was")
)


class _Place(NamedTuple):
    field: str
    start: int
    number: str


def change_number(row: Row, rng: Random) -> Planted | None:
    """Change a number with a decimal point that stands in a table and in a sentence, in one sentence alone."""
    texts = {name: text_of(row, name) for name in ("abstract", "body")}
    listed = {number for text in (*texts.values(), text_of(row, "appendix")) for number in _listed(text)}
    places = [place for name, text in texts.items() for place in _told(name, text) if _is_shared(place, text, listed)]
    for place in rng.sample(places, len(places)):
        if other := _unlike(place.number, listed, rng):
            text = texts[place.field]
            text = text[: place.start] + other + text[place.start + len(place.number) :]
            return changed(row, f"number: {place.number} became {other} in the {place.field}", **{place.field: text})
    return None


def _listed(text: str) -> Iterable[str]:
    """Decimal numbers in rows of tables."""
    return (number for line in text.splitlines() if is_row(line) for number in _DECIMAL.findall(line))


def _told(field: str, text: str) -> Iterable[_Place]:
    """Decimal numbers in lines of prose, but those that number a section or the like."""
    start = 0
    for line in text.splitlines(keepends=True):
        if not is_row(line) and _is_told(line):
            for match in _DECIMAL.finditer(line):
                if _FOLLOWED.match(line[match.end() :]) and not _POINTER.search(line[: match.start()]):
                    yield _Place(field, start + match.start(), match[0])
        start += len(line)


def _is_told(line: str) -> bool:
    """A line of a sentence, not labels of a drawing: words enough, small ones among them, and few numbers."""
    words = re.findall(r"[a-z]{2,}", line)
    return len(words) >= 6 and bool(_SMALL.intersection(words)) and len(_DECIMAL.findall(line)) <= 4


def _is_shared(place: _Place, text: str, listed: set[str]) -> bool:
    """Three figures, or two and a per cent sign: the same number in text and table is then no chance."""
    digits = len(place.number.replace(".", "").lstrip("0"))
    is_share = text[place.start + len(place.number) :].lstrip().startswith("%")
    return place.number in listed and digits >= 3 - is_share


def _unlike(number: str, listed: set[str], rng: Random) -> str:
    """A number of the same form, some 3 to 25 % away, that is in no table; "" where none was found."""
    decimals = len(number.split(".")[1])
    top = 99.9 if float(number) <= 100 else 9999.0
    for _ in range(40):
        value = min(top, float(number) * (1 + rng.choice((-1, 1)) * rng.uniform(0.03, 0.25)))
        made = f"{value:.{decimals}f}"
        if made not in listed and made != number:
            return made
    return ""
