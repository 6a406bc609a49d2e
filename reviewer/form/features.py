"""Everything that is measured, as plain numbers by name. Scores and sentences are made of these and of nothing else.

Counts are of sentences that differ, so repeating earns nothing; what the prose says and what the evidence bundle shows
are measured apart, so that scores can ask for both.
"""

import re
from typing import NamedTuple

from reviewer.evidence.claims import agrees
from reviewer.evidence.ledger import Ledger
from reviewer.evidence.numbers import unsupported
from reviewer.schema import Paper, SectionKind
from reviewer.screening import Screened
from reviewer.text import count_words, split_sentences

EXPECTED: tuple[SectionKind, ...] = (
    "abstract", "introduction", "related", "method", "experiments", "results", "limitations", "conclusion",
)  # fmt: skip
OPTIONAL: tuple[SectionKind, ...] = ("ablation", "negative", "reproducibility")
TERMS = {
    "baseline": r"\bbaselines?\b|\bcontrols?\b",
    "ablation": r"\bablat\w+",
    "uncertainty": r"\bintervals?\b|\bstandard (?:deviations?|errors?)\b|\bbootstrap\w*|\berror bars?\b|±|\bvariance\b",
    "seeds": r"\bseeds?\b|\bindependent (?:runs|repetitions)\b|\brepeated (?:runs|trials)\b|\breplicat\w+",
    "significance": r"\bp[- ]values?\b|\bsignifican(?:t|ce|tly)\b|\bt-tests?\b|\bpermutation test\b"
    r"|\bmultiple comparisons?\b|\bbonferroni\b|\bholm\b|\bcorrected for\b|\bpre-?registered\b|\bregistered\b",
    "negative": r"\bfailed\b|\bworse\b|\bnegative results?\b|\bno (?:effect|improvement|gain|benefit)\b|\bdid not\b"
    r"|\binconclusive\b|\brefuted\b",
    "reproducibility": r"\breproduc\w+|\bhardware\b|\bconfigurations?\b|\bcode\b|\bhyper-?parameters?\b|\bsha-?256\b",
    "open_novelty": r"\bnovelty\b[^.]*\bunknown\b|\bno claim of novelty\b|\bnew was not established\b",
    "single_source": r"\b(?:one|a single) (?:task|data ?set|source of data)\b",
    "hedge": r"\bmay\b|\bmight\b|\bcould\b|\bsuggests?\b|\bappears?\b|\blikely\b|\bwe cannot\b",
}
_OVERCLAIM = (
    r"\bstate[- ]of[- ]the[- ]art\b|\bground-?breaking\b|\brevolution\w+|\bunprecedented\b|\bbreakthroughs?\b"
    r"|\bremarkabl[ey]\b|\bdramatic(?:ally)?\b|\bproves?\b|\bproven\b|\bguarantees?\b|\bvastly\b|\bparadigm\b"
    r"|\bfirst ever\b|\bsuperior\b"
)
_CLAIM_PLACES: tuple[SectionKind, ...] = ("abstract", "introduction", "conclusion")


class Findings(NamedTuple):
    """Features by name; where each was seen first; and the texts that flags quote."""

    features: dict[str, float]
    places: dict[str, str]
    strange_numbers: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()


def measure(screened: Screened, ledger: Ledger | None) -> Findings:
    """Measure a screened paper and its evidence bundle, if there is one."""
    paper = screened.paper
    mentions, places = _mentions(paper)
    decimals, strange = unsupported(paper, ledger) if ledger else (0, ())
    features = _text(paper) | _apparatus(paper) | mentions | _evidence(paper, ledger)
    features |= {
        "decimals": decimals,
        "decimals_unsupported": len(strange),
        "instructions": len(screened.instructions),
        "hidden_texts": len(paper.hidden),
        "repeated_share": screened.repeated_share,
    }
    plain = {name: float(value) for name, value in features.items()}
    return Findings(plain, places, strange, screened.instructions, paper.hidden)


def _text(paper: Paper) -> dict[str, float]:
    opening = split_sentences(paper.text_of("abstract", "introduction"))
    claims = paper.text_of(*_CLAIM_PLACES) + " " + paper.title
    present = {f"has_{kind}": float(paper.has(kind)) for kind in (*EXPECTED, *OPTIONAL)}
    return present | {
        "words": sum(count_words(part.text) for part in paper.sections),
        "abstract_words": count_words(paper.text_of("abstract")),
        "limitations_words": count_words(paper.text_of("limitations")),
        "sentence_words": count_words(" ".join(opening)) / max(len(opening), 1),
        "overclaims": len(re.findall(_OVERCLAIM, claims, re.I)),
    }


def _apparatus(paper: Paper) -> dict[str, float]:
    sought = paper.references + paper.unresolved
    return {
        "figures": paper.figures,
        "tables": paper.tables,
        "floats_referenced": paper.floats_referenced,
        "equations": paper.equations,
        "references": paper.references,
        "references_resolved": paper.references / sought if sought else 0.0,
        "citations": paper.citations,
    }


def _mentions(paper: Paper) -> tuple[dict[str, float], dict[str, str]]:
    """Sentences (and headings) that speak of each term, and the section where it first comes up."""
    counts: dict[str, float] = {}
    places: dict[str, str] = {}
    for term, pattern in TERMS.items():
        matcher = re.compile(pattern, re.I)
        hits = [
            part.title
            for part in paper.sections
            for sentence in (part.title, *split_sentences(part.text))
            if matcher.search(sentence)
        ]
        counts[f"mentions_{term}"] = len(hits)
        if hits:
            places[term] = hits[0]
    return counts, places


def _evidence(paper: Paper, ledger: Ledger | None) -> dict[str, float]:
    """Facts of the bundle; without one, has_evidence is 0 and the rest is absent."""
    if ledger is None:
        return {"has_evidence": 0.0}
    failed = (ledger.value("search.failed") or 0.0) + (ledger.value("search.worse") or 0.0)
    is_told = paper.has("negative") or bool(re.search(TERMS["negative"], paper.text_of(*EXPECTED, "other"), re.I))
    return _effect(ledger) | {
        "has_evidence": 1.0,
        "verdict": {"supported": 1.0, "inconclusive": 0.0, "refuted": -1.0}.get(ledger.verdict, 0.0),
        "has_verdict": float(ledger.verdict in ("supported", "inconclusive", "refuted")),
        "claim_agrees": float(agrees(paper, ledger.verdict)),
        "failed_nodes": failed,
        "failed_reported": float(is_told or not failed),
        "ablations": len(ledger.keys_under("ablation.")),
        "secondary_metrics": len([key for key in ledger.keys_under("arm.treatment.") if key.count(".") == 3]),
    }


def _effect(ledger: Ledger) -> dict[str, float]:
    """The main comparison and what it could have shown, whichever way it came out."""
    effect = ledger.entries.get("effect.primary")
    corrected = ledger.value("effect.primary.p_adjusted")
    found = {"seeds": float(effect.n if effect else ledger.value("confirm.seeds") or 0), "has_interval": 0.0}
    found |= {
        "has_adjusted_p": float(corrected is not None),
        "resolution": 0.0,
        "effect": effect.value if effect else 0.0,
    }
    if corrected is not None:
        found["p_adjusted"] = corrected
    if (dz := ledger.value("effect.primary.dz")) is not None:
        found["effect_dz"] = dz
    if effect and effect.low is not None and effect.high is not None:
        width = abs(effect.high - effect.low)
        found |= {"has_interval": 1.0, "resolution": _resolution(effect.low, effect.high, effect.value, ledger)}
        found["interval_to_effect"] = min(100.0, width / abs(effect.value)) if effect.value else 100.0
    return found


def _resolution(low: float, high: float, value: float, ledger: Ledger) -> float:
    """1 when the interval lies on one side of the smallest effect, else that effect over half the width, at most 1."""
    smallest = ledger.value("rule.smallest_effect") or 0.0
    if low >= smallest > 0 or high < smallest:
        return 1.0
    return min(1.0, 2 * (smallest or abs(value)) / (high - low)) if high > low else 1.0
