"""Whether one sentence is addressed to a reviewer, in whichever form it hides, and where in it the address begins."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from reviewer.injection.foreign import find_foreign
from reviewer.injection.forms import fills_in, has_field, is_tag
from reviewer.injection.patterns import is_addressed, weigh
from reviewer.injection.words import is_hot, spell
from reviewer.text import split_sentences

_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТХУавеѕіјкмнорстхуԁԛԝɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεορνικհոս",
    "ABESIJKMHOPCTXYabesijkmhopctxydqwgABEZHIKMNOPTYXaeopvikhnu",
)
_QUOTED = re.compile(r"[\"“«]([^\"”»]{12,})[\"”»]|(?<!\w)['‘‘`]{1,2}([^'’`]{12,})['’]{1,2}(?!\w)")
_THIS = re.compile(r"T[xHp]?D|Y[xP]?[SV]")
_BROKEN = re.compile(r"(?<=[a-z])-\s+(?=[a-z])")


class Speech(NamedTuple):
    """That a sentence is addressed to a reviewer, and the place of the first word that shows it."""

    start: int


def says_so(text: str) -> bool:
    """Whether any sentence of a text is addressed to a reviewer."""
    return any(hear(sentence) for sentence in (text, *split_sentences(text)))


def hear(sentence: str, is_studied: bool = False) -> Speech | None:
    """Find out whether a sentence is addressed to a reviewer.

    `is_studied`: papers on prompts and reviews are held to be honest unless this paper is meant.
    """
    return next((heard for form in _forms(sentence) if (heard := _hear(form, is_studied))), None)


def leans(sentence: str) -> bool:
    """Whether a sentence beside one that is addressed belongs with it: it begs, praises, says "you", fills a form."""
    kinds = spell(sentence).kinds
    found = weigh(kinds)
    weight = sum(one.weight for one, _ in found)
    is_near = weight >= 2 and any(one.is_call for one, _ in found)
    is_praise = any(one.name in ("this paper is exceptional", "authority") for one, _ in found)
    is_order = bool(re.match(r"(?:xB|B|Q|[KJ])[^b]", kinds)) and len(kinds) <= 12
    return (
        is_near
        or is_praise
        or is_order
        or "Y" in kinds
        or has_field(sentence)
        or is_tag(sentence)
        or find_foreign(sentence) is not None
    )


def _forms(sentence: str) -> Iterator[str]:
    """The sentence as it stands, without look-alike letters of other alphabets, without hyphens, in parts of words."""
    yield sentence
    if not sentence.isascii():
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", sentence).translate(_LOOKALIKES))
        yield re.sub(r"[\u0300-\u036f]", "", plain)
    if _BROKEN.search(sentence):
        yield _BROKEN.sub("", sentence)
    if "_" in sentence or (sentence.count("-") >= 3 and re.search(r"\w-\w+-\w+-\w", sentence)):
        yield re.sub(r"[_-]+", " ", sentence)
    if re.search(r"[a-z]{2}[A-Z][a-z]+[A-Z]", sentence):
        yield re.sub(r"(?<=[a-z])(?=[A-Z])", " ", sentence)


def _hear(sentence: str, is_studied: bool) -> Speech | None:
    if form := fills_in(sentence):
        return None if is_studied and _QUOTED.search(sentence) else Speech(form.start())
    if (place := find_foreign(sentence)) is not None:
        return Speech(place)
    if not is_hot(sentence):
        return None
    kinds, starts = spell(_unquoted(sentence))
    found = weigh(kinds)
    if not is_addressed(kinds, found):
        return _hear_quoted(sentence, is_studied)
    if is_studied and not _means_this(kinds, sum(one.weight for one, _ in found)):
        return None
    strong = [place for one, place in found if one.is_call and one.weight > 1]
    return Speech(starts[min(strong or [place for _, place in found])])


def _unquoted(sentence: str) -> str:
    """What is quoted blanked, unless all is quoted."""
    bare = _QUOTED.sub(lambda match: " " * len(match[0]), sentence)
    return bare if len(re.findall(r"[A-Za-z]{2,}", bare)) >= 2 else sentence


def _hear_quoted(sentence: str, is_studied: bool) -> Speech | None:
    """A quotation counts if it is about this paper, which what others are quoted with seldom is."""
    for match in () if is_studied else _QUOTED.finditer(sentence):
        kinds = spell(match[1] or match[2]).kinds
        found = weigh(kinds)
        if is_addressed(kinds, found) and _means_this(kinds, sum(one.weight for one, _ in found)):
            return Speech(0)
    return None


def _means_this(kinds: str, weight: int) -> bool:
    return weight >= 4 and bool(_THIS.search(kinds))
