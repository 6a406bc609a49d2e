"""Whether the abstract is about the body: its rarer words, found in the body."""

import re
from collections import Counter

from reviewer.gates.agreement import Agreement
from reviewer.schema import Paper

_WORD = re.compile(r"[a-z]{4,}")


def stem(word: str) -> str:
    """A word without its commonest endings; crude, and the same on both sides."""
    for ending in ("ations", "ation", "ingly", "ising", "izing", "ments", "ment", "ities", "ity", "ness", "ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def measure_topic(paper: Paper) -> Agreement:
    """Distinct content words of the abstract, and how many of them the body has at least twice."""
    abstract = {stem(word) for word in _WORD.findall(paper.text_of("abstract").lower())}
    body = Counter(stem(w) for part in paper.sections if part.kind != "abstract" for w in _WORD.findall(part.text.lower()))
    absent = sorted(word for word in abstract if body[word] < 2)
    return Agreement(len(abstract), len(abstract) - len(absent), tuple(absent[:8]))
