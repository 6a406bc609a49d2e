"""The choice of a model by its lift: how much better its trials are than what they were built on."""

import random

from agents.search.view import SearchView

_CRASH_LOSS = 0.4
"""What a failed trial counts as, in shares of the range of scores."""
_OPTIMISM = 0.5
_SPREAD = 0.5
"""Of the Thompson draw, in standard errors."""


def choose_by_lift(view: SearchView, rng: random.Random, price_exponent: float = 0.0) -> str:
    """Draw one of the view's models: Thompson sampling on the mean lift with a normal posterior.

    Plain scores would praise whoever happened to be asked to build on good nodes.
    """
    models, experience = view.models, view.tree.experience
    lifts = experience.lifts
    if len(models) == 1:
        return models[0]
    if lifts.n < 3:
        return rng.choice(models)
    span = view.tree.scale.span
    sd = max(1e-3, (max(0.0, lifts.squares / lifts.n - lifts.mean**2)) ** 0.5 / span)
    prior = lifts.mean / span + _OPTIMISM * sd
    best, pick = -1e300, models[0]
    for m in models:
        rec = experience.models.get(m)
        n = rec.gains.n + rec.failures if rec else 0
        total = rec.gains.total / span - _CRASH_LOSS * rec.failures if rec else 0.0
        d = rng.gauss((total + prior) / (n + 1), _SPREAD * sd / (n + 1) ** 0.5)
        if d > best:
            best, pick = d, m
    return pick
