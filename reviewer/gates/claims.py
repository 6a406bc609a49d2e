"""How strongly the prose claims, against how often it hedges."""

import re
from typing import NamedTuple

from reviewer.evidence.ledger import Ledger
from reviewer.gates.flag import Flag, flag
from reviewer.schema import Paper
from reviewer.screening import Screened
from reviewer.text import count_words, split_sentences

_STRONG = re.compile(
    r"\b(?:outperform(?:s|ed|ing)?|surpass(?:es|ed)?|beats?|exceeds?|superior to|better"
    r" than)\s+(?:\w+\s+){0,2}?(?:all|every|any)\b"
    r"|\bby (?:an? )?(?:very |extremely |significantly |exceptionally )?(?:large|huge|wide|significant|big"
    r"|substantial|overwhelming|enormous) margins?\b"
    r"|\b(?:guarantee[ds]? (?:that|to|the|superior|success|better)|undoubtedly|undeniabl[ey]|unquestionabl[ey]"
    r"|indisputabl[ey]|definitive(?:ly)?|conclusively|irrefutabl[ey]|"
    r"unparalleled|unprecedented|unrivall?ed|unmatched|groundbreaking|ground-breaking|revolutionary"
    r"|revolutionize[sd]?|breakthrough|"
    r"flawless(?:ly)?|perfect(?:ly)? solves?|completely solves?|fully solves?|vastly|dramatically|tremendous(?:ly)?|"
    r"extraordinar(?:y|ily)|phenomenal(?:ly)?|paradigm[- ]shift\w*|universally|beyond (?:any )?doubt|without exception|"
    r"in all cases|in every case|always (?:outperforms?|better|best|improves?|works?)|proves? (?:that|beyond)"
    r"|never fails?)\b",
    re.I,
)
_HEDGE = re.compile(
    r"\b(?:may|might|could|can be|suggests?|suggesting|appears?|seems?|likely|possibl[ey]|perhaps"
    r"|potential(?:ly)?|often|usually|"
    r"typically|generally|in most cases|tends?|we (?:believe|hypothesi[sz]e|conjecture|speculate|suspect)"
    r"|approximately|roughly|"
    r"partly|partially|to some extent|not always|in some cases|sometimes|in our (?:experiments|experience))\b",
    re.I,
)
_WILL = re.compile(r"\bwill\b", re.I)


class Claims(NamedTuple):
    """Sentences with a strong claim, with a hedge, with "will", all sentences, and the first strong ones."""

    strong: int
    hedged: int
    will: int
    sentences: int
    quotes: tuple[str, ...]

    @property
    def strong_share(self) -> float:
        return self.strong / max(self.sentences, 1)

    @property
    def hedged_share(self) -> float:
        return self.hedged / max(self.sentences, 1)


def measure_claims(paper: Paper) -> Claims:
    """Count over the sentences of body and abstract; what is in the appendix claims little."""
    strong, hedged, will, total = list[str](), 0, 0, 0
    for part in paper.sections:
        for sentence in split_sentences("" if part.is_appendix else part.text):
            total += count_words(sentence) > 3
            hedged += bool(_HEDGE.search(sentence))
            will += bool(_WILL.search(sentence))
            if _STRONG.search(sentence):
                strong.append(f"{sentence[:120]!r} ({part.title})")
    return Claims(len(strong), hedged, will, total, tuple(strong[:3]))


def find_overclaim(screened: Screened, _: Ledger | None) -> Flag | None:
    """Strong claims in the extreme: more of them than in any honest paper."""
    made = measure_claims(screened.paper)
    if made.strong < 12 or made.strong_share < 0.08 or made.strong < 1.2 * made.hedged:
        return None
    what = f"{made.strong} of {made.sentences} sentences claim without reserve, {made.hedged} with some"
    return flag("overclaim", what, made.quotes[:2])
