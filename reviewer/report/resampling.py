"""Bootstrap intervals over papers, and the calibration error that a perfect model would have."""

from collections import defaultdict
from collections.abc import Callable, Mapping

import numpy as np

from reviewer.report.figures import Measured
from reviewer.report.statistics import Floats, Places, ece

MIN_PAPERS = 30
RESAMPLES = 2000
_BLOCK = 1_000_000  # numbers of one block of resamples: tens of megabytes, whatever the number of papers
_MIN_DEFINED = 0.95  # of the resamples, for an interval to be told

Statistics = Callable[[Places], Mapping[str, Floats]]
"""Named statistics of resamples, given as indices of papers of shape (resamples, papers)."""


def measure(
    statistics: Statistics, n: int, why_not: str, seed: int, *, is_centred: bool = False
) -> Mapping[str, Measured]:
    """Each statistic over all `n` papers with its percentile interval over 2,000 resamples of papers.

    `why_not` is the reason told where a statistic of all papers is undefined. `is_centred` moves the interval by the
    resamples' mean bias (never below 0), for statistics that noise alone raises. Resamples where a statistic is
    undefined are left out, which scipy.stats.bootstrap does not do; its percentiles are the same otherwise.
    """
    if n < MIN_PAPERS:
        few = Measured(value=None, why_not=f"{MIN_PAPERS} papers are needed, there are {n}")
        return defaultdict(lambda: few)
    drawn = _draw(statistics, n, seed)
    values = {name: float(found[0]) for name, found in statistics(np.arange(n)[None, :]).items()}
    if is_centred:
        drawn = {name: np.maximum(rows - rows.mean() + values[name], 0.0) for name, rows in drawn.items()}
    return {name: _measured(value, drawn[name], why_not) for name, value in values.items()}


def _draw(statistics: Statistics, n: int, seed: int) -> dict[str, Floats]:
    """Every statistic of every resample, block by block."""
    rng = np.random.default_rng(seed)
    size = max(1, min(RESAMPLES, _BLOCK // n))
    sizes = [min(size, RESAMPLES - start) for start in range(0, RESAMPLES, size)]
    blocks = [statistics(rng.integers(n, size=(rows, n))) for rows in sizes]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _measured(value: float, drawn: Floats, why_not: str) -> Measured:
    if not np.isfinite(value):
        return Measured(value=None, why_not=why_not)
    defined = drawn[np.isfinite(drawn)]
    if len(defined) < _MIN_DEFINED * len(drawn):
        return Measured(value=value, why_not="too few papers of one kind for an interval")
    low, high = np.quantile(defined, (0.025, 0.975))
    return Measured(value=value, low=float(low), high=float(high))


def noise_floor(probabilities: Floats, bins: Places, n_bins: int, seed: int) -> tuple[float, float]:
    """Mean and 95th percentile of the calibration error where labels are drawn from the probabilities, 1,000 times.

    (Consistency resampling: Broecker and Smith, 2007.)
    """
    rng = np.random.default_rng(seed)
    labels = (rng.random((100, len(probabilities))) < probabilities for _ in range(10))
    errors = np.concatenate([ece(probabilities - drawn, bins, n_bins) for drawn in labels])
    return float(errors.mean()), float(np.quantile(errors, 0.95))
