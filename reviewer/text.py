"""Plain text: sentences, headings, and the blinding that keeps names and places from having a say."""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from reviewer.schema import Paper, Section, SectionKind

_KINDS: tuple[tuple[SectionKind, str], ...] = (
    ("abstract", r"abstract"),
    ("acknowledgements", r"acknowledge?ments?|funding|author contributions"),
    ("references", r"references|bibliography"),
    ("limitations", r"limitation|threats to validity"),
    ("negative", r"negative|failed|what did not"),
    ("ablation", r"ablat"),
    ("reproducibility", r"reproducib|appendix|implementation details|every experiment"),
    ("introduction", r"introduction|motivation"),
    ("related", r"related work|background|prior work|literature"),
    ("experiments", r"experiment|evaluation|set-?up"),
    ("results", r"result|finding|analysis"),
    ("conclusion", r"conclu|summary|discussion"),
    ("method", r"method|approach|model|design|plan|data|material"),
)
_APART: tuple[SectionKind, ...] = ("ablation", "negative", "limitations", "reproducibility")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[A-Z(\[\"'])")
_NAMES_AND_PLACES = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+\.\w+"
    r"|(?i:under review (as|at|for)[^.\n]*|published as a conference paper[^.\n]*|anonymous authors?)"
)
_CITATION = re.compile(r"\[\d+(?:[,\s-]+\d+)*\]|\([^()]*?\b(?:19|20)\d\d[^()]*\)")
ZERO_WIDTH = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")


def kind_of(heading: str) -> SectionKind:
    """What a section is for, by its heading."""
    for kind, pattern in _KINDS:
        if re.search(pattern, heading.lower()):
            return kind
    return "other"


def tidy(text: str) -> str:
    """Ligatures and odd spaces to plain ones, words broken at line ends joined, white space single."""
    plain = unicodedata.normalize("NFKC", ZERO_WIDTH.sub("", text)).replace("\u00ad", "").replace("\u2212", "-")
    return re.sub(r"\s+", " ", re.sub(r"(?<=[a-z])-\s*\n\s*(?=[a-z])", "", plain)).strip()


def split_sentences(text: str) -> list[str]:
    return [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence.strip()]


def count_words(text: str) -> int:
    return len(re.findall(r"[^\W\d_]{2,}", text))


def count_citations(text: str) -> int:
    """Brackets of numbers, and parentheses with a year."""
    return len(_CITATION.findall(text))


def blind(paper: Paper) -> Paper:
    """Drop acknowledgements, addresses, links and the venue; author lines never get into a Paper."""
    kept = (section for section in paper.sections if section.kind not in ("acknowledgements", "references"))
    sections = tuple(section.model_copy(update={"text": _blind_text(section.text)}) for section in kept)
    return paper.model_copy(update={"sections": sections, "title": _blind_text(paper.title)})


class Part(NamedTuple):
    """A headed piece of a paper as found: `is_main` for sections, not for what is below them."""

    title: str
    is_main: bool
    text: str
    is_appendix: bool = False


def nest(parts: Iterable[Part]) -> tuple[Section, ...]:
    """Put lower parts into their section, but for those on ablation, failures, limits: they stand by themselves."""
    sections: list[Section] = []
    main = Section(title="Text", kind="other", text="")
    for part in parts:
        made = section(part.title, part.text, part.is_appendix)
        if part.is_main:
            main = made
            sections.append(made)
        elif made.kind in _APART:
            sections.append(made)
        elif sections and sections[-1].title == main.title:
            text = f"{sections[-1].text} {_sentence(part.title)} {part.text}".strip()
            sections[-1] = main.model_copy(update={"text": text})
        else:
            sections.append(main.model_copy(update={"text": part.text}))
    return tuple(sections)


def _sentence(heading: str) -> str:
    return heading if heading.endswith((".", "?", "!")) else f"{heading}."


def section(title: str, text: str, is_appendix: bool = False) -> Section:
    return Section(title=tidy(title), kind=kind_of(title), text=text, is_appendix=is_appendix)


def _blind_text(text: str) -> str:
    return re.sub(r"\s+", " ", _NAMES_AND_PLACES.sub(" ", text)).strip()
