"""A few thousand publications in memory, ranked by the words that they share with a query."""

import math
from collections import Counter
from collections.abc import Sequence

from agents.literature.wording import overlap, stems
from agents.schema import Source


class WordIndex:
    """Ranks publications by the words that a query shares with title and abstract; one in the title counts twice."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = tuple(sources)
        self._titles = [stems(source.title) for source in self._sources]
        self._texts = [stems(f"{source.title} {source.abstract}") for source in self._sources]
        self._weight = _rarity(self._texts)

    def rank(self, query: str) -> list[tuple[Source, float]]:
        """All publications with their similarity, nearest first; ties keep their order."""
        wanted = stems(query)
        ranked = [(source, self._similarity(wanted, place)) for place, source in enumerate(self._sources)]
        return sorted(ranked, key=lambda pair: -pair[1])

    def _similarity(self, wanted: frozenset[str], place: int) -> float:
        in_title = overlap(wanted, self._titles[place], self._weight)
        return in_title + overlap(wanted, self._texts[place], self._weight)


def _rarity(texts: Sequence[frozenset[str]]) -> dict[str, float]:
    """Inverse document frequency, smoothed (Sparck Jones 1972)."""
    counts = Counter(word for text in texts for word in text)
    return {word: math.log((1 + len(texts)) / (1 + seen)) + 1.0 for word, seen in counts.items()}
