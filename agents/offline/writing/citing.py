"""True sentences about a source, from its abstract or the bibliography's summary; authors' own words are quoted."""

import re
from collections.abc import Sequence

from agents.latex.escape import escape_latex
from agents.literature.wording import overlap, stems
from agents.offline.phrases import capitalise
from agents.offline.writing.story import cite, sentences
from agents.schema import Source

_ODD = re.compile(r"[\d\\^{}=$_|<>~]")
_OPENING = re.compile(
    r"^(?:In this (?:paper|work|article|study|letter|report)|Here|In particular|Specifically|However|Moreover"
    r"|Furthermore|Finally|Additionally|Then|Thus|Therefore|Also|In addition),?\s+(?=[a-zA-Z])",
    re.I,
)
_WE = re.compile(r"^we (?:(?:also|then|further|here|empirically|first|thus) )?(?=[a-z])", re.I)
_FINDING = re.compile(r"\b(?:show|find|found|demonstrate|observe|propose|introduce|present|describe|prove|report)")


_REPORTING_TEXT = """adapts analyses analyzes applies argues asks brings builds characterises collects combines
compares computes considers determines drops improves infers searches defines demonstrates derives
describes develops discusses encodes establishes estimates evaluates examines explains explores
extends finds fits formulates gives introduces investigates lays links makes measures models names
normalises observes offers opens outlines penalises poses presents proposes proves provides
questions reads relates replaces reports reviews revisits separates sets shows simulates solves
states studies summarises suggests surveys synthesises tests trains traces treats turns unifies
uses views warns"""
_REPORTING = frozenset(_REPORTING_TEXT.split())
_COMMON_TEXT = """a an the in on for with when while if as under after before by from this these such deep neural
many most some several large small models networks training using both each every one two"""
_COMMON = frozenset(_COMMON_TEXT.split())


def report(source: Source, about: str) -> str:
    """One sentence on what the source says of `about`; without a usable abstract, one that names its title."""
    told = _best_sentence(source, about)
    named, opening = _names(source)
    if told is None:
        title = "" if re.search(r"\d", source.title) else f", ``{escape_latex(source.title)}''"
        return f"A standard reference is {named}{title}."
    told = _OPENING.sub("", told)
    if _WE.match(told) and len(source.authors) > 1:
        return f"{opening} {_third_person(_WE.sub('', told))}"
    if told.split()[0].lower() in _REPORTING:
        return f"The {_kind(source)} by {named} {escape_latex(lower_first(told))}"
    if source.origin == "template":  # a summary by the template's author, so no quotation
        inside = lower_first(told)
        start = f"According to {named}," if inside[0].islower() else f"{opening}, in short:"
        return f"{start} {escape_latex(inside)}"
    return f"{opening}: ``{escape_latex(capitalise(told).rstrip('.'))}.''"


def lower_first(text: str) -> str:
    """Lower the first letter for use inside a sentence, unless the first word looks like a name."""
    first = text.split()[0]
    is_common = first.lower() in _REPORTING | _COMMON
    return text[:1].lower() + text[1:] if is_common else text


def _names(source: Source) -> tuple[str, str]:
    """The authors with the year as part of a sentence, within it and at its start."""
    if not source.authors:
        unsigned = f"unknown authors{cite(source.key)}"
        return unsigned, capitalise(unsigned)
    return rf"\citet{{{source.key}}}", rf"\Citet{{{source.key}}}"


def _kind(source: Source) -> str:
    return "book" if source.bibtex.lstrip().lower().startswith("@book") else "paper"


def _best_sentence(source: Source, about: str) -> str | None:
    """The sentence of the abstract that shares most words with the subject; findings before motivation."""
    wanted = stems(about)
    usable = [text for text in sentences(source.abstract) if not _ODD.search(text) and 7 <= len(text.split()) <= 42]
    return max(usable, key=lambda text: _worth(text, wanted, usable), default=None)


def _worth(text: str, wanted: frozenset[str], usable: Sequence[str]) -> float:
    opening = _OPENING.sub("", text)
    finding = bool(_WE.match(opening) and _FINDING.search(text)) or opening.split()[0].lower() in _REPORTING
    dangling = bool(re.match(r"(?:This|These|It|They|Such|That|But|And|Our|Both)\b", text))
    return overlap(wanted, stems(text)) + 0.6 * finding - 0.5 * dangling - 0.02 * usable.index(text)


def _third_person(text: str) -> str:
    for ours, theirs in (
        ("our", "their"),
        ("us", "them"),
        ("ours", "theirs"),
        ("we", "they"),
        ("ourselves", "themselves"),
    ):
        text = re.sub(rf"\b{ours}\b", theirs, text)
    return escape_latex(text.rstrip(".")) + "."
