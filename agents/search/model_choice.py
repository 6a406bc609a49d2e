"""Which model makes the next trial: a bandit over what each of them scored. For any policy."""

import math
from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np

from agents.search.broods import Brood, broods_by_model
from agents.search.posteriors import Belief, GaussianBelief
from agents.search.scores import Floats, Scores, row_of, score_with_crashes
from agents.search.tree import ModelRecord, Node, SearchTree
from agents.search.view import SearchView

ModelStrategy: TypeAlias = Literal["thompson", "ucb", "stack"]
_CHEAPEST = 1e-3
"""What costs nothing counts as if it cost this share of the mean price."""


def choose_model(
    view: SearchView,
    generator: np.random.Generator,
    strategy: ModelStrategy = "thompson",
    price_exponent: float = 0.0,
    node: Node | None = None,
    belief: Belief | None = None,
) -> str:
    """Choose one of the view's models.

    "thompson" draws from the belief in each model's scores, wherever in the tree it got them, and takes the best; a
    model without scores draws from the prior. "stack" does so with the scores of only those children of `node`
    (default: the root) that the model made, and of what was built on them. "ucb" takes the highest upper confidence
    bound (UCB1, Auer et al., 2002), models that were never tried first. Draws and bounds are weighed by price (see
    `weigh_prices`). The belief is by default that of AB-MCTS-A.
    """
    if len(view.models) == 1:
        return view.models[0]
    if strategy == "stack":
        broods = broods_by_model(view.tree, node or view.tree.root, view.models)
        worth = draw_broods(view.tree, tuple(broods.values()), belief or GaussianBelief(), generator)
    elif strategy == "ucb":
        worth = _bounds(view)
    else:
        worth = (belief or GaussianBelief()).draw(_scores_of_models(view), generator)
    return view.models[int(np.argmax(weigh_prices(view, view.models, worth, price_exponent)))]


def draw_broods(tree: SearchTree, broods: Sequence[Brood], belief: Belief, generator: np.random.Generator) -> Floats:
    """One draw for each brood, from all that its children and their descendants scored."""
    scores = score_with_crashes(tree, [brood.row for brood in broods], [brood.crashes for brood in broods])
    return belief.draw(scores, generator)


def weigh_prices(view: SearchView, models: Sequence[str | None], worth: Floats, exponent: float) -> Floats:
    """Divide the worth of each model by price ** exponent; multiply where it is negative, so that dear is never better.

    A price is the mean cost of a trial, in units of the mean of the models whose price is known. Others, and models
    that are not in the view and so cannot be paid for, count as 1. `worth` may be longer than `models`: the rest is
    left out.
    """
    worth = worth[: len(models)]
    if not exponent:
        return worth
    records = [
        view.tree.root.models.get(model) if model is not None and model in view.models else None for model in models
    ]
    costs = [record.cost / record.tries if record and record.tries else math.nan for record in records]
    factors = _relative(costs) ** exponent
    return np.where(worth > 0, worth / factors, worth * factors)


def _relative(costs: Sequence[float]) -> Floats:
    known = [cost for cost in costs if not math.isnan(cost)]
    mean = sum(known) / len(known) if known else 0.0
    prices = np.array(costs) / mean if mean > 0 else np.ones(len(costs))
    return np.where(np.isnan(prices), 1.0, np.maximum(prices, _CHEAPEST))


def _scores_of_models(view: SearchView) -> Scores:
    """First of the view's models in their order, then of the others that the tree knows: a mixed model needs all."""
    known = view.tree.root.models
    names = [*view.models, *(name for name in known if name not in view.models)]
    records = [known.get(name, _UNSEEN) for name in names]
    rows, crashes = [row_of(record.gains) for record in records], [record.failures for record in records]
    return score_with_crashes(view.tree, rows, crashes)


def _bounds(view: SearchView) -> Floats:
    n, mean, _ = _scores_of_models(view)
    reach = np.sqrt(2 * math.log(max(1.0, float(np.sum(n)))) / np.maximum(n, 1))
    return np.where(n > 0, mean + reach, np.inf)


_UNSEEN = ModelRecord()
