"""How near publications are to an idea: by the words they share, and by meaning where there is a model for it.

Neither alone finds a technique in disguise: measured by bench.novelty, which also chose the weights.
"""

import math
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agents.ideas.embedding import Embed
from agents.literature.wording import joined_pairs, overlap, stems
from agents.schema import Idea, Source

WORD_WEIGHT = 0.4
"""What shared words add to the cosine of the meanings, in [-1, 1]."""
IDEA_WEIGHT = 0.5
"""Weight of the idea's own words where queries are there too: those are in the field's terms, its own may be not."""


def rank_sources(idea: Idea, queries: Sequence[str], sources: Sequence[Source], embed: Embed | None) -> list[Source]:
    """Sort sources, nearest to the idea first; of equals the earlier one. Without `embed` by words alone."""
    if not sources:
        return []
    texts = [f"{source.title}. {source.abstract}" for source in sources]
    scores = IDEA_WEIGHT * likeness([describe(idea)], texts, embed)[0]
    if queries:
        scores = scores + likeness(queries, texts, embed).max(axis=0)
    return [sources[place] for place in np.argsort(-scores, kind="stable")]


def likeness(
    wanted: Sequence[str], texts: Sequence[str], embed: Embed | None, word_weight: float = WORD_WEIGHT
) -> NDArray[np.float64]:
    """Likeness (len(wanted), len(texts)) of each wanted text to each other text; higher is nearer."""
    by_words = _shared_words(wanted, texts)
    if embed is None:
        return by_words
    return word_weight * by_words + embed(wanted) @ embed(texts).T


def describe(idea: Idea) -> str:
    """The idea in its own words."""
    return f"{idea.title}. {idea.hypothesis.statement} {idea.abstract or idea.plan}"


def _shared_words(wanted: Sequence[str], texts: Sequence[str]) -> NDArray[np.float64]:
    """Share of each wanted text's words that a text holds, rare words counting more (Sparck Jones 1972)."""
    held = [_words_of(text) for text in texts]
    seen = Counter(word for words in held for word in words)
    weight = {word: math.log((1 + len(texts)) / (1 + count)) + 1.0 for word, count in seen.items()}
    return np.array([[overlap(stems(text), words, weight) for words in held] for text in wanted], dtype=np.float64)


@lru_cache(maxsize=4096)
def _words_of(text: str) -> frozenset[str]:
    """Stems, and neighbours written as one, so that "batch-norm" meets "batchnorm"."""
    return stems(text) | joined_pairs(text)
