"""Decimals of the prose against the rows of tables and against what is said elsewhere; sums that do not add up."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from reviewer.evidence.ledger import Ledger
from reviewer.gates.agreement import Agreement
from reviewer.gates.flag import Flag, flag
from reviewer.schema import Paper
from reviewer.screening import Screened
from reviewer.text import split_sentences

_DECIMAL = re.compile(r"(?<![\w.,:/^])(\d{1,4}\.\d{1,5})(?![\d.]*[A-Za-z_]\w)(?!\.?\d)")
_IN_ROWS = re.compile(r"(?<![\d.])\d{0,4}\.\d{1,6}")
_NO_RESULT = re.compile(
    r"(?:\b(?:python|pytorch|torch|tensorflow|cuda|version|section|sec\.|sections|figure|fig\.|figures|table"
    r"|tables|appendix|app\.|eq\.|"
    r"equation|theorem|lemma|proposition|corollary|definition|assumption|remark|example|algorithm|step|arxiv:?"
    r"|doi:?|v|gpt-?|chapter)|§|and|,)\s*\(?$",
    re.I,
)


class Mention(NamedTuple):
    """A decimal of the prose: as printed, its value, the sentence it stands in (by rank) and the section."""

    shown: str
    value: float
    sentence: int
    place: str
    quote: str


def read_decimals(paper: Paper) -> list[Mention]:
    """Decimals of at least two significant digits in title and sections, but for numbers of sections and versions."""
    found: list[Mention] = []
    rank = 0
    for part in paper.sections:
        for sentence in split_sentences(part.text):
            rank += 1
            found += (_mention(match, sentence, rank, part.title) for match in _results(sentence))
    return found


def _results(sentence: str) -> Iterator[re.Match[str]]:
    for match in _DECIMAL.finditer(sentence):
        is_significant = len(match[1].replace(".", "").lstrip("0")) >= 2
        if is_significant and not _is_name(sentence, match):
            yield match


def _is_name(sentence: str, match: re.Match[str]) -> bool:
    before = sentence[max(0, match.start() - 16) : match.start()]
    named = _NO_RESULT.search(before)
    return bool(named) and not (named[0].strip().lower() in ("and", ",") and len(match[1].split(".")[1]) > 0)


def _mention(match: re.Match[str], sentence: str, rank: int, place: str) -> Mention:
    around = sentence[max(0, match.start() - 50) : match.end() + 30].strip()
    return Mention(match[1], float(match[1]), rank, place, around)


def measure_numbers(paper: Paper) -> Agreement:
    """Decimals of the prose, and how many of them stand in a table (rounding allowed) or in another sentence."""
    mentions = read_decimals(paper)
    known = _row_numerals(paper)
    sentences: dict[str, set[int]] = {}
    for one in mentions:
        sentences.setdefault(_plain(one.shown), set()).add(one.sentence)
    lonely = [one for one in mentions if len(sentences[_plain(one.shown)]) < 2 and not _is_known(one, known)]
    return Agreement(len(mentions), len(mentions) - len(lonely), tuple(f"{m.quote!r} ({m.place})" for m in lonely[:3]))


def _row_numerals(paper: Paper) -> set[str]:
    return {_plain(text) for row in paper.rows for text in _IN_ROWS.findall(row)}


def _plain(shown: str) -> str:
    """One form for 0.50, .5 and 0.5."""
    return (shown.lstrip("0") if "." in shown else shown).rstrip("0").rstrip(".")


def _is_known(one: Mention, known: set[str]) -> bool:
    """Whether a table has the value as printed, or the same as a share or percentage of three digits and more."""
    if _plain(one.shown) in known:
        return True
    is_long = len(one.shown.replace(".", "").strip("0")) >= 3
    return is_long and any(_plain(f"{one.value * scale:.6f}") in known for scale in (0.01, 100.0))


_FROM_TO = re.compile(
    r"\bfrom\s+(\d+(?:\.\d+)?)\s*%?\s+to\s+(\d+(?:\.\d+)?)\s*%?,?\s*(?:\(|which is |that is |i\.e\.,? )?(?:an? )"
    r"(?:absolute |relative |total )?(?:(?:improvement|increase|gain|drop|decrease|reduction|difference)s? of )"
    r"(\d+(?:\.\d+)?)\s*(%|points?|pp|percentage points?|x|×|times)?",
    re.I,
)


def wrong_sums(paper: Paper) -> tuple[str, ...]:
    """Quotations of "from a to b, a gain of c" where c is neither the difference nor the ratio, rounding allowed."""
    found = ((part.title, match) for part in paper.sections for match in _FROM_TO.finditer(part.text))
    return tuple(f"{match[0]!r} ({place})" for place, match in found if not _adds_up(match))


def _adds_up(match: re.Match[str]) -> bool:
    low, high, gain = (float(match[number]) for number in (1, 2, 3))
    digits = max(len(match[number].partition(".")[2]) for number in (1, 2, 3))
    slack = 1.1 * 10.0**-digits + 0.02 * gain
    change = abs(high - low)
    ratios = [change / base * 100 for base in (low, high) if base] + [max(low, high) / max(min(low, high), 1e-9)]
    allowed = [change, change * 100, *ratios, *(ratio - 1 for ratio in ratios[-1:])]
    return any(abs(gain - value) <= max(slack, 0.6 if value in ratios else 0) for value in allowed)


def unmatched_in_abstract(paper: Paper) -> tuple[str, ...]:
    """Decimals of the abstract that neither body nor tables have."""
    body = (part.text for part in paper.sections if part.kind != "abstract")
    known = _row_numerals(paper) | {_plain(text) for text in re.findall(r"\d*\.\d+", " ".join(body))}
    abstract = paper.model_copy(update={"sections": tuple(p for p in paper.sections if p.kind == "abstract")})
    return tuple(f"{m.quote!r} ({m.place})" for m in read_decimals(abstract) if not _is_known(m, known))


def find_wrong_numbers(screened: Screened, _: Ledger | None) -> Flag | None:
    """Sums that do not add up, and numbers of the abstract that nothing below bears out."""
    wrong = wrong_sums(screened.paper)
    if wrong:
        return flag("numbers", "a change that is not the difference of what it is said to lie between", wrong[:2])
    return None
