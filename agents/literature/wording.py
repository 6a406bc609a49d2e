"""Words of a text in a form that survives plural, tense and British or American spelling. No language model."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[a-z]+")
_STOP_TEXT = """a an and are as at be been between but by can could do does doing for from had has have how if in into
is it its may might more most much not of on only or our should than that the their them then there
these they this those to under using very was we were what when where whether which while who why will
with without would you your help helps better best good improve improves effect effects matter matters
make makes use uses used study"""
_STOP = frozenset(_STOP_TEXT.split())
_SUFFIXES = ("ization", "izing", "ized", "izer", "ize", "ation", "ings", "ing", "ions", "ion", "ers", "er", "ed", "e")


def stems(text: str) -> frozenset[str]:
    """Normalised content words of `text`; words that any question holds (does, help, effect) are left out."""
    return frozenset(stem(word) for word in words(text) if word not in _STOP)


def words(text: str) -> list[str]:
    """Lower-case words without accents; underscores, hyphens and digits separate them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _WORD.findall(plain)


def joined_pairs(text: str) -> frozenset[str]:
    """Stems of neighbouring words written as one, so that "drop-out" meets "dropout"."""
    found = words(text)
    return frozenset(stem(left + right) for left, right in pairwise(found))


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Cut the ending of a word; two words with one stem are taken to mean the same."""
    word = re.sub(r"is(?=(e|ed|er|ers|es|ing|ation|ations)$)", "iz", word) if len(word) > 6 else word
    word = re.sub(r"ies$", "y", word)
    word = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            return word.removesuffix(suffix)
    return word


def overlap(query: Iterable[str], text: Iterable[str], weight: dict[str, float] | None = None) -> float:
    """Share of the query's words, by weight, that the text holds; in [0, 1]."""
    wanted, found = set(query), set(text)
    total = sum((weight or {}).get(word, 1.0) for word in wanted)
    return sum((weight or {}).get(word, 1.0) for word in wanted & found) / total if total else 0.0
