"""The numbers behind a verdict: intervals, tests and the registered rule. Pure; scipy loads where it is used.

Paired differences are gains: positive is better. With the few seeds that a study can afford a bootstrap interval alone
is too narrow (bench/null_verdicts.py measures it), so `mean_interval` never lets it be narrower than Student's.
"""

import math
import statistics
from collections.abc import Sequence
from typing import Any, NamedTuple

from agents.schema import Registration, Verdict

LEAST_PAIRS = 3
"""Complete pairs without which no verdict but inconclusive is given."""
RESAMPLES = 4999
_SAME = 1e-9


class Interval(NamedTuple):
    low: float
    high: float


class Rule(NamedTuple):
    """What was registered: family-wise error rate, candidates that share it, least gain that matters (in its unit),
    and whether seeds that moved nothing leave the question open."""

    alpha: float
    comparisons: int
    smallest_effect: float
    needs_spread: bool = False

    @property
    def level(self) -> float:
        """Level of the two-sided intervals, in (0, 1)."""
        return 1 - self.alpha


class Comparison(NamedTuple):
    """Paired gains of one arm over another, summed up. A single pair has no interval; constant gains have no `dz`.

    `is_still`: neither arm's value varied over the seeds, so that the pairs are one measurement, repeated.
    `is_partial`: the treatment lacks a part of what is claimed.
    """

    n: int
    mean: float
    interval: Interval | None
    dz: float | None
    p: float
    p_adjusted: float
    is_still: bool = False
    is_partial: bool = False


def registered_rule(plan: Registration) -> Rule:
    """The rule of a plan; every search node but the baseline is a candidate and counts as a comparison."""
    comparisons = max(1, plan.search_experiments - 1)
    return Rule(plan.alpha, comparisons, plan.idea.hypothesis.smallest_effect, plan.needs_spread)


def compare(
    gains: Sequence[float], rule: Rule, seed: int, *, is_still: bool = False, is_partial: bool = False
) -> Comparison:
    """Sum up paired gains (at least one); `seed` drives the bootstrap.

    `is_still` says that neither arm varied: then a rule that needs spread knows no test, and p is 1. `is_partial` says
    that the treatment lacks a part of what is claimed.
    """
    p = 1.0 if is_still and rule.needs_spread else paired_t_p(gains)
    return Comparison(
        n=len(gains),
        mean=statistics.fmean(gains),
        interval=mean_interval(gains, rule.level, seed),
        dz=cohens_dz(gains),
        p=p,
        p_adjusted=bonferroni(p, rule.comparisons),
        is_still=is_still,
        is_partial=is_partial,
    )


def judge(comparison: Comparison | None, rule: Rule) -> Verdict:
    """Apply the registered rule to treatment against control; None means that no comparison was possible."""
    if comparison is None:
        return Verdict(label="inconclusive", reason="No comparison of treatment and control was possible.")
    if comparison.interval is None or comparison.n < LEAST_PAIRS:
        return Verdict(label="inconclusive", reason="Too few pairs of treatment and control finished for a verdict.")
    if rule.needs_spread and comparison.is_still:
        return Verdict(label="inconclusive", reason=_STILL)
    if comparison.is_partial:
        return Verdict(label="inconclusive", reason=_PARTIAL)
    doubts = _doubts(comparison, comparison.interval, rule)
    if not doubts:
        return Verdict(label="supported", reason=_SUPPORTED)
    if comparison.interval.high < rule.smallest_effect:
        return Verdict(label="refuted", reason=_REFUTED)
    return Verdict(label="inconclusive", reason=_sentence(doubts))


_SUPPORTED = (
    "On fresh seeds the gain is significant after correction for every candidate of the search, its interval lies "
    "above zero, and it reaches the smallest effect that matters."
)
_STILL = (
    "Every fresh seed gave treatment the same value and control the same value, so the runs are one measurement, "
    "repeated: it holds for these very data, and no test can say how far beyond them."
)
_PARTIAL = (
    "The claim is about several settings together, and no experiment of the search succeeded with all of them away "
    "from their defaults, so what was confirmed is another claim than the registered one."
)
_REFUTED = "On fresh seeds the whole interval of the gain lies below the smallest effect that matters."


def _doubts(comparison: Comparison, interval: Interval, rule: Rule) -> list[str]:
    checks = [
        (
            comparison.p_adjusted < rule.alpha,
            "it is not significant after correction for every candidate of the search",
        ),
        (interval.low > 0, "its interval includes zero or less"),
        (comparison.mean >= rule.smallest_effect, "it falls short of the smallest effect that matters"),
    ]
    return [doubt for is_met, doubt in checks if not is_met]


def _sentence(doubts: list[str]) -> str:
    *first, last = doubts
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"On fresh seeds the gain is not settled: {listed}, yet an effect that matters is not excluded."


def mean_interval(values: Sequence[float], level: float, seed: int) -> Interval | None:
    """Two-sided interval of the mean at `level`: BCa bootstrap, widened to at least Student's t; None for one value.

    BCa: Efron, "Better bootstrap confidence intervals", JASA 82 (1987). At eight to twelve normal values BCa alone
    covers 88 to 91 per cent where 95 are asked for; the wider of the two covers 95. Values that do not vary give an
    interval of no width: with a deterministic template that is all there is to know.
    """
    if len(values) < 2:
        return None
    mean = statistics.fmean(values)
    if is_constant(values):
        return Interval(mean, mean)
    student, bootstrap = _student_interval(values, level), _bootstrap_interval(values, level, seed)
    return Interval(min(student.low, bootstrap.low, mean), max(student.high, bootstrap.high, mean))


def paired_t_p(gains: Sequence[float]) -> float:
    """One-sided p-value of Student's paired t-test for a mean gain above zero.

    Gains that do not vary leave t undefined: none or negative ones give 1, positive ones the sign test's 2^-n, the
    most that n agreeing pairs can say without assuming a distribution.
    """
    n = len(gains)
    if is_constant(gains):
        return 0.5**n if n > 1 and gains[0] > 0 else 1.0
    dz = statistics.fmean(gains) / statistics.stdev(gains)
    return _scipy_stats().t.sf(dz * math.sqrt(n), n - 1).item()


def cohens_dz(gains: Sequence[float]) -> float | None:
    """Standardised paired effect, mean over sd of the gains (Cohen 1988, section 2.3.5); None when they do not vary."""
    return None if is_constant(gains) else statistics.fmean(gains) / statistics.stdev(gains)


def bonferroni(p: float, comparisons: int) -> float:
    return min(1.0, p * comparisons)


def interaction_contrasts(
    both: Sequence[float], first: Sequence[float], second: Sequence[float], neither: Sequence[float]
) -> list[float]:
    """Per seed, the gain of both factors minus the sum of the gains of each alone, from goodness (higher is better)."""
    return [b - f - s + n for b, f, s, n in zip(both, first, second, neither, strict=True)]


def is_constant(values: Sequence[float]) -> bool:
    """True if the values do not vary beyond rounding; a single value does not."""
    largest = max(abs(value) for value in values)
    return len(values) < 2 or max(values) - min(values) <= _SAME * largest


def _student_interval(values: Sequence[float], level: float) -> Interval:
    n, mean = len(values), statistics.fmean(values)
    half = _scipy_stats().t.ppf((1 + level) / 2, n - 1).item() * statistics.stdev(values) / math.sqrt(n)
    return Interval(mean - half, mean + half)


def _bootstrap_interval(values: Sequence[float], level: float, seed: int) -> Interval:
    """BCa; the percentile interval where BCa is undefined (the data are scaled first, against underflow)."""
    scale = max(abs(value) for value in values)
    scaled = [value / scale for value in values]
    interval = _scipy_bootstrap(scaled, level, seed, "BCa")
    if not all(map(math.isfinite, interval)):
        interval = _scipy_bootstrap(scaled, level, seed, "percentile")
    return Interval(interval.low * scale, interval.high * scale)


def _scipy_bootstrap(values: Sequence[float], level: float, seed: int, method: str) -> Interval:
    import numpy as np

    found = _scipy_stats().bootstrap(
        (np.asarray(values),), np.mean, confidence_level=level, n_resamples=RESAMPLES, method=method,
        rng=np.random.default_rng(seed),
    ).confidence_interval  # fmt: skip
    return Interval(float(found.low), float(found.high))


def _scipy_stats() -> Any:
    """scipy.stats, untyped as it is, loaded when first used."""
    from scipy import stats

    return stats
