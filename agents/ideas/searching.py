"""Several questions to the literature as one answer: what was found, who answered, who did not."""

from collections.abc import Iterable, Sequence

from agents.errors import ServiceError
from agents.literature import LOCAL
from agents.literature.cascade import normalised_title
from agents.schema import Record, Source
from agents.services import Literature

MOST_NAMES = 3


class Searched(Record):
    """What came of a search. `answered` names the sources that answered, even if they found nothing."""

    queries: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    answered: tuple[str, ...] = ()

    @property
    def reached(self) -> tuple[str, ...]:
        """The sources that answered and cover the literature: no template's bibliography, no user's library."""
        return tuple(name for name in self.answered if name not in LOCAL)

    def joined(self, other: "Searched") -> "Searched":
        return Searched(
            queries=tuple(dict.fromkeys((*self.queries, *other.queries))),
            sources=tuple(merge_sources(self.sources, other.sources)),
            answered=tuple(dict.fromkeys((*self.answered, *other.answered))),
        )


def search_all(literature: Literature, queries: Iterable[str], count: int) -> Searched:
    """Ask every query for at most `count` sources; a service that is down has not answered, which is no error here."""
    searched = Searched()
    for query in dict.fromkeys(" ".join(query.split()) for query in queries):
        if query:
            searched = searched.joined(_ask(literature, query, count))
    return searched


def names_in(recalled: str) -> tuple[str, ...]:
    """The techniques of a judge's recollection, which come separated by semicolons, each to be searched for."""
    names = (" ".join(name.split()) for name in recalled.split(";"))
    return tuple(dict.fromkeys(name for name in names if name))[:MOST_NAMES]


def merge_sources(known: Sequence[Source], found: Iterable[Source]) -> list[Source]:
    """Add what is found to what is known: one entry for a title, and a key of its own for each."""
    merged = {normalised_title(source.title): source for source in known}
    keys = {source.key for source in known}
    for source in found:
        title = normalised_title(source.title)
        if title not in merged:
            merged[title] = _with_free_key(source, keys)
            keys.add(merged[title].key)
    return list(merged.values())


def _ask(literature: Literature, query: str, count: int) -> Searched:
    try:
        found = literature.find(query, count)
    except ServiceError:
        return Searched(queries=(query,))
    return Searched(queries=(query,), sources=found.sources, answered=found.answered)


def _with_free_key(source: Source, taken: set[str]) -> Source:
    """The source under its own key, or with a letter behind it where another work has that key."""
    if source.key not in taken:
        return source
    key = next(f"{source.key}{letter}" for letter in _letters() if f"{source.key}{letter}" not in taken)
    return source.model_copy(update={"key": key, "bibtex": source.bibtex.replace(source.key, key, 1)})


def _letters() -> Iterable[str]:
    """b to z, then zb to zz and so on."""
    prefix = ""
    while True:
        yield from (prefix + letter for letter in "bcdefghijklmnopqrstuvwxyz")
        prefix += "z"
