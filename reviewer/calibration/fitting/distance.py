"""Fits how far a paper is from the fitted ones, with scikit-learn's shrunk covariance."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.covariance import LedoitWolf
from sklearn.model_selection import KFold

from reviewer.calibration.distance import Extrapolation
from reviewer.calibration.fitting.arrays import Vector, as_matrix
from reviewer.errors import ReviewerError

_IQR_OF_NORMAL = 1.349
_LEAST = 50  # papers


def fit_extrapolation(features: ArrayLike, names: Sequence[str]) -> Extrapolation:
    """Fit to features (n, d) with d names. A feature that no paper differs in has no scale and is left out.

    The 90th and 99th percentiles are of distances measured out of fold, for in sample all papers are nearer.
    """
    x = as_matrix(features, tuple(names))
    if len(x) < _LEAST:
        raise ReviewerError(f"how far papers are apart needs at least {_LEAST} of them, got {len(x)}")
    varies = np.ptp(x, axis=0) > 0
    if not varies.any():
        raise ReviewerError("features: no paper differs from another in any of them")
    x = x[:, varies]
    medians, scales = np.median(x, axis=0), _scale(x)
    z = np.arcsinh((x - medians) / scales)
    centers, root = _whiten(z)
    usual, limit = np.quantile(_distances_out_of_fold(z), (0.9, 0.99)).tolist()
    return Extrapolation(
        names=tuple(name for name, is_kept in zip(names, varies.tolist(), strict=True) if is_kept),
        medians=tuple(medians.tolist()),
        scales=tuple(scales.tolist()),
        centers=tuple(centers.tolist()),
        root=tuple(tuple(row[: at + 1]) for at, row in enumerate(root.tolist())),
        usual=usual,
        limit=limit,
    )


def _scale(x: NDArray[np.float64]) -> Vector:
    """Return the robust scale of each column, or its standard deviation where most papers agree."""
    low, high = np.quantile(x, (0.25, 0.75), axis=0)
    return np.asarray(np.where(high > low, (high - low) / _IQR_OF_NORMAL, x.std(axis=0)), dtype=np.float64)


def _whiten(z: NDArray[np.float64]) -> tuple[Vector, NDArray[np.float64]]:
    """Return the means (d,) and a lower triangle R (d, d) with R R' = inverse covariance."""
    fitted: Any = LedoitWolf().fit(z)
    return np.asarray(fitted.location_), np.linalg.cholesky(np.asarray(fitted.get_precision()))


def _distances_out_of_fold(z: NDArray[np.float64]) -> Vector:
    found = np.zeros(len(z))
    folds: Any = KFold(5, shuffle=True, random_state=0)
    for fitted, held in folds.split(z):
        centers, root = _whiten(z[fitted])
        found[held] = np.linalg.norm((z[held] - centers) @ root, axis=1)
    return found
