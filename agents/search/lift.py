"""The choice of a model by its lift: how much better its trials are than what they were built on.

Plain scores would praise whichever model happened to be asked to build on good nodes.
"""

import random

from agents.search.experience import Experience, Lift
from agents.search.view import SearchView

_CRASH_LIFT = -0.4
"""What a failed trial counts as, in shares of the range of scores."""
_OPTIMISM = 0.5
"""The prior's mean lies this many standard deviations above the mean of all trials, so that new models are tried."""
_SPREAD = 0.5
"""Of a draw, in standard errors of the mean."""
_LEAST_KNOWN = 3
_LEAST_SD = 1e-3
_UNSEEN = Lift()


def choose_by_lift(view: SearchView, rng: random.Random, price_exponent: float = 0.0) -> str:
    """Draw one of the view's models: Thompson sampling of the mean lift, with a normal prior of one trial's weight.

    With a price exponent k, what a draw is above the lift of a failure is divided by (mean cost of a trial) ** k.
    """
    experience = view.tree.experience
    if len(view.models) == 1 or experience.lifts.n < _LEAST_KNOWN:
        return rng.choice(view.models)
    draws = {model: _draw(experience, model, view.tree.scale.span, rng) for model in view.models}
    prices = {model: _price(view, model) ** price_exponent for model in view.models} if price_exponent else {}
    return max(draws, key=lambda model: (draws[model] - _CRASH_LIFT) / prices.get(model, 1.0))


def _draw(experience: Experience, model: str, span: float, rng: random.Random) -> float:
    lifts, known = experience.lifts, experience.models.get(model, _UNSEEN)
    sd = max(_LEAST_SD, lifts.sd / span)
    prior = lifts.mean / span + _OPTIMISM * sd
    n = 1 + known.gains.n + known.failures
    mean = (prior + known.gains.total / span + _CRASH_LIFT * known.failures) / n
    return rng.gauss(mean, _SPREAD * sd / n**0.5)


def _price(view: SearchView, model: str) -> float:
    """Mean cost of a model's trials; that of all trials while it has none, and never 0."""
    records = view.tree.root.models
    known = records.get(model)
    shown = [known] if known and known.tries else list(records.values())
    cost, tries = sum(record.cost for record in shown), sum(record.tries for record in shown)
    return cost / tries if cost > 0 and tries else 1.0
