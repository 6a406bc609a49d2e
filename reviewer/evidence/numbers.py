"""Decimals in the prose that the evidence does not hold. Exact: a number that is nearly in the ledger is not in it."""

import re

from reviewer.evidence.ledger import Ledger
from reviewer.schema import Paper

_DECIMAL = re.compile(r"(?<![\w.,])[-+]?(\d[\d,]*\.\d+)(?![\d.]*\w)(?!\.\d)")
_NO_RESULT = re.compile(
    r"\b(?:python|pytorch|torch|numpy|scipy|scikit-learn|cuda|linux|debian|ubuntu|version|release|apache|section|sec\.|"
    r"figure|fig\.|table|appendix|eq\.|equation|arxiv:?|doi:?|v)\s*\(?$",
    re.I,
)


def unsupported(paper: Paper, ledger: Ledger) -> tuple[int, tuple[str, ...]]:
    """Number of decimals in title and text, and those that the ledger does not print, each with its section."""
    printable = ledger.printable
    found = [(number, part.title) for part in paper.sections for number in _decimals(part.text)]
    found += [(number, "title") for number in _decimals(paper.title)]
    strange = {f"{number} ({place})": None for number, place in found if number not in printable}
    return len(found), tuple(strange)


def _decimals(text: str) -> list[str]:
    """Decimals but for those that name a version or a section."""
    matches = _DECIMAL.finditer(text)
    return [m[1].replace(",", "") for m in matches if not _NO_RESULT.search(text[max(0, m.start() - 16) : m.start()])]
