"""One number changed in the text while the table keeps it."""

import re
from collections.abc import Iterable, Sequence
from random import Random
from typing import NamedTuple

from reviewer.stress.operator import Planted, Row, changed, text_of
from reviewer.stress.passages import is_row

_DECIMAL = re.compile(r"(?<![\w.,])\d{1,4}\.\d{1,4}(?![\w.]|\.\d)")
_POINTER = re.compile(r"(?:Section|Sec\.|§|Appendix|Theorem|Lemma|Definition|Table|Figure|Fig\.|Eq\.|version|v)\s*$", re.I)


class _Place(NamedTuple):
    field: str
    start: int
    number: str


def change_number(row: Row, donors: Sequence[Row], rng: Random) -> Planted | None:
    """Change a number with a decimal point that stands in a table and in a sentence, in one sentence alone."""
    texts = {name: text_of(row, name) for name in ("abstract", "body")}
    listed = {number for text in (*texts.values(), text_of(row, "appendix")) for number in _listed(text)}
    places = [place for name, text in texts.items() for place in _told(name, text) if _is_shared(place, listed)]
    if not places:
        return None
    place = rng.choice(places)
    other = _unlike(place.number, listed, rng)
    text = texts[place.field]
    text = text[: place.start] + other + text[place.start + len(place.number) :]
    return changed(row, f"number: {place.number} became {other} in the {place.field}", **{place.field: text})


def _listed(text: str) -> Iterable[str]:
    """Decimal numbers in rows of tables."""
    return (number for line in text.splitlines() if is_row(line) for number in _DECIMAL.findall(line))


def _told(field: str, text: str) -> Iterable[_Place]:
    """Decimal numbers in lines of prose, but those that number a section or the like."""
    start = 0
    for line in text.splitlines(keepends=True):
        if not is_row(line) and len(re.findall(r"[a-z]{3,}", line)) >= 5:
            for match in _DECIMAL.finditer(line):
                if not _POINTER.search(line[: match.start()]):
                    yield _Place(field, start + match.start(), match[0])
        start += len(line)


def _is_shared(place: _Place, listed: set[str]) -> bool:
    """Three figures or more, so that the same number in text and table is no chance."""
    return place.number in listed and len(place.number.lstrip("0.")) >= 3 - (place.number.startswith("0."))


def _unlike(number: str, listed: set[str], rng: Random) -> str:
    """A number of the same form, some 3 to 25 % away, that is in no table."""
    whole, decimals = number.split(".")
    while True:
        value = float(number) * (1 + rng.choice((-1, 1)) * rng.uniform(0.03, 0.25))
        made = f"{value:.{len(decimals)}f}"
        if len(whole) < 3 and float(number) <= 100:
            made = f"{min(value, 99.9):.{len(decimals)}f}"
        if made not in listed and made != number:
            return made
