"""The null test: where every program is equally good, how many improvements are claimed, and how many last."""

from collections.abc import Iterator

import numpy as np

from agents.experiments.statistics import Rule, compare, judge
from agents.search.yardsticks import KeepDiscard
from bench.search.grounds import Ground, Range
from bench.search.loop import Setup, run_search

FLAT = Ground("null", 1, Range(0.5, 0.5), Range(1, 1), shape="flat", crash=0)
CONFIRMING_SEEDS = 10


def null_lines(runs: int, trials: int, noise: float) -> Iterator[str]:
    """Compare with the expectation: in pure noise the k-th trial is a new best with probability 1/k."""
    made = sum(claims_made(seed, trials, noise) for seed in range(runs))
    confirmed = claims_confirmed(made, trials, noise)
    expected = sum(1 / number for number in range(2, trials + 1))
    yield f"pure noise, {trials} trials, {runs} searches by keep/discard"
    yield f"improvements claimed per search: {made / runs:.2f} (expected {expected:.2f})"
    share = confirmed / max(1, made)
    yield f"of {made} claims {confirmed} were confirmed on {CONFIRMING_SEEDS} fresh seeds ({share:.1%})"


def claims_made(seed: int, trials: int, noise: float) -> int:
    """Improvements that a keep/discard search claims: each new best but the first."""
    best = run_search(KeepDiscard(), FLAT, seed, Setup(trials, noise)).best
    return int(np.count_nonzero(np.diff(best)))


def claims_confirmed(claims: int, seed: int, noise: float) -> int:
    """How many of so many claims last when each pair of new and old best is measured anew."""
    rng = np.random.default_rng(seed)
    return sum(_is_confirmed(rng, noise) for _ in range(claims))


def _is_confirmed(rng: np.random.Generator, noise: float) -> bool:
    """Judge by the rule that judges a study's hypothesis, for this one comparison."""
    pairs = noise * rng.standard_normal((2, CONFIRMING_SEEDS))
    gains = [float(gain) for gain in pairs[0] - pairs[1]]
    rule = Rule(alpha=0.05, comparisons=1, smallest_effect=0.0)
    return judge(compare(gains, rule, int(rng.integers(2**31))), rule).label == "supported"
