"""Fits the Venn-Abers pair with the venn-abers package."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from reviewer.calibration.fitting.arrays import Vector, as_labels, as_vector
from reviewer.calibration.fitting.extra import load
from reviewer.calibration.pair import VennAbersMap


def fit_pair(scores: ArrayLike, labels: ArrayLike) -> VennAbersMap:
    """Fit the inductive Venn-Abers predictor to scores (n,), which may be probabilities, and labels (n,).

    The package keeps the pair as steps at the distinct scores (p0_, p1_, c_); steps where neither moves are left out.
    """
    x = as_vector("scores", scores)
    y = as_labels(labels, x.size)
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # the package divides by zero, and switches warnings off for all
        fitted = load("venn_abers").VennAbers().fit(np.column_stack((1 - x, x)), y)
    at, p0, p1 = np.asarray(fitted.c_, dtype=np.float64), _rise(fitted.p0_), _rise(fitted.p1_)
    moves = (np.diff(p0) > 0) | (np.diff(p1) > 0)
    return VennAbersMap(
        scores=tuple(at[moves].tolist()),
        p0=(float(p0[0]), *p0[1:][moves].tolist()),
        p1=(float(p1[0]), *p1[1:][moves].tolist()),
    )


def _rise(steps: Any) -> Vector:
    """Return the values of steps (k + 1, 2), free of rounding that would make them fall or leave [0, 1]."""
    return np.maximum.accumulate(np.clip(np.asarray(steps, dtype=np.float64)[:, 1], 0.0, 1.0))
