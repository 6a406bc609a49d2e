"""Passages that were said before, word for word or nearly, and sentences out of order."""

import math
import re
from collections import Counter

from reviewer.evidence.ledger import Ledger
from reviewer.gates.flag import Flag, flag
from reviewer.schema import Paper
from reviewer.screening import Screened
from reviewer.text import count_words, split_sentences

_REPEATED = 0.2  # share of words said before from which a paper counts as padded
_SHINGLE = 5  # words
_FAR = 12  # sentences; what stands two to twelve further on is compared with what stands next
_SHUFFLED = 0.3  # order score; text in order lies above .33 in 99 of 100 papers, shuffled sections about 0
_FEW = 150  # sentences below which order says little


def find_repeats(screened: Screened, _: Ledger | None) -> Flag | None:
    """A fifth of the words stand in sentences that were said before, word for word or nearly."""
    if screened.repeated_share < _REPEATED:
        return None
    return flag("padding", f"{screened.repeated_share:.0%} of the words stand in sentences that were said before")


def find_disorder(screened: Screened, _: Ledger | None) -> Flag | None:
    """Neighbouring sentences have no more to do with each other than distant ones."""
    sentences = _sentences(screened.paper)
    if sum(map(len, sentences)) < _FEW or order_score(screened.paper) >= _SHUFFLED:
        return None
    longest = max(sentences, key=len)
    first = next(part for part in screened.paper.sections if longest[0] in part.text)
    what = "neighbouring sentences share no more words than distant ones"
    return flag("sentence order", what, [f"{' '.join(longest[:2])[:160]!r} ({first.title})"])


def measure_repetition(paper: Paper) -> float:
    """Share, in [0, 1], of the five-word shingles of the paper that had stood in it before."""
    found = [one for part in paper.sections for one in _shingles(part.text)]
    return 1 - len(set(found)) / len(found) if found else 0.0


def _shingles(text: str) -> list[tuple[str, ...]]:
    words = re.findall(r"[a-z]+", text.lower())
    return list(zip(*(words[start:] for start in range(_SHINGLE)), strict=False))


def order_score(paper: Paper) -> float:
    """How much more a sentence shares with the next than with those two to twelve further on, in standard deviations.

    Summed over plain overlap and overlap weighted by rarity (cosines of sets of stems); about 0 for shuffled sections
    of the body, above 0.3 for text as people write it. 1 where there is too little text.
    """
    sections = [[_stems(sentence) for sentence in part] for part in _sentences(paper)]
    count = Counter(stem for part in sections for stems in part for stem in stems)
    total = sum(map(len, sections))
    if total < _FEW:
        return 1.0
    rare = {stem: math.log((total + 1) / (number + 0.5)) ** 2 for stem, number in count.items()}
    return _contrast(sections, dict.fromkeys(count, 1.0)) + _contrast(sections, rare)


def _contrast(sections: list[list[frozenset[str]]], weight: dict[str, float]) -> float:
    near, far = list[float](), list[float]()
    for part in sections:
        norms = [math.sqrt(sum(weight[stem] for stem in stems)) or 1.0 for stems in part]
        for place, stems in enumerate(part):
            for other in range(place + 1, min(place + _FAR + 1, len(part))):
                shared = sum(weight[stem] for stem in stems & part[other])
                (near if other == place + 1 else far).append(shared / (norms[place] * norms[other]))
    return _difference(near, far)


def _difference(near: list[float], far: list[float]) -> float:
    """Difference of the means over the deviation of all."""
    if not near or not far:
        return 1.0
    every = near + far
    mean = sum(every) / len(every)
    deviation = math.sqrt(sum((one - mean) ** 2 for one in every) / len(every))
    return (sum(near) / len(near) - sum(far) / len(far)) / deviation if deviation else 0.0


def _sentences(paper: Paper) -> list[list[str]]:
    """Sentences of five words and more of each section of the body, 200 a section at most."""
    body = (part for part in paper.sections if not part.is_appendix)
    return [[one for one in split_sentences(part.text) if count_words(one) >= 5][:200] for part in body]


def _stems(sentence: str) -> frozenset[str]:
    return frozenset(word[:6] for word in re.findall(r"[a-z]{4,}", sentence.lower()))
