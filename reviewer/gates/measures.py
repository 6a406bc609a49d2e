"""Every soft measure as a plain number by name, for an estimate that must be monotone: more is better, but for bad_*.

Shares lie in [0, 1], counts are capped, and all are pure functions of the paper.
"""

from reviewer.gates.apparatus import measure_apparatus
from reviewer.gates.claims import measure_claims
from reviewer.gates.floats import broken_ends, experiment_words, measure_floats
from reviewer.gates.listing import (
    measure_cited,
    measure_dates,
    measure_duplicates,
    measure_order,
    measure_references,
)
from reviewer.gates.numbers import measure_numbers, unmatched_in_abstract, wrong_sums
from reviewer.gates.padding import measure_repetition, order_score
from reviewer.gates.proofs import empty_phrases, measure_proofs, proof_lengths
from reviewer.gates.topic import measure_topic
from reviewer.screening import Screened

_MOST = {"ablation": 20, "baseline": 40, "variance": 20, "limitations": 12, "significance": 8, "reproducibility": 30}


def measure_all(screened: Screened) -> dict[str, float]:
    """Soft measures of a screened paper."""
    paper, source = screened.paper, screened.source
    return {
        "numbers_agree": measure_numbers(paper).share,
        "numbers_agreed": _capped(measure_numbers(paper).agreed, 40),
        "bad_numbers": _capped(len(wrong_sums(paper)) + len(unmatched_in_abstract(paper)), 5),
        "references_agree": measure_references(source).share,
        "references_agreed": _capped(measure_references(source).agreed, 60),
        "references_dated": measure_dates(source).share,
        "references_ordered": measure_order(source).share,
        "references_distinct": measure_duplicates(source).share,
        "references_cited": measure_cited(source).share,
        "abstract_fits": measure_topic(source).share,
        "sentences_in_order": _capped(max(order_score(paper), 0.0), 1),
        "bad_repetition": measure_repetition(source),
        "bad_repeated_share": screened.repeated_share,
        **_claims(screened),
        **{f"{term}_sentences": _capped(n, _MOST[term]) for term, n in measure_apparatus(paper).items()},
        "proofs_there": measure_proofs(source).share,
        "proof_tokens": _capped(sum(proof_lengths(source)), 3000),
        "bad_empty_phrases": _capped(len(empty_phrases(source)), 10),
        "floats_there": measure_floats(paper).share,
        "experiment_words": _capped(experiment_words(paper), 2500),
        "bad_broken_ends": _capped(len(broken_ends(paper)), 4),
    }


def _claims(screened: Screened) -> dict[str, float]:
    made = measure_claims(screened.paper)
    return {
        "bad_strong_share": min(1.0, made.strong_share),
        "bad_will_share": min(1.0, made.will / max(made.sentences, 1)),
        "hedged_share": min(1.0, made.hedged_share),
    }


def _capped(count: float, most: float) -> float:
    return float(min(count, most))
