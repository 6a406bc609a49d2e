"""Fits the map of one score: Platt's by default, isotonic where there are labels enough and it is better."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedKFold

from reviewer.calibration.fitting.arrays import Vector, as_labels, as_vector
from reviewer.calibration.fitting.logistic import fit_platt
from reviewer.calibration.isotonic import LEAST_ABOVE, IsotonicMap
from reviewer.calibration.logistic import PlattMap
from reviewer.errors import ReviewerError


def fit_calibrator(
    scores: ArrayLike, labels: ArrayLike, method: Literal["auto", "platt", "isotonic"] = "auto", name: str = "score"
) -> PlattMap | IsotonicMap:
    """Fit a map of scores (n,) to labels (n,). "auto" takes isotonic above 1,000 labels if its Brier is lower."""
    if method == "isotonic":
        return fit_isotonic(scores, labels, name)
    if method == "platt" or np.size(labels) <= LEAST_ABOVE or not _is_isotonic_better(scores, labels, name):
        return fit_platt(scores, labels, name)
    return fit_isotonic(scores, labels, name)


def fit_isotonic(scores: ArrayLike, labels: ArrayLike, name: str = "score") -> IsotonicMap:
    """Fit isotonic regression; at most 1,000 labels raise ReviewerError."""
    x = as_vector(name, scores)
    y = as_labels(labels, x.size)
    if y.size <= LEAST_ABOVE:
        raise ReviewerError(f"isotonic calibration needs more than {LEAST_ABOVE:,} labels, got {y.size:,}; use platt")
    return _fit_isotonic(x, y, name)


def _fit_isotonic(x: Vector, y: Vector, name: str) -> IsotonicMap:
    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x, y)
    return IsotonicMap(
        input=name,
        scores=tuple(np.asarray(fitted.X_thresholds_, dtype=np.float64).tolist()),
        probabilities=tuple(np.asarray(fitted.y_thresholds_, dtype=np.float64).tolist()),
        n=y.size,
    )


def _is_isotonic_better(scores: ArrayLike, labels: ArrayLike, name: str) -> bool:
    x = as_vector(name, scores)
    y = as_labels(labels, x.size)
    said = np.zeros((2, y.size))
    for fitted, held in StratifiedKFold(5, shuffle=True, random_state=0).split(x.reshape(-1, 1), y):
        platt = fit_platt(x[fitted], y[fitted], name)
        isotonic = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(x[fitted], y[fitted])
        said[0, held] = [platt.apply(score) for score in x[held].tolist()]
        said[1, held] = isotonic.predict(x[held])
    platt_loss, isotonic_loss = (float(metrics.brier_score_loss(y, row)) for row in said)
    return isotonic_loss < platt_loss
