"""Statistics over the last axis, so that thousands of resamples are one call. What is undefined is NaN here, not above.

scikit-learn has them for one sample at a time, which takes a minute where this takes a second; tests hold them equal.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]
"""Indices of papers, or of the bins they lie in."""
_EDGE = 1e-6  # probabilities are kept this far from 0 and 1 before their logit is taken
_STEPS = 40


def auc(labels: Floats, scores: Floats) -> Floats:
    """Area under the ROC curve, ties counting half (Mann and Whitney, 1947)."""
    positives = labels.sum(-1)
    pairs = positives * (labels.shape[-1] - positives)
    above = (_ranks(scores) * labels).sum(-1) - positives * (positives + 1) / 2
    return _divide(above, pairs)


def balanced_accuracy(labels: Floats, probabilities: Floats, threshold: float) -> Floats:
    accepted = probabilities >= threshold
    hit = _divide((accepted * labels).sum(-1), labels.sum(-1))
    spared = _divide((~accepted * (1 - labels)).sum(-1), (1 - labels).sum(-1))
    return (hit + spared) / 2


def f1(labels: Floats, probabilities: Floats, threshold: float) -> Floats:
    """F1 of acceptance; 0 where accepted papers are there and none is found."""
    accepted = probabilities >= threshold
    positives = labels.sum(-1)
    found = 2 * (accepted * labels).sum(-1)
    return np.where(positives > 0, _divide(found, accepted.sum(-1) + positives), np.nan)


def brier(labels: Floats, probabilities: Floats) -> Floats:
    return ((probabilities - labels) ** 2).mean(-1)


def brier_skill(labels: Floats, probabilities: Floats) -> Floats:
    """1 - Brier / Brier of the prevalence of the same sample."""
    prevalence = labels.mean(-1)
    return 1 - _divide(brier(labels, probabilities), prevalence * (1 - prevalence))


def ece(gaps: Floats, bins: Places, n_bins: int) -> Floats:
    """Expected calibration error (Naeini et al., 2015) of gaps p - y of papers that lie in `bins`.

    Sum over bins of |mean gap in the bin| * share of papers in it, which is |sum of gaps| / n.
    """
    size = gaps.shape[-1]
    resamples = gaps.size // size
    first = n_bins * np.arange(resamples, dtype=np.intp)[:, None]
    places: Any = np.broadcast_to(bins, gaps.shape).reshape(-1, size) + first
    sums = np.bincount(places.ravel(), weights=gaps.ravel(), minlength=n_bins * resamples)
    return np.abs(sums).reshape(*gaps.shape[:-1], n_bins).sum(-1) / size


def bins_of(probabilities: Floats, n_bins: int, is_equal_mass: bool) -> Places:
    """Index of each probability's bin in [0, n_bins): equal steps of [0, 1], or equal numbers of papers but ties."""
    if is_equal_mass:
        edges = np.quantile(probabilities, np.linspace(0, 1, n_bins + 1)[1:-1])
        return np.searchsorted(edges, probabilities, side="left")
    return np.minimum((probabilities * n_bins).astype(np.intp), n_bins - 1)


def spearman(first: Floats, second: Floats) -> Floats:
    one, two = _centred(_ranks(first)), _centred(_ranks(second))
    return _divide((one * two).sum(-1), np.sqrt((one**2).sum(-1) * (two**2).sum(-1)))


def calibration_line(labels: Floats, probabilities: Floats) -> tuple[Floats, Floats]:
    """Slope and intercept of the unpenalised logistic regression of the labels on logit p, by Newton's method.

    NaN where p is constant or the labels are parted perfectly, as there no finite line is the best (Cox, 1958).
    """
    from scipy.special import expit, logit

    x: Floats = logit(np.clip(probabilities, _EDGE, 1 - _EDGE))
    middle, spread = x.mean(-1, keepdims=True), x.std(-1, keepdims=True)
    is_flat = spread < 1e-9
    scaled = (x - middle) / np.where(is_flat, 1.0, spread)
    line = np.zeros((2, *labels.shape[:-1], 1))
    step = np.full_like(line, np.inf)
    with np.errstate(all="ignore"):
        for _ in range(_STEPS):
            step = _newton_step(labels, scaled, expit(line[0] + line[1] * scaled))
            line = line + step
            if not np.any(np.abs(step) > 1e-9):
                break
        is_found = np.all(np.abs(step) < 1e-6, axis=0) & (np.abs(line[1]) < 50) & ~is_flat
        slope = np.where(is_found, line[1] / spread, np.nan)
        intercept = np.where(is_found, line[0] - slope * middle, np.nan)
    return slope[..., 0], intercept[..., 0]


def _newton_step(labels: Floats, x: Floats, fitted: Any) -> Floats:
    weight, rest = fitted * (1 - fitted), labels - fitted
    pull, pull_x = rest.sum(-1, keepdims=True), (rest * x).sum(-1, keepdims=True)
    a, b, c = (item.sum(-1, keepdims=True) for item in (weight, weight * x, weight * x * x))
    determinant = a * c - b * b
    return np.stack([c * pull - b * pull_x, a * pull_x - b * pull]) / determinant


def _ranks(values: Floats) -> Floats:
    return _scipy_stats().rankdata(values, axis=-1)


def _scipy_stats() -> Any:
    """scipy.stats, untyped as it is, loaded when first used."""
    from scipy import stats

    return stats


def _centred(values: Floats) -> Floats:
    return values - values.mean(-1, keepdims=True)


def _divide(above: Any, below: Any) -> Floats:
    """NaN where there is nothing to divide by."""
    below = np.asarray(below, dtype=np.float64)
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), np.nan)
