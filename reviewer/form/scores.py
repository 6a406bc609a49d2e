"""Scores of the form from features: documented weights, each term in [0, 1], each score monotone in each merit.

A term that concerns rigour has two halves, what the prose says and what the evidence bundle shows; a paper without a
bundle gets the first half only. A null result loses nothing in soundness; in contribution it counts by its resolution.
"""

from collections.abc import Mapping
from math import log2
from typing import NamedTuple, TypeAlias

from reviewer.form.features import EXPECTED

Features: TypeAlias = Mapping[str, float]
Terms: TypeAlias = tuple[tuple[float, float], ...]
"""Weight and value of each term; the weights of a score add up to one, the values lie in [0, 1]."""
FORM_CEILING = 0.5
"""Share of contribution that form and evidence can earn. The rest is for an idea that is new and matters, which they
cannot show; so the best paper on this form is a weak accept, about 7 of 10."""
ACCEPT_FROM = 6.0
"""Overall score below which the form is against acceptance ("weak accept" on its scale of ten)."""


class Scores(NamedTuple):
    """soundness, presentation, contribution in [1, 4]; overall in [1, 10]; confidence in [1, 5]; all unrounded."""

    soundness: float
    presentation: float
    contribution: float
    overall: float
    confidence: float


def _upto(value: float, full: float) -> float:
    """Grow linearly to 1 at `full` and stay there."""
    return max(0.0, min(value / full, 1.0))


def _said(f: Features, term: str, full: float) -> float:
    return _upto(f.get(f"mentions_{term}", 0.0), full)


def _both(said: float, shown: float) -> float:
    return 0.5 * said + 0.5 * max(0.0, min(shown, 1.0))


def _seeds(f: Features) -> float:
    """Logarithmic: ten seeds are full, one is nothing."""
    return _upto(log2(max(f.get("seeds", 0.0), 1.0)), log2(10.0))


def _soundness(f: Features) -> Terms:
    """Terms of soundness: (weight, value)."""
    return (
        (0.20, _both(_said(f, "seeds", 3), _seeds(f))),  # replication
        (0.20, _both(_said(f, "uncertainty", 4), f.get("has_interval", 0))),  # uncertainty
        (0.15, _both(_said(f, "baseline", 4), f.get("has_interval", 0))),  # comparison
        (0.10, _both(_said(f, "ablation", 3), _upto(f.get("ablations", 0), 1))),  # ablation
        (0.10, _both(_said(f, "significance", 3), f.get("has_adjusted_p", 0))),  # registered test
        (0.10, f.get("resolution", 0)),  # resolution
        (0.10, _upto(f.get("limitations_words", 0), 60)),  # limitations
        (0.05, _both(_said(f, "reproducibility", 4), f.get("has_evidence", 0))),  # reproducibility
    )


def _presentation(f: Features) -> Terms:
    """Terms of presentation."""
    return (
        (0.40, sum(f.get(f"has_{kind}", 0) for kind in EXPECTED) / len(EXPECTED)),  # structure
        (0.15, _abstract_length(f.get("abstract_words", 0))),  # abstract
        (0.15, _upto(f["figures"] + f["tables"], 4) * f["floats_referenced"]),  # figures and tables
        (0.10, _upto(f["references"], 15) * f["references_resolved"]),  # references
        (0.10, _upto(f["words"], 3000)),  # length
        (0.05, 1 - _upto(f["sentence_words"] - 28, 20)),  # sentences
        (0.05, 1 - _upto(f["overclaims"], 4)),  # measure
    )


def _contribution(f: Features) -> Terms:
    """Terms of contribution."""
    return (
        (0.45, _finding(f)),  # finding
        (0.15, _upto(f["references"] * f["references_resolved"], 30)),  # setting in the literature
        (0.15, _both(_said(f, "ablation", 3), _upto(f.get("ablations", 0), 3))),  # depth
        (0.15, _both(_said(f, "baseline", 6), _upto(f.get("secondary_metrics", 0), 2))),  # breadth
        (0.10, _both(_said(f, "negative", 3), f.get("failed_reported", 0))),  # what failed
    )


def _confidence(f: Features) -> Terms:
    """How much of the form could be checked."""
    return (
        (0.50, f.get("has_evidence", 0)),  # evidence to check against
        (0.20, _upto(f["words"], 800)),  # text to read
        (0.20, sum(f.get(f"has_{kind}", 0) for kind in EXPECTED) / len(EXPECTED)),  # structure
        (0.10, f["references_resolved"]),  # references
    )


def _abstract_length(words: float) -> float:
    """Full from 80 to 300 words, falling off on both sides."""
    return _upto(words, 80) * (1 - _upto(words - 300, 200))


def _finding(f: Features) -> float:
    """What was learnt: a supported effect by its standardised size, a refutation or an open end by its resolution."""
    if not f.get("has_verdict"):
        return 0.1 * f["has_results"]
    if f["verdict"] > 0:
        return 0.5 + 0.5 * _upto(f.get("effect_dz", 0.0), 1.5)
    return 0.1 + (0.4 if f["verdict"] < 0 else 0.2) * f.get("resolution", 0.0)


def score(features: Features) -> Scores:
    """Weigh the terms. Overall is half the mean of soundness (45 %), presentation (25 %) and contribution (30 %), half
    the least of them: strength in one does not buy off weakness in another."""
    sound, shown = _weigh(_soundness(features)), _weigh(_presentation(features))
    gave = FORM_CEILING * _weigh(_contribution(features))
    overall = 0.5 * (0.45 * sound + 0.25 * shown + 0.30 * gave) + 0.5 * min(sound, shown, gave)
    return Scores(1 + 3 * sound, 1 + 3 * shown, 1 + 3 * gave, 1 + 9 * overall, 1 + 4 * _weigh(_confidence(features)))


def _weigh(terms: Terms) -> float:
    return min(1.0, sum(weight * value for weight, value in terms))
