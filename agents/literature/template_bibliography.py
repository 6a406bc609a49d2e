"""A template's own references.bib as a literature source: small, verified, always there. It proves no novelty."""

from collections.abc import Sequence
from pathlib import Path

from agents.literature.bibtex import read_bibtex
from agents.literature.word_index import WordIndex
from agents.schema import Source


class TemplateBibliography:
    """Ranks the entries of a bibliography by the words that a query shares with title and abstract."""

    def __init__(self, path: Path) -> None:
        self._index = WordIndex(read_bibtex(path, origin="template"))

    def search(self, query: str, count: int) -> list[Source]:
        """Return at most `count` entries, nearest first; ties keep the order of the file."""
        return [source for source, _ in self._index.rank(query)[: max(count, 0)]]


def complete(found: Sequence[Source], path: Path) -> list[Source]:
    """`found` with all entries of a template's bibliography: its knobs cite them by key, near to a query or not."""
    keys = {source.key for source in found}
    return [*found, *(source for source in read_bibtex(path, origin="template") if source.key not in keys)]
