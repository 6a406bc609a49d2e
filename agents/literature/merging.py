"""Answers of several sources as one list, each publication once."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from agents.literature.publication import find_doi, normalised_title, surname
from agents.schema import Source

_OWN = ("template", "library")
"""Origins whose record is kept whoever else has the publication: papers and people cite it by its own key."""
_YEARS_APART = 2
"""A preprint and its printed version are one publication; farther apart it is another of the same title."""


def merge_answers(answers: Sequence[Sequence[Source]]) -> list[Source]:
    """Interleave by rank. Of records of one publication the richest stays, at the place of the first.

    One publication is: the same DOI, or the same title in years at most two apart and, where both tell, a first author
    in common. Of different publications under one key the first stays.
    """
    merged: list[Source] = []
    by_doi: dict[str, int] = {}
    by_title: dict[str, list[int]] = {}
    for source in _interleave(answers):
        doi, title = find_doi(source.url, is_address=True).lower(), normalised_title(source.title)
        twins = [place for place in by_title.get(title, ()) if _is_same(merged[place], source)]
        place = by_doi.get(doi, twins[0] if twins else None) if doi else (twins[0] if twins else None)
        if place is None:
            place = len(merged)
            merged.append(source)
            by_title.setdefault(title, []).append(place)
        else:
            merged[place] = _richer(merged[place], source)
        if doi:
            by_doi.setdefault(doi, place)
    return first_by_key(merged)


def first_by_key(sources: Iterable[Source]) -> list[Source]:
    """Sources in order; of several with one key the first."""
    kept: dict[str, Source] = {}
    for source in sources:
        kept.setdefault(source.key, source)
    return list(kept.values())


def _interleave(answers: Sequence[Sequence[Source]]) -> Iterable[Source]:
    return (source for rank in zip_longest(*answers) for source in rank if source is not None)


def _is_same(one: Source, other: Source) -> bool:
    leads = {surname(source.authors[0]) for source in (one, other) if source.authors} - {""}
    return abs(one.year - other.year) <= _YEARS_APART and len(leads) < 2


def _richer(one: Source, other: Source) -> Source:
    """The better record, with the abstract and the address that only the other has."""
    better, lesser = (one, other) if _worth(one) >= _worth(other) else (other, one)
    missing = {name: getattr(lesser, name) for name in ("abstract", "url") if not getattr(better, name)}
    return better.model_copy(update=missing)


def _worth(source: Source) -> tuple[int, bool, bool, bool]:
    rank = len(_OWN) - _OWN.index(source.origin) if source.origin in _OWN else 0
    is_printed = bool(source.venue) and "arxiv" not in source.venue.lower()
    return rank, bool(source.abstract), is_printed, bool(source.authors)
