"""Logistic fits: Platt's map of one score, and the stacker of every subset of one to four inputs."""

from collections.abc import Collection, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from reviewer.calibration.fitting.arrays import Vector, as_columns, as_labels, as_vector
from reviewer.calibration.logistic import MOST_INPUTS, LogisticFit, LogisticStacker, PlattMap
from reviewer.errors import ReviewerError

_LEAST_OF_A_LABEL = 20  # papers accepted, and rejected, below which a subset of inputs is not fitted
_NO_PENALTY = 1e6  # C of a Platt map: finite, so that separable scores have a finite slope


def fit_platt(scores: ArrayLike, labels: ArrayLike, name: str = "score") -> PlattMap:
    """Fit sigmoid(slope * score + intercept) to scores (n,) and labels (n,); a score that falls gets slope 0."""
    column = as_vector(name, scores)
    fit = _fit({name: column}, as_labels(labels, column.size), {name}, _NO_PENALTY)
    slope = fit.weights[0] / fit.scales[0]
    return PlattMap(input=name, slope=slope, intercept=fit.intercept - slope * fit.means[0])


def fit_stacker(
    inputs: Mapping[str, ArrayLike], labels: ArrayLike, increasing: Collection[str] = (), strength: float = 1.0
) -> LogisticStacker:
    """Fit one to four named inputs, each (n,), and each subset of them, to labels (n,).

    NaN marks an input that a paper lacks; a subset is fitted on the papers that have all of it, if 20 of them were
    accepted and 20 rejected. `increasing` names inputs of which more is better: a negative weight of theirs becomes 0
    and the rest is fitted again. `strength` is C, the inverse of the L2 penalty on weights of standardised inputs.
    """
    columns = as_columns(inputs)
    if len(columns) > MOST_INPUTS:
        raise ReviewerError(f"a stacker takes 1 to {MOST_INPUTS} inputs, got {len(columns)}")
    y = as_labels(labels, next(iter(columns.values())).size)
    subsets = (names for size in range(len(columns), 0, -1) for names in combinations(columns, size))
    ranked = [found for names in subsets if (found := _fit_subset(names, columns, y, increasing, strength))]
    if not ranked:
        raise ReviewerError(f"no input has {_LEAST_OF_A_LABEL} accepted and {_LEAST_OF_A_LABEL} rejected papers")
    return LogisticStacker(fits=tuple(found.fit for found in sorted(ranked, key=_rank)))


class _Ranked(NamedTuple):
    fit: LogisticFit
    loss: float


def _rank(found: _Ranked) -> tuple[int, float]:
    return -len(found.fit.inputs), found.loss


def _fit_subset(
    names: tuple[str, ...], columns: Mapping[str, Vector], y: Vector, increasing: Collection[str], strength: float
) -> _Ranked | None:
    has_all = ~np.isnan([columns[name] for name in names]).any(axis=0)
    chosen = {name: columns[name][has_all] for name in names}
    accepted = int(y[has_all].sum())
    if min(accepted, int(has_all.sum()) - accepted) < _LEAST_OF_A_LABEL:
        return None
    fit = _fit(chosen, y[has_all], increasing, strength)
    rows = np.column_stack(list(chosen.values())).tolist()
    said = [fit.apply(dict(zip(names, row, strict=True))) for row in rows]
    return _Ranked(fit, float(metrics.log_loss(y[has_all], said)))


def _fit(columns: Mapping[str, Vector], y: Vector, increasing: Collection[str], strength: float) -> LogisticFit:
    x = np.column_stack(list(columns.values()))
    means, spread = x.mean(axis=0), x.std(axis=0)
    scales = np.where(spread > 0, spread, 1.0)
    weights, intercept = _weigh((x - means) / scales, y, [name in increasing for name in columns], strength)
    return LogisticFit(
        inputs=tuple(columns),
        means=tuple(means.tolist()),
        scales=tuple(scales.tolist()),
        weights=tuple(weights.tolist()),
        intercept=intercept,
        n=y.size,
    )


def _weigh(
    z: NDArray[np.float64], y: Vector, must_rise: list[bool], strength: float
) -> tuple[NDArray[np.float64], float]:
    """Return weights (d,) and the intercept; the most negative weight that may not be is dropped until none is."""
    weights, kept = np.zeros(z.shape[1]), list(range(z.shape[1]))
    while kept:
        model: Any = LogisticRegression(C=strength, tol=1e-10, max_iter=10_000)
        model.fit(z[:, kept], y)
        found = np.asarray(model.coef_, dtype=np.float64)[0]
        falling = {at: value for at, value in zip(kept, found, strict=True) if value < 0 and must_rise[at]}
        if not falling:
            weights[kept] = found
            return weights, float(np.asarray(model.intercept_)[0])
        kept.remove(min(falling, key=lambda at: falling[at]))
    return weights, float(np.log(y.mean() / (1 - y.mean())))
