"""The list of references against the citations, and against itself: measures, each the share of what is in order."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from reviewer.gates.agreement import Agreement
from reviewer.reading.bibliography import (
    Citation,
    Entry,
    all_years,
    fold,
    hinted_years,
    is_copy,
    is_match,
    read_citations,
    read_entries,
    title_words,
)
from reviewer.schema import Paper


class References(NamedTuple):
    """Entries and citations of a paper, and of each citation whether its entry is there, by which way it fails."""

    entries: tuple[Entry, ...]
    citations: tuple[Citation, ...]
    resolved: tuple[Citation, ...]
    absent: tuple[Citation, ...]
    misdated: tuple[Citation, ...]
    is_numeric: bool


@lru_cache(maxsize=8)
def _relate(bibliography: tuple[str, ...], texts: tuple[tuple[str, str], ...]) -> References:
    entries, found = read_entries(bibliography), read_citations(texts)
    is_numeric = 2 * sum(entry.number is not None for entry in entries) > len(entries)
    cited = tuple(one for one in found if (one.number is not None) == is_numeric)
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        for name in entry.author:
            by_name.setdefault(name, []).append(entry)
    numbers = {entry.number for entry in entries}

    def has(one: Citation) -> bool:
        return one.number in numbers if is_numeric else any(is_match(one, e) for e in _named(one, by_name))

    resolved = tuple(one for one in cited if has(one))
    rest = [one for one in cited if not has(one)]
    misdated = tuple(one for one in rest if not is_numeric and _named(one, by_name))
    absent = tuple(one for one in rest if is_numeric or not _named(one, by_name))
    return References(entries, cited, resolved, absent, misdated, is_numeric)


def _named(one: Citation, by_name: dict[str, list[Entry]]) -> list[Entry]:
    return by_name.get(one.surname) or by_name.get(one.surname.replace("-", "").replace("'", ""), [])


def relate(paper: Paper) -> References:
    return _relate(paper.bibliography, tuple((part.title, part.text) for part in paper.sections))


def measure_references(paper: Paper) -> Agreement:
    """Distinct works cited in the text, and how many of them the list has under that name and year (or number)."""
    found = relate(paper)
    works = {(one.surname, one.year, one.number) for one in found.citations}
    agreed = {(one.surname, one.year, one.number) for one in found.resolved}
    quotes = dict.fromkeys(f"{one.quote} ({one.place})" for one in (*found.absent, *found.misdated))
    return Agreement(len(works), len(agreed), tuple(quotes)[:5])


def measure_dates(paper: Paper) -> Agreement:
    """Entries whose year can be told from an arXiv number or a volume, and how many of them print such a year."""
    hinted = [(entry, years) for entry in relate(paper).entries if entry.year and (years := hinted_years(entry))]
    wrong = [entry for entry, years in hinted if not _is_dated(entry, years)]
    return Agreement(len(hinted), len(hinted) - len(wrong), tuple(entry.text[:120] for entry in wrong[:3]))


def _is_dated(entry: Entry, years: tuple[int, ...]) -> bool:
    """A preprint comes out up to three years before the work is printed, and not after it; volumes a year apart."""
    return any(
        -1 <= int(year) - hint <= 3 for hint in years for year in all_years(entry) if int(year) == int(entry.year[:4])
    )


def measure_order(paper: Paper) -> Agreement:
    """Neighbours in the list, and how many stand in order: of the alphabet or of first citation, as fits best."""
    found = relate(paper)
    names = [words for entry in found.entries if entry.year and (words := _head_words(entry))]
    orders = [[words[0] for words in names], [words[-1] for words in names]]
    agreed = [sum(a <= b for a, b in pairwise(one)) for one in orders]
    return Agreement(max(len(names) - 1, 0), max(*agreed, _in_order_of_citation(found)))


def _head_words(entry: Entry) -> list[str]:
    """Words of the first author's name, in lower case and without particles."""
    head = re.split(
        r",|\band\b|&|\bet al|(?<=[a-z]{2})\.\s|\(", re.sub(r"^\W*\d*\W*", "", fold(entry.text)), maxsplit=1
    )[0]
    return re.findall(r"[a-z]+", re.sub(r"['-]", "", head).lower())


def _in_order_of_citation(found: References) -> int:
    first: dict[tuple[str, str], int] = {}
    for rank, one in enumerate(found.citations):
        first.setdefault((one.surname, one.year[:4]), rank)
    ranks = [
        min((first[key] for name in e.author if (key := (name, e.year[:4])) in first), default=-1)
        for e in found.entries
    ]
    known = [rank for rank in ranks if rank >= 0]
    return sum(a <= b for a, b in pairwise(known))


def measure_duplicates(paper: Paper) -> Agreement:
    """Works of the list, and how many of them are no near copy of one before."""
    seen: list[frozenset[str]] = []
    copies: list[str] = []
    for entry in relate(paper).entries:
        words = title_words(entry.text)
        copies += [entry.text[:100]] if is_copy(words, seen) else []
        seen.append(words)
    return Agreement(len(seen), len(seen) - len(copies), tuple(copies[:3]))


def measure_cited(paper: Paper) -> Agreement:
    """Entries with author and year, and how many of them the text cites."""
    found = relate(paper)
    known = [entry for entry in found.entries if entry.author and entry.year]
    if found.is_numeric:
        numbers = {one.number for one in found.citations}
        cited = [entry for entry in known if entry.number in numbers]
    else:
        pairs = {(one.surname.replace("-", "").replace("'", ""), one.year[:4]) for one in found.citations}
        pairs |= {(one.surname, one.year[:4]) for one in found.citations}
        cited = [entry for entry in known if any((name, entry.year[:4]) in pairs for name in entry.author)]
    missed = [entry.text[:100] for entry in known if entry not in cited]
    return Agreement(len(known), len(cited), tuple(missed[:3]))
