"""A template's own references.bib as a literature service: small, verified, always there. It proves no novelty."""

import math
from collections import Counter
from pathlib import Path

from agents.literature.bibtex import read_bibtex
from agents.literature.wording import overlap, stems
from agents.schema import Source


class TemplateBibliography:
    """Ranks the entries of a bibliography by the words that a query shares with title and abstract."""

    def __init__(self, path: Path) -> None:
        self._sources = read_bibtex(path, origin="template")
        self._titles = [stems(source.title) for source in self._sources]
        self._texts = [stems(f"{source.title} {source.abstract}") for source in self._sources]
        self._weight = _rarity(self._texts)

    def search(self, query: str, count: int) -> list[Source]:
        """Return at most `count` entries, nearest first; ties keep the order of the file."""
        wanted = stems(query)
        ranked = sorted(range(len(self._sources)), key=lambda place: -self._similarity(wanted, place))
        return [self._sources[place] for place in ranked[: max(count, 0)]]

    def _similarity(self, wanted: frozenset[str], place: int) -> float:
        """A word in the title counts twice."""
        in_title = overlap(wanted, self._titles[place], self._weight)
        return in_title + overlap(wanted, self._texts[place], self._weight)


def _rarity(texts: list[frozenset[str]]) -> dict[str, float]:
    """Inverse document frequency, smoothed (Sparck Jones 1972)."""
    counts = Counter(word for text in texts for word in text)
    return {word: math.log((1 + len(texts)) / (1 + seen)) + 1.0 for word, seen in counts.items()}
