"""Whether words that a model says it quotes stand in the paper: a remark on words that do not stand there is void."""

import re
import unicodedata
from functools import cached_property

_LEAST_WORDS = 3
_RUN = 4  # words; a long quotation may differ by a sign or a formula, and then most runs of its words must stand there
_LONG = 8  # words
_SHARE = 0.8


class Source:
    """The text that is quoted from; letters and digits count, case, signs and line breaks do not."""

    def __init__(self, text: str) -> None:
        self._text = f" {_plain(text)} "

    def holds(self, quotation: str) -> bool:
        """Whether every piece between dots stands in the text; a quotation of fewer than 3 words shows nothing."""
        pieces = [words for piece in re.split(r"\.{3,}|…|\[\.*\]", quotation) if (words := _plain(piece).split())]
        enough = sum(map(len, pieces)) >= _LEAST_WORDS
        return enough and all(self._has(words) for words in pieces)

    def _has(self, words: list[str]) -> bool:
        if f" {' '.join(words)} " in self._text:
            return True
        runs = _runs(words)
        return len(words) >= _LONG and sum(run in self._known for run in runs) >= _SHARE * len(runs)

    @cached_property
    def _known(self) -> frozenset[tuple[str, ...]]:
        return frozenset(_runs(self._text.split()))


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)]


def _plain(text: str) -> str:
    joined = re.sub(r"(?<=[a-z])-\s*\n\s*(?=[a-z])", "", unicodedata.normalize("NFKC", text))
    return " ".join(re.sub(r"[\W_]+", " ", joined.lower()).split())
