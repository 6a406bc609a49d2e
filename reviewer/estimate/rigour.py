"""One number for the care that a paper shows: documented weights on the gates' soft measures, each monotone.

Not fitted, so that taking an ablation, a baseline, an error bar, a proof or a caveat out of a paper always costs
something, also where the papers that people decided on are too few to show it. How much it weighs beside the rest is
fitted, from `blend.LEAST` up.
"""

import math
from collections.abc import Mapping

_COUNTS = {
    "ablation_sentences": 20,
    "baseline_sentences": 40,
    "variance_sentences": 20,
    "limitations_sentences": 12,
    "reproducibility_sentences": 30,
    "proof_tokens": 3000,
    "experiment_words": 2500,
    "numbers_agreed": 40,
}
"""Counts and where they are full; logarithmic up to there. Each has weight 1."""

_SHARES = {
    "numbers_agree": 1.0,
    "references_agree": 1.0,
    "references_ordered": 0.5,
    "references_distinct": 0.5,
    "references_dated": 0.5,
    "abstract_fits": 1.0,
    "proofs_there": 0.5,
    "floats_there": 0.5,
    "hedged_share": 2.0,
}
"""Shares and their weights."""

_FAULTS = {
    "bad_numbers": 0.2,
    "bad_repetition": 1.0,
    "bad_strong_share": 20.0,
    "bad_will_share": 3.0,
    "bad_empty_phrases": 0.1,
    "bad_broken_ends": 0.1,
}
"""Faults, counts or shares, and what one takes off."""

_TOTAL = len(_COUNTS) + sum(_SHARES.values())


def rigour(measures: Mapping[str, float]) -> float:
    """Weigh the measures of `reviewer.gates.measures.measure_all`; about 0.3 to 0.8 in papers, at most 1."""
    counted = sum(math.log1p(min(measures[name], full)) / math.log1p(full) for name, full in _COUNTS.items())
    shared = sum(weight * measures[name] for name, weight in _SHARES.items())
    faults = sum(weight * measures[name] for name, weight in _FAULTS.items())
    return (counted + shared - faults) / _TOTAL
