"""Flaws of what is claimed: another paper's abstract, and claims blown up."""

import re
from collections.abc import Mapping, Sequence
from random import Random

from reviewer.stress.operator import MAIN, Planted, Row, changed, edited, text_of
from reviewer.stress.passages import blocks, is_prose, is_sentence, passages, sentences

_STRONGER: Mapping[str, str] = {
    "may": "will", "might": "will", "could": "will", "may not": "will never", "can": "will",
    "suggest": "prove", "suggests": "proves", "suggested": "proved", "suggesting": "proving",
    "indicate that": "prove that", "indicates that": "proves that", "indicating that": "proving that",
    "appears to": "does", "seems to": "does", "seem to": "do", "tends to": "always does", "tend to": "always do",
    "improve": "dramatically improve", "improves": "dramatically improves", "improved": "dramatically improved",
    "outperforms": "vastly outperforms", "outperform": "vastly outperform", "comparable": "far superior",
    "competitive": "unrivalled", "often": "always", "usually": "always", "typically": "always", "generally": "always",
    "sometimes": "always", "better": "significantly better", "higher": "significantly higher",
    "promising": "revolutionary", "many": "all", "reasonable": "perfect",
}  # fmt: skip
_WEAK = re.compile(rf"\b(?:{'|'.join(sorted(_STRONGER, key=len, reverse=True))})\b")
_HEDGE = re.compile(
    r",?\s+\b(?:somewhat|relatively|slightly|roughly|perhaps|possibly|arguably|potentially|presumably|partially|partly"
    r"|to some extent|in some cases|in most cases|at least in part|likely|we believe that|it is likely that)\b"
)
_BOASTS = (
    "Our method outperforms all existing methods by a large margin on every benchmark.",
    "To the best of our knowledge, this is the first work to completely solve this problem.",
    "The results prove beyond any doubt that our approach is superior in all settings.",
    "These groundbreaking results significantly exceed everything reported in the literature.",
    "Our approach is guaranteed to work for any data set, architecture and task.",
    "This conclusively establishes a new state of the art that no prior method comes close to.",
    "The improvements are dramatic, universal and highly significant.",
    "Our revolutionary framework always achieves perfect robustness without any cost.",
)
_LOUD_HEADS = re.compile(r"\bintroduction\b|\bconclu|\bdiscussion\b|\bsummary\b", re.I)


def replace_abstract(row: Row, donors: Sequence[Row], rng: Random) -> Planted | None:
    """Put the abstract of a donor, a different paper, in place of the paper's own."""
    own = text_of(row, "abstract").strip()
    others = [each for each in donors if each.get("id") != row.get("id") and text_of(each, "abstract").strip()]
    others = [each for each in others if text_of(each, "abstract").strip() != own]
    if not own or not others:
        return None
    donor = rng.choice(others)
    return changed(row, f"abstract: that of {donor.get('id')}", abstract=text_of(donor, "abstract"))


def overclaim(row: Row, rng: Random) -> Planted | None:
    """Make may into will, leave hedges out, and boast in the abstract, the introduction and the conclusion."""
    planted = edited(row, "claims: {} hedges removed and verbs made strong", _strengthen, MAIN[:2])
    if planted is None:
        return None
    boasts = rng.sample(_BOASTS, len(_BOASTS))
    abstract = _boast(text_of(planted.row, "abstract"), boasts[:2])
    parts = [(part.text, bool(_LOUD_HEADS.search(part.title))) for part in passages(text_of(planted.row, "body"))]
    body = "".join(_boast(text, [boasts.pop(), boasts.pop()]) if is_loud and len(boasts) > 3 else text
                   for text, is_loud in parts)  # fmt: skip
    return changed(
        planted.row, f"{planted.note}, {len(_BOASTS) - len(boasts) + 2} boasts", abstract=abstract, body=body
    )


def _strengthen(text: str) -> tuple[str, int]:
    """In sentences alone: rows, headings and formulas keep their words."""
    made, count = list[str](), 0
    for block in blocks(text):
        for piece in sentences(block) if block.strip() else [block]:
            if is_sentence(piece):
                piece, removed = _HEDGE.subn("", piece)
                piece, raised = _WEAK.subn(lambda match: _STRONGER[match[0]], piece)
                count += removed + raised
            made.append(piece)
    return "".join(made), count


def _boast(text: str, boasts: Sequence[str]) -> str:
    """Append a boast to the first and one to the last paragraph of prose; to a text without one, both at its end."""
    parts = blocks(text)
    places = [place for place, block in enumerate(parts) if is_prose(block) and block.rstrip().endswith(".")]
    for place, boast in zip((places[0], places[-1]) if places else (-1, -1), boasts, strict=False):
        parts[place] = f"{parts[place].rstrip()} {boast}"
    return "".join(parts)
