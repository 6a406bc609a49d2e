"""Proofs broken: steps left out, inequalities turned round, "trivially follows" in their place."""

import re
from random import Random

from reviewer.stress.operator import Planted, Row, edited
from reviewer.stress.passages import read_heading, sentences

_START = re.compile(
    r"^[*_\s]*Proof\b(?:\s+of\b[^.\n]{0,80}|\s+sketch)?[*_]*\s*[.:][*_]*\s*|^[*_]*Proof\s+of\b[^.\n]{0,80}\n", re.M
)
_END = re.compile(
    r"[□∎■◻]|\bQ\.?E\.?D\b|\b(?:concludes|completes|finishes)\s+(?:the|our)\s+proof[^.\n]*\.?"
    r"|^[*_\s]*(?:Theorem|Lemma|Proposition|Corollary|Definition|Remark|Assumption|Proof)\s*(?:\d|[A-H]\.?\d|of\b|\.|\()",
    re.M,
)
_FLIPS = str.maketrans({"≤": "≥", "≥": "≤", "<": ">", ">": "<", "≪": "≫", "≫": "≪", "⩽": "⩾", "⩾": "⩽"})
_DISMISSALS = (
    "The claim now trivially follows.",
    "The remaining steps are obvious and omitted.",
    "It is easy to see that this holds in general.",
    "By a standard argument the result is immediate.",
)
_LONG = 200
"""Characters from which a proof has steps to lose; shorter ones point to an appendix."""


def break_proofs(row: Row, rng: Random) -> Planted | None:
    """Keep the first and the last sentence of each proof, with inequalities turned round."""

    def edit(text: str) -> tuple[str, int]:
        made, place, count = list[str](), 0, 0
        for start, end in _find_proofs(text):
            made += [text[place:start], _gut(text[start:end], rng)]
            place, count = end, count + 1
        return "".join([*made, text[place:]]), count

    return edited(row, "proofs: {} gutted", edit, ("body", "appendix"))


def _find_proofs(text: str) -> list[tuple[int, int]]:
    """Where the bodies of proofs lie: up to a mark of the end, the next statement or a heading."""
    found = list[tuple[int, int]]()
    for match in _START.finditer(text):
        if found and match.start() < found[-1][1]:
            continue
        end = _end_of(text, match.end())
        if end - match.end() >= _LONG:
            found.append((match.end(), end))
    return found


def _end_of(text: str, start: int) -> int:
    stop = mark.start() if (mark := _END.search(text, start + 1)) else len(text)
    place = start
    for line in text[start:stop].splitlines(keepends=True):
        if place > start and read_heading(line):
            return place
        place += len(line)
    return stop


def _gut(proof: str, rng: Random) -> str:
    """Two sentences are left, a quarter of the proof each at most, and a word that waves the rest away."""
    steps, most = sentences(proof), len(proof) // 4
    kept = (steps[0][:most].rstrip(), rng.choice(_DISMISSALS), steps[-1][-most:].strip() if len(steps) > 1 else "")
    return " ".join(kept).rstrip().translate(_FLIPS) + "\n\n"
