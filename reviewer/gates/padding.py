"""Passages that were said before, word for word or nearly, and sentences out of order."""

import re

from reviewer.evidence.ledger import Ledger
from reviewer.gates.flag import Flag, flag
from reviewer.schema import Paper
from reviewer.screening import Screened
from reviewer.text import split_sentences

_OPENS_ON_BEFORE = re.compile(r"^(?:this|these|that|those|it|they|such|however|therefore|thus|hence|moreover|furthermore|also|then|in contrast|in addition|as a result|consequently|instead|similarly|for (?:example|instance)|on the other hand|specifically|in particular|finally|second(?:ly)?|next)\b", re.I)
_SHINGLE = 5


def shingles(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"[a-z]+", text.lower())
    return list(zip(*(words[start:] for start in range(_SHINGLE)), strict=False))


def measure_repetition(paper: Paper) -> float:
    """Share, in [0, 1], of the five-word shingles of the paper that had stood in it before."""
    found = [one for part in paper.sections for one in shingles(part.text)]
    return 1 - len(set(found)) / len(found) if found else 0.0


def order_score(paper: Paper) -> float:
    """How much more neighbouring sentences share words than sentences of one section at random, in deviations.

    The z-score of the adjacent overlap under permutation within sections, by the exact mean and an approximate
    deviation; about 0 for shuffled text.
    """
    total = expected = variance = 0.0
    for part in paper.sections:
        if part.is_appendix:
            continue
        sets = [frozenset(re.findall(r"[a-z]{4,}", s.lower())) for s in split_sentences(part.text)]
        sets = [one for one in sets if len(one) >= 4][:150]
        if len(sets) < 5:
            continue
        near = [_overlap(a, b) for a, b in zip(sets, sets[1:], strict=False)]
        every = [_overlap(a, b) for n, a in enumerate(sets) for b in sets[n + 1 :]]
        mean = sum(every) / len(every)
        total += sum(near)
        expected += mean * len(near)
        variance += len(near) * sum((one - mean) ** 2 for one in every) / len(every)
    return (total - expected) / variance**0.5 if variance else 0.0


def _overlap(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / (len(a) * len(b)) ** 0.5


_REPEATED = 0.2  # share of words said before from which a paper counts as padded


def find_repeats(screened: Screened, _: Ledger | None) -> Flag | None:
    if screened.repeated_share < _REPEATED:
        return None
    return flag("padding", f"{screened.repeated_share:.0%} of the words stand in sentences that were said before")


def find_disorder(screened: Screened, _: Ledger | None) -> Flag | None:
    return None
