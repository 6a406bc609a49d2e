"""The list of references as entries, the citations in the text, and which of them find each other."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_YEAR = r"(?:19[3-9]\d|20[0-3]\d)"
_YEAR_SUFFIXED = re.compile(rf"(?<![\d:./-])({_YEAR})([a-z]?)(?![\d/-]|\w{{2}}|\.\d)")
_ARXIV = re.compile(r"(?:arxiv|abs)\D{0,12}(\d\d)(\d\d)\.\d{4,5}", re.I)
_SYSTEMS = re.compile(
    r"neural information processing systems,?\s*(?:\(neurips\)|\(nips\))?,?\s*(?:volume\s*)?(\d\d)\b", re.I
)
_NAMED = re.compile(r"\b(?:ICML|ICLR|NeurIPS|NIPS|CVPR|ICCV|ECCV|AAAI|IJCAI|ACL|EMNLP|KDD)[ ,'’]+(20[0-3]\d)\b")
_PARTICLE = (
    r"(?:[Vv]an|[Vv]on|[Dd]e|[Dd]er|[Dd]en|[Dd]el|[Dd]ella|[Dd]a|[Dd]i|[Dd]os|[Dd]u|[Ll]a|[Ll]e|[Ee]l"
    r"|[Tt]en|[Tt]er|[Bb]in)"
)
_NAME = rf"(?:{_PARTICLE}\s+){{0,2}}[A-Z][A-Za-z'-]+(?:\s(?:Jr|II|III)\.?)?"
_YEARS = rf"{_YEAR}[a-z]?(?:\s*[,;]\s*(?:{_YEAR}[a-z]?|[a-z])(?![A-Za-z]))*"
_CITED = re.compile(
    rf"({_NAME})(?P<more>\s+et\.?\s+al\b\.?|(?:,\s+{_NAME})*,?\s+(?:&|and)\s+{_NAME})?(?:'s)?(?P<gap>,?\s*[(\[]?"
    rf"|\s*,\s*)({_YEARS})"
)
_NUMERIC = re.compile(r"\[(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\]")
_NO_NAME = frozenset(
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "in",
        "since",
        "from",
        "until",
        "by",
        "of",
        "imagenet",
        "cifar",
        "ilsvrc",
        "voc",
        "coco",
        "icml",
        "iclr",
        "neurips",
        "nips",
        "cvpr",
        "iccv",
        "eccv",
        "aaai",
        "acl",
        "emnlp",
        "kdd",
        "figure",
        "table",
        "section",
        "algorithm",
        "step",
        "seed",
        "year",
        "years",
        "spring",
        "summer",
        "fall",
        "winter",
        "wmt",
        "squad",
        "semeval",
        "conll",
        "iwslt",
        "trec",
        "ijcai",
        "miccai",
        "interspeech",
        "appendix",
        "and",
        "challenge",
        "workshop",
        "dataset",
        "see",
        "version",
        "the",
        "vol",
        "no",
        "pp",
        "eq",
        "equation",
        "theorem",
        "lemma",
        "at",
        "on",
        "and",
    ]
)


_ONE = r"[A-Z][\w.'’-]*(?:\s(?:[A-Z][\w.'’-]*|van|von|de|der|den|del|di|la|le)){1,4}"
_RUN_ON = re.compile(
    rf"(?:(?<=[\w)\](]\.)|(?<=\.\s\d)|(?<=,\s\d)|(?<=\s\d\d)"
    rf"|(?<=URL))\s+(?={_ONE}(?:,\s{_ONE})*,?(?:\sand\s(?:{_ONE}|others)|\set al)?\.\s[A-Z])"
)
_OPENING = re.compile(
    rf"\W*(?:\[?\d+[\].]\s*)?(?:{_PARTICLE}\s)?(?!(?:In|URL|pp|Proceedings|Advances|Association|Springer"
    rf"|Linguistics|IEEE|ACM"
    r"|PMLR|AAAI|Computational|Language|Technologies|Machine|Learning|Conference|Curran)\b)[A-Z]"
)


class Entry(NamedTuple):
    """One work of the list: tokens of its first author, its year ("" if none) with suffix, the folded words of the
    rest, its number if the list is numbered, and the text as printed."""

    author: frozenset[str]
    year: str
    words: tuple[str, ...]
    number: int | None
    text: str


class Citation(NamedTuple):
    """A work named in the text by surname and year (with its suffix), or by number; and where."""

    surname: str
    year: str
    number: int | None
    quote: str
    place: str


def fold(text: str) -> str:
    """Letters without accents, those that PDF extraction broke off (¨ ´ ` before or after a letter) included."""
    plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return re.sub(r"(?<=\w)\s?[`´¨^~ˇ˚¸˘\"](?=[a-z])", "", re.sub(r"\s?[\u0300-\u036f]", "", plain))


_PLAIN = str.maketrans(
    {
        "ß": "ss",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "ı": "i",
        "đ": "d",
        "æ": "ae",
        "’": "'",
        "‐": "-",
        "–": "-",
        "¨": "\u0308",
        "´": "\u0301",
        "˜": "\u0303",
        "ˇ": "\u030c",
    }
)


def read_entries(bibliography: Sequence[str]) -> tuple[Entry, ...]:
    """The works of the list; pieces that a page break parted are joined, and pieces without a year kept as they are."""
    return tuple(_entry(text) for text in _joined(bibliography))


def _joined(pieces: Sequence[str]) -> list[str]:
    joined: list[str] = []
    for piece in (part for whole in pieces for part in _parted(whole)):
        is_tail = not _OPENING.match(fold(piece)) and not re.match(r"\W*arXiv:", piece)
        if joined and len(joined[-1]) < 900 and (is_tail or not _has_year(joined[-1])):
            joined[-1] = f"{joined[-1]} {piece}"
        else:
            joined.append(piece)
    return joined


def _parted(piece: str) -> list[str]:
    """Several works that run on in one piece, parted where a list of authors follows the end of a dated one."""
    if len(piece) < 400:
        return [piece]
    parts, start = list[str](), 0
    for match in _RUN_ON.finditer(piece):
        if match.start() - start > 60 and _has_year(piece[start : match.start()]):
            parts.append(piece[start : match.start()])
            start = match.end()
    return [*parts, piece[start:]]


def _has_year(text: str) -> bool:
    return bool(_YEAR_SUFFIXED.search(text)) or "to appear" in text.lower()


def _entry(text: str) -> Entry:
    folded = fold(text)
    numbered = re.match(r"\s*\[?(\d{1,3})[\].]\s", folded)
    body = folded[numbered.end() :] if numbered else folded
    words = tuple(re.findall(r"[a-z]{2,}", body.lower()))
    return Entry(_first_author(body), _year(body), words, int(numbered[1]) if numbered else None, text)


def _first_author(body: str) -> frozenset[str]:
    """Words of what stands before the first comma or "and"; where that is a surname alone, so much the better."""
    head = re.split(r",|\band\b|&|\bet al\b|(?<=[a-z]{2})\.\s|\(", body.strip(" [](_*"), maxsplit=1)[0]
    words = re.findall(r"[a-z]+(?:['-][a-z]+)*", head.lower())
    return frozenset(
        piece for word in words[:12] for piece in (word, word.replace("-", "").replace("'", ""), *word.split("-"))
    )


def _year(body: str) -> str:
    """The last year that is no page, volume or preprint number; one in brackets after the authors comes first."""
    early = re.match(rf"[^()]{{3,300}}?\(({_YEAR})([a-z]?)\)", body)
    if early and early.end() < 0.6 * len(body):
        return early[1] + early[2]
    text = re.sub(r"(?:URL|https?:|doi|ISSN|ISBN|Accessed)\S*\s*\S*", " ", body)
    found = [match[1] + match[2] for match in _YEAR_SUFFIXED.finditer(text)]
    return found[-1] if found else ""


def all_years(entry: Entry) -> frozenset[str]:
    """Every year that the entry prints, without suffix."""
    return frozenset(match[1] for match in _YEAR_SUFFIXED.finditer(fold(entry.text)))


def hinted_years(entry: Entry) -> tuple[int, ...]:
    """Years in which the work must have come out by its arXiv number, the volume of its proceedings, or their name."""
    hints = [2000 + int(match[1]) for match in _ARXIV.finditer(entry.text) if int(match[2]) <= 12]
    hints += [1987 + int(match[1]) for match in _SYSTEMS.finditer(entry.text) if 1 <= int(match[1]) <= 45]
    return (*hints, *(int(match[1]) for match in _NAMED.finditer(entry.text)))


def read_citations(texts: Sequence[tuple[str, str]]) -> tuple[Citation, ...]:
    """Citations of (place, text) pairs, by name and year; those by number as well, in square brackets."""
    found: list[Citation] = []
    for place, text in texts:
        folded = fold(text)
        found += (one for match in _CITED.finditer(folded) for one in _by_name(match, place))
        found += (one for match in _NUMERIC.finditer(folded) for one in _by_number(match, place))
    return tuple(found)


def _by_name(match: re.Match[str], place: str) -> list[Citation]:
    surname = match[1].split()[-1].removesuffix("'s").lower()
    is_named = bool(match["more"]) or "(" in match["gap"] or "[" in match["gap"] or "," in match["gap"]
    if not is_named or surname in _NO_NAME or len(surname) < 2:
        return []
    years: list[str] = []
    for year, letter in re.findall(rf"({_YEAR}[a-z]?)|\b([a-z])\b", match[4]):
        years.append(year or (years[-1][:4] + letter if years else ""))
    return [Citation(surname, year, None, match[0], place) for year in years if year]


def _by_number(match: re.Match[str], place: str) -> list[Citation]:
    numbers: list[int] = []
    for first, last in re.findall(r"(\d{1,3})(?:\s*[–-]\s*(\d{1,3}))?", match[1]):
        end = int(last) if last else int(first)
        numbers += range(int(first), min(end, int(first) + 20) + 1)
    return [Citation("", "", number, match[0], place) for number in numbers]


def is_match(citation: Citation, entry: Entry) -> bool:
    """Whether the entry is the work cited: same number, or same year (suffixes may differ) and first author."""
    if citation.number is not None:
        return citation.number == entry.number
    return entry.year[:4] == citation.year[:4] and is_same_author(citation, entry)


def is_same_author(citation: Citation, entry: Entry) -> bool:
    return citation.surname in entry.author or citation.surname.replace("-", "").replace("'", "") in entry.author


def distinct(bibliography: Sequence[str]) -> tuple[str, ...]:
    """The pieces of the list without those that are near copies of one before."""
    seen: list[frozenset[str]] = []
    kept: list[str] = []
    for text in bibliography:
        words = title_words(text)
        if not is_copy(words, seen):
            kept.append(text)
        seen.append(words)
    return tuple(kept)


def title_words(text: str) -> frozenset[str]:
    """Words of four letters or more, by which copies of an entry are known."""
    return frozenset(re.findall(r"[a-z]{4,}", fold(text).lower()))


def is_copy(words: frozenset[str], seen: Sequence[frozenset[str]]) -> bool:
    """Whether nearly all words are those of one entry before, and of nearly all of its words."""
    return len(words) >= 6 and any(len(other & words) >= 0.85 * max(len(other), len(words)) for other in seen)
