"""Statements that need a proof, and whether a proof of some substance is there."""

import re

from reviewer.evidence.ledger import Ledger
from reviewer.gates.agreement import Agreement
from reviewer.gates.flag import Flag, flag
from reviewer.schema import Paper
from reviewer.screening import Screened

_STATEMENT = re.compile(r"\b(Theorem|Lemma|Proposition|Corollary)\s+([A-H]?\.?\d{1,2}(?:\.\d{1,2})*)(?=[\s.:(])", re.I)
_DECLARED = re.compile(
    r"(?:(?<=[.:;)\]□■∎] )|^|(?<=\n))(Theorem|Lemma|Proposition"
    r"|Corollary)\s+([A-H]?\.?\d{1,2}(?:\.\d{1,2})*)\s*[.:(]?\s*(?=[(A-Z∀\[])",
    re.I,
)
_PROOF = re.compile(r"\b(?:Proof|PROOF)(?:\s+(?:of|OF|for|sketch|Sketch)\b[^.:]{0,60})?\s*[.:]")
_END = re.compile(r"\bQ\.?E\.?D\b|[□■∎]|\b(?:Theorem|Lemma|Proposition|Corollary|Definition|Proof|PROOF)\b")
_EMPTY = re.compile(
    r"\bproofs? (?:is|are) (?:omitted|left|trivial|immediate|obvious|straightforward|standard)\b|\bleft to the reader\b"
    r"|\bthe (?:proof|result|claim) (?:is|follows) (?:trivial|obvious|immediate|clear|trivially|immediately|directly)\b"
    r"|\bit is (?:clear|obvious|evident|easy to see|trivial|well known) that\b|\bclearly,? (?:this|the|it)"
    r" (?:holds|result|claim)\b"
    r"|\bwe omit the (?:proof|details)\b|\bproof omitted\b",
    re.I,
)
_SUBSTANCE = 25  # words and signs of mathematics that a proof has at least


def _declared(paper: Paper) -> set[tuple[str, str]]:
    return {(m[1].lower(), m[2]) for part in paper.sections for m in _DECLARED.finditer(part.text)}


def proof_lengths(paper: Paper) -> list[int]:
    """Tokens of each proof, up to its end or the next statement, at most 400; one said twice counts once."""
    proofs: dict[str, None] = {}
    for part in paper.sections:
        for match in _PROOF.finditer(part.text):
            rest = part.text[match.end() : match.end() + 4000]
            end = _END.search(rest, 1)
            proofs[(rest[: end.start()] if end else rest).strip()] = None
    return [min(400, len(proof.split())) for proof in proofs]


def measure_proofs(paper: Paper) -> Agreement:
    """Numbered statements, and how many proofs of substance there are for them (no more than statements)."""
    statements = _declared(paper)
    found = sum(length >= _SUBSTANCE for length in proof_lengths(paper))
    return Agreement(len(statements), min(found, len(statements)), empty_phrases(paper)[:3])


def empty_phrases(paper: Paper) -> tuple[str, ...]:
    """Quotations of what stands in place of an argument ("it is clear that", "the proof is omitted")."""
    found = ((part.title, part.text, m) for part in paper.sections for m in _EMPTY.finditer(part.text))
    return tuple(f"{text[max(0, m.start() - 20) : m.end() + 40]!r} ({place})" for place, text, m in found)


def find_no_proofs(screened: Screened, _: Ledger | None) -> Flag | None:
    """Three statements and more, and what is headed as proof has no substance anywhere."""
    paper = screened.source
    made, lengths = measure_proofs(paper), proof_lengths(paper)
    if made.total < 3 or made.agreed:
        return None
    phrases = empty_phrases(paper)
    if len(lengths) >= 2 or (lengths and phrases):
        return flag("proofs", f"{len(lengths)} proofs for {made.total} statements, none with an argument", phrases[:2])
    return None
