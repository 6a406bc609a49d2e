"""Figures and tables that the text points to and that are not there; experiments that are absent or break off."""

import re

from reviewer.evidence.ledger import Ledger
from reviewer.gates.agreement import Agreement
from reviewer.gates.flag import Flag, flag
from reviewer.schema import Paper
from reviewer.screening import Screened

_POINTED = re.compile(
    r"\b(Fig(?:ure|\.)?s?|Tables?|Tab\.)\s*(\d{1,2})\b(?!\.\d)(?:\s*(?:,|and|&|-|to)\s*(\d{1,2})\b)?", re.I
)
_CAPTION = re.compile(r"\b(Figure|Fig\.|Table|Tab\.)\s*(\d{1,2})\s*(?:[:.|]|\([a-z]\)|[A-Z-])")


def _kind(word: str) -> str:
    return word[0].upper()


def measure_floats(paper: Paper) -> Agreement:
    """Figures and tables named in the text, and how many of them have a caption."""
    pointed: dict[tuple[str, int], str] = {}
    captions: set[tuple[str, int]] = set()
    for part in paper.sections:
        for match in _POINTED.finditer(part.text):
            for number in (match[2], match[3]):
                if number:
                    pointed.setdefault((_kind(match[1]), int(number)), f"{match[0]!r} ({part.title})")
        captions |= {(_kind(m[1]), int(m[2])) for m in _CAPTION.finditer(part.text)}
    captions |= {(_kind(m[1]), int(m[2])) for row in paper.rows for m in _CAPTION.finditer(row)}
    absent = [quote for key, quote in pointed.items() if key not in captions]
    return Agreement(len(pointed), len(pointed) - len(absent), tuple(absent[:3]))


def experiment_words(paper: Paper) -> int:
    """Words of the sections on experiments, results, ablation and negative results in the body."""
    kinds = ("experiments", "results", "ablation", "negative")
    return sum(len(part.text.split()) for part in paper.sections if part.kind in kinds and not part.is_appendix)


def broken_ends(paper: Paper) -> tuple[str, ...]:
    """Ends of sections of the body that break off in mid-sentence."""
    kept = [part for part in paper.sections if not part.is_appendix and len(part.text) > 300]
    return tuple(f"...{part.text[-60:]!r} ({part.title})" for part in kept if _breaks_off(part.text))


def _breaks_off(text: str) -> bool:
    return bool(re.search(r"[a-z]{2}\s*,?$", text))


def find_absent_floats(screened: Screened, _: Ledger | None) -> Flag | None:
    """Three figures and tables and more that the text points to, half of all, are not there."""
    made = measure_floats(screened.source)
    if made.total - made.agreed < 3 or made.share > 0.5:
        return None
    what = f"{made.total - made.agreed} of {made.total} figures and tables that the text points to are not there"
    return flag("floats", what, made.quotes)


_SHORT = 150  # words; sections on experiments that are shorter, all together, tell none


def find_cut_experiments(screened: Screened, _: Ledger | None) -> Flag | None:
    """The experiments say next to nothing, or break off in mid-sentence before they have said much."""
    paper = screened.paper
    kinds = ("experiments", "results", "ablation")
    parts = [part for part in paper.sections if part.kind in kinds and not part.is_appendix]
    words = experiment_words(paper)
    is_broken = any(_breaks_off(part.text) for part in parts)
    if not parts or words >= (3 * _SHORT if is_broken else _SHORT) or measure_floats(screened.source).share == 1.0:
        return None
    quote = f"...{parts[-1].text[-80:]!r} ({parts[-1].title})"
    return flag(
        "experiments", f"{words} words on experiments and their results, and figures or tables are missing", [quote]
    )
