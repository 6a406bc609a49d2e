"""Arithmetic of probabilities: log-odds, another venue's acceptance rate, an interval opened for an unlike paper."""

import math

from reviewer.calibration.values import require_finite, require_share
from reviewer.errors import ReviewerError


def sigmoid(log_odds: float) -> float:
    """Return 1 / (1 + exp(-log_odds)) without overflow."""
    if log_odds >= 0:
        return 1 / (1 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1 + odds)


def shift_prior(probability: float, fitted_rate: float, target_rate: float) -> float:
    """Move a probability fitted at one acceptance rate to a venue with another.

    Odds are multiplied by the ratio of the prior odds (Elkan 2001, theorem 2; Saerens et al. 2002, equation 4). Rates
    lie strictly between 0 and 1; raises ReviewerError otherwise.
    """
    p = require_share("the probability", probability)
    ratio = _odds_ratio(fitted_rate, target_rate)
    return p * ratio / (1 - p + p * ratio)


def open_interval(low: float, high: float, widening: float) -> tuple[float, float]:
    """Open an interval of probabilities as if a share 1 - 1/widening of what is said of the paper were void.

    The pair is pooled linearly with [0, 1] (epsilon-contamination; Huber 1964): 1 leaves it, infinity gives [0, 1].
    The result holds the old interval, and the side with more room, where the base rate lies, opens faster.
    """
    if require_finite("the widening", widening) < 1:
        raise ReviewerError(f"the widening is {widening}; it must be at least 1")
    low, high = require_share("the lower end", low), require_share("the upper end", high)
    return min(low, low / widening), max(high, 1 - (1 - high) / widening)


def _odds_ratio(fitted_rate: float, target_rate: float) -> float:
    for name, rate in (("fitted", fitted_rate), ("target", target_rate)):
        if not 0 < rate < 1:
            raise ReviewerError(f"the {name} acceptance rate is {rate}; give a number between 0 and 1, both excluded")
    return target_rate / (1 - target_rate) * (1 - fitted_rate) / fitted_rate
