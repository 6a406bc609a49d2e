"""Fits the split-conformal interval of human scores with crepes."""

import numpy as np
from numpy.typing import ArrayLike

from reviewer.calibration.fitting.arrays import as_vector
from reviewer.calibration.fitting.extra import load
from reviewer.calibration.interval import ScoreInterval
from reviewer.errors import ReviewerError


def fit_interval(
    predictions: ArrayLike, human: ArrayLike, alpha: float = 0.1, difficulty: ArrayLike | None = None
) -> ScoreInterval:
    """Fit to out-of-fold predictions (n,) of mean human scores (n,), and estimates of difficulty (n,) > 0 if given.

    Papers without a prediction or score are left out by the caller. Residuals of papers that the model was fitted on
    would make the interval too narrow.
    """
    guessed, true = as_vector("predictions", predictions), as_vector("human scores", human)
    _check(guessed.size == true.size, f"{guessed.size} predictions for {true.size} human scores")
    _check(0 < alpha < 1 and alpha * (true.size + 1) >= 1, f"{true.size} papers are too few for alpha {alpha}")
    sigmas = None if difficulty is None else as_vector("difficulty", difficulty)
    if sigmas is not None:
        _check(sigmas.size == true.size and bool((sigmas > 0).all()), "difficulty must be above 0, one for each paper")
    fitted = load("crepes").ConformalRegressor().fit(true - guessed, sigmas=sigmas)
    one = None if sigmas is None else np.ones(1)
    ends = np.asarray(fitted.predict_int(np.zeros(1), sigmas=one, confidence=1 - alpha), dtype=np.float64)
    return ScoreInterval(alpha=alpha, half_width=float(ends[0, 1]), n=true.size, is_normalised=sigmas is not None)


def _check(is_right: bool, complaint: str) -> None:
    if not is_right:
        raise ReviewerError(f"score interval: {complaint}")
