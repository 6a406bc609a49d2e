"""Whether the abstract is about the body: its words, weighted by how rare they are in abstracts, found in the body."""

import math
import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from reviewer.evidence.ledger import Ledger
from reviewer.gates.flag import Flag, flag
from reviewer.schema import Paper
from reviewer.screening import Screened

_WORD = re.compile(r"[a-z]{4,}")
_ENDINGS = (
    "ations", "ation", "ingly", "ising", "izing", "ments", "ment", "ities", "ity", "ness", "ings", "ing", "ies", "ied",
    "ers", "ed", "es", "er", "ly", "s", "e", "y",
)  # fmt: skip
_LONGEST = 2200  # characters; where no heading was found, the body stands behind the abstract in one section
_OFTEN = 5  # times that the body has a word from which more says nothing, in a paper of 3,000 words and more
_WHOLE = 3000  # words
_COMMON = 2.0  # logarithm of how rare a word must be to weigh anything: one abstract in seven


class Topic(NamedTuple):
    """`share` of the abstract's weight that the body has, in [0, 1]; distinct words of weight; the rare ones absent."""

    share: float
    words: int
    absent: tuple[str, ...]


def measure_topic(paper: Paper) -> Topic:
    """Hold the abstract's words against the body's; a paper without an abstract, or without a body, fits."""
    abstract = paper.text_of("abstract")
    rest = (part.text for part in paper.sections if part.kind != "abstract")
    body = Counter(_stems(" ".join((abstract[_LONGEST:], *rest))))
    weights = {stem: count * _weight(stem) for stem, count in Counter(_stems(abstract[:_LONGEST])).items()}
    total = sum(weights.values())
    if not total or not body:
        return Topic(1.0, 0, ())
    often = max(1.0, _OFTEN * min(1.0, body.total() / _WHOLE))
    found = sum(weight * min(1.0, body[stem] / often) for stem, weight in weights.items())
    absent = sorted((stem for stem in weights if not body[stem]), key=lambda stem: (-weights[stem], stem))
    return Topic(found / total, sum(weight > 0 for weight in weights.values()), tuple(absent[:5]))


def _stems(text: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.lower())]


@cache
def _stem(word: str) -> str:
    """A word without its commonest endings; crude, and the same on both sides."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


@cache
def _weight(stem: str) -> float:
    total, counts = _frequencies()
    return max(0.0, math.log((total + 1) / (counts.get(stem, 2) + 2)) - _COMMON)


@cache
def _frequencies() -> tuple[int, dict[str, int]]:
    """Number of abstracts learnt from (ICLR 2017 to 2022, the part for training), and in how many a stem stands."""
    first, *lines = (files("reviewer.gates") / "common_words.txt").read_text(encoding="utf-8").splitlines()
    counts = {stem: int(count) for count, *stems in (line.split() for line in lines) for stem in stems}
    return int(first), counts


_FOREIGN = 0.38  # share of weight; abstracts of other papers of the field reach .41, own ones fall below in one of 300


def find_foreign_abstract(screened: Screened, _: Ledger | None) -> Flag | None:
    """The abstract's rarer words are not in the body."""
    made = measure_topic(screened.source)
    if made.words < 15 or made.share >= _FOREIGN:
        return None
    what = f"it is not about the body, which has {made.share:.0%} of the weight of its words and never speaks of"
    return flag("abstract", what, [f"{', '.join(made.absent)!r} (Abstract)"])
