"""The null test: where every program is equally good, how many improvements are claimed, and how many last."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from agents.experiments.statistics import Rule, compare, judge
from agents.search.yardsticks import KeepDiscard
from bench.search.grounds import Ground, Range
from bench.search.loop import Setup, run_search

FLAT = Ground("null", 1, Range(0.5, 0.5), Range(1, 1), shape="flat", crash=0)
CONFIRMING_SEEDS = 10


class Claims(NamedTuple):
    """Improvements that one search claimed, and those among them that fresh seeds confirmed."""

    made: int
    confirmed: int


def run_null(seed: int, trials: int, noise: float) -> Claims:
    """One keep/discard search. Each new best is a claim against the one before it; the first trial claims nothing."""
    best = run_search(KeepDiscard(), FLAT, seed, Setup(trials, noise)).best
    made = int(np.count_nonzero(np.diff(best)))
    rng = np.random.default_rng([seed, trials])
    return Claims(made, sum(_is_confirmed(rng, noise) for _ in range(made)))


def null_lines(runs: int, trials: int, noise: float) -> Iterator[str]:
    """Compare with the expectation: in pure noise the k-th trial is a new best with probability 1/k."""
    claims = [run_null(seed, trials, noise) for seed in range(runs)]
    made, confirmed = sum(each.made for each in claims), sum(each.confirmed for each in claims)
    expected = sum(1 / number for number in range(2, trials + 1))
    yield f"pure noise, {trials} trials, {runs} searches by keep/discard"
    yield f"improvements claimed per search: {made / runs:.2f} (expected {expected:.2f})"
    share = confirmed / max(1, made)
    yield f"of {made} claims {confirmed} were confirmed on {CONFIRMING_SEEDS} fresh seeds ({share:.1%})"


def _is_confirmed(rng: np.random.Generator, noise: float) -> bool:
    """Measure the claimed best and the one before it anew, by the rule that judges a study's hypothesis."""
    pairs = noise * rng.standard_normal((2, CONFIRMING_SEEDS))
    gains = [float(gain) for gain in pairs[0] - pairs[1]]
    rule = Rule(alpha=0.05, comparisons=1, smallest_effect=0.0)
    return judge(compare(gains, rule, int(rng.integers(2**31))), rule).label == "supported"
