"""Flaws and gaming of the list of references: shuffled, thinned, doubled."""

import re
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from reviewer.stress.operator import Planted, Row, changed, text_of

_LABEL = re.compile(r"^\s*\[\d{1,3}\]\s*")
_YEAR = re.compile(r"(?<![\d.:/-])(?:19[5-9]\d|20[0-3]\d)(?=[a-z]?(?![\d/]))")
_AUTHORS_END = re.compile(r"(?<=[^\W\d_]{3})\.\s+(?=[\[\"“*_]*[A-Z])|\s*\((?=(?:19|20)\d\d[a-z]?\))")
_FEWEST = 4
_LONG = 500
"""Mean characters of a piece from which pieces are not entries."""


class _List(NamedTuple):
    """Entries with what stands between them: joined by turns they are the text."""

    entries: list[str]
    gap: str
    head: str


def shuffle_references(row: Row, rng: Random) -> Planted | None:
    """Deal the authors and, apart from them, the years to other entries; titles and venues stay in place."""
    found = _read(text_of(row, "refs"))
    if len(found.entries) < _FEWEST:
        return None
    entries, authors = _deal_authors(found.entries, rng)
    entries, years = _deal_years(entries, rng)
    if authors + years < _FEWEST:
        return None
    return changed(
        row, f"references: authors of {authors} and years of {years} dealt anew", refs=_write(found, entries)
    )


def drop_references(row: Row, rng: Random) -> Planted | None:
    """Leave out 70 % of the entries; the citations stay."""
    found = _read(text_of(row, "refs"))
    count = len(found.entries)
    if count < _FEWEST:
        return None
    kept = sorted(rng.sample(range(count), max(1, round(0.3 * count))))
    text = _write(found, [found.entries[place] for place in kept])
    return changed(row, f"references: {count - len(kept)} of {count} left out", refs=text)


def double_references(row: Row, rng: Random) -> Planted | None:
    """Append each entry once more, in another order, numbered on where there are numbers."""
    text = text_of(row, "refs")
    found = _read(text)
    count = len(found.entries)
    if count < _FEWEST:
        return None
    again = rng.sample(found.entries, count)
    if all(_LABEL.match(entry) for entry in again):
        again = [f"[{count + place}] {_LABEL.sub('', entry)}" for place, entry in enumerate(again, start=1)]
    return changed(
        row,
        f"references: {count} entries appended again",
        refs=text.rstrip() + found.gap + _write(found._replace(head=""), again),
    )


def _read(text: str) -> _List:
    """Entries parted by labels [1], else by blank lines, else where a line ends after a year; page breaks go."""
    text = re.sub(r"^-{5,}$", "", text, flags=re.M)
    head = re.match(r"\s*(?:(?:references|bibliography)\s*\n\s*)?", text, re.I)
    head = head[0] if head else ""
    text = text[len(head) :].rstrip()
    if len(re.findall(r"^\s*\[\d{1,3}\]", text, re.M)) >= _FEWEST:
        pieces, gap = re.split(r"\n\s*(?=\[\d{1,3}\])", text), "\n"
    else:
        pieces, gap = re.split(r"\n\s*\n", text), "\n\n"
        if len(text) / len(pieces) > _LONG:
            pieces, gap = text.splitlines(), "\n"
    return _List(_mend(pieces), gap, head)


def _mend(pieces: Sequence[str]) -> list[str]:
    """A piece without a year or an end goes on into the next: a line or a page ended within the entry."""
    entries, is_open = list[str](), False
    for piece in (piece.strip() for piece in pieces):
        if not piece:
            continue
        if is_open and not _LABEL.match(piece):
            entries[-1] = f"{entries[-1]}\n{piece}"
        else:
            entries.append(piece)
        is_open = not (_YEAR.search(entries[-1]) and re.search(r"(?:[.)\]*_]|URLTOK\W*)$", entries[-1]))
    return entries


def _write(found: _List, entries: Sequence[str]) -> str:
    return found.head + found.gap.join(entries) + "\n"


def _deal_authors(entries: Sequence[str], rng: Random) -> tuple[list[str], int]:
    parts = [_split_authors(entry) for entry in entries]
    places = [place for place, (_, authors, _) in enumerate(parts) if authors]
    dealt = _derange([parts[place][1] for place in places], rng)
    made = list(entries)
    for place, authors in zip(places, dealt, strict=True):
        made[place] = parts[place][0] + authors + parts[place][2]
    return made, len(places)


def _split_authors(entry: str) -> tuple[str, str, str]:
    """Label, authors, rest; no authors where they cannot be told from the title."""
    label = match[0] if (match := _LABEL.match(entry)) else ""
    rest = entry[len(label) :]
    end = _AUTHORS_END.search(rest)
    if not end or end.start() > 400 or re.search(r"\d", rest[: end.start()]):
        return label, "", rest
    return label, rest[: end.start()], rest[end.start() :]


def _deal_years(entries: Sequence[str], rng: Random) -> tuple[list[str], int]:
    """The last year of each entry is dealt; all years of an entry that are the same go with it."""
    years = [found[-1] if (found := _YEAR.findall(entry)) else "" for entry in entries]
    places = [place for place, year in enumerate(years) if year]
    dealt = _derange([years[place] for place in places], rng)
    made = list(entries)
    for place, year in zip(places, dealt, strict=True):
        made[place] = re.sub(rf"(?<![\d.:/-]){years[place]}(?!\d)", year, entries[place])
    return made, len(places)


def _derange(values: Sequence[str], rng: Random) -> list[str]:
    """The values in another order, none in its own place (equal ones may still look so)."""
    order = list(range(len(values)))
    rng.shuffle(order)
    follows = dict(zip(order, order[1:] + order[:1], strict=True))
    return [values[follows[place]] for place in range(len(values))]
