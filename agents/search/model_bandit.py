"""Which model makes the next node: a bandit over models by improvement and cost. Worked out again from every tree."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

from pydantic import Field

from agents.schema import Record
from agents.search.tree import ROOT, Node, SearchTree
from agents.search.view import SearchView

_WINDOW = 250
"""Only so many last nodes are looked at: with a decay of 0.95 what came before counts for some millionths."""
_LEAST_SHARE = 0.05
"""A bound on cost never falls below this share of the mean, so that no model looks free because its price varies."""


class ModelBandit(Record):
    """ShinkaEvolve's AsymmetricUCB (Lange et al., arXiv:2509.19349), which rewards improvement and forgives failure.

    A node's reward is what it gained over the better of its parent and the first node, on the tree's scale from 0 to 1;
    losing or failing earns 0. Rewards are summed as e^r - 1 and fade by `decay` a node; a model's mean over the highest
    mean seen, plus `exploration` * sqrt(2 ln t / n), is its score. `cost_weight` of the score goes to the cheapness of
    its experiments. The best gets 1 - `epsilon`, the others share `epsilon`. A model that was never tried comes first.
    """

    exploration: float = Field(default=1.0, ge=0)
    cost_weight: float = Field(default=0.5, ge=0, le=1)
    epsilon: float = Field(default=0.2, ge=0, le=1)
    decay: float = Field(default=0.95, gt=0, lt=1)

    def draw(self, view: SearchView, rng: random.Random) -> str:
        """Return one of the view's models. Takes no random number where there is nothing to choose."""
        models = tuple(dict.fromkeys(view.models))
        if len(models) == 1:
            return models[0]
        scores = self.scores(view.tree, models)
        winner = max(models, key=lambda model: scores[model])
        others = [model for model in models if model != winner]
        return rng.choice(others) if rng.random() < self.epsilon else winner

    def scores(self, tree: SearchTree, models: Sequence[str]) -> dict[str, float]:
        """The score of every model, higher is better; infinite for one that was never tried."""
        arms = {model: _Arm() for model in models}
        for node in tree.nodes[-_WINDOW:]:
            if arm := arms.get(node.model) if node.number != ROOT else None:
                arm.see(node)
        for model, arm in arms.items():
            if record := tree.root.models.get(model):
                arm.tries, arm.mean_cost = record.tries, record.cost / max(record.tries, 1)
        means = self._means(tree, arms)
        total = sum(arm.count for arm in arms.values())
        cheapness = _cheapness(arms, total)
        return {
            model: (1 - self.cost_weight) * (means[model] + self.exploration * _radius(total, arm.count))
            + self.cost_weight * cheapness[model]
            if arm.count
            else math.inf
            for model, arm in arms.items()
        }

    def _means(self, tree: SearchTree, arms: "dict[str, _Arm]") -> dict[str, float]:
        """Faded mean rewards as shares of the highest, which fades too."""
        fading = {model: _Faded() for model in arms}
        highest = 0.0
        for model, reward in _rewards(tree):
            if model in fading:
                fading[model].add(math.expm1(reward))
            highest = max(highest, *(each.mean for each in fading.values()))
            for each in fading.values():
                each.fade(self.decay)
            highest = _saturate(highest, self.decay)
        return {model: min(1.0, each.mean / highest) if highest else 0.0 for model, each in fading.items()}


@dataclass(slots=True)
class _Arm:
    """What is known of one model: `tries` told in all, the costs of late, and how many nodes are under way."""

    tries: int = 0
    pending: int = 0
    mean_cost: float = 0.0
    costs: list[float] = field(default_factory=list[float])

    def see(self, node: Node) -> None:
        if node.trial is None:
            self.pending += 1
        else:
            self.costs.append(node.trial.cost)

    @property
    def count(self) -> int:
        return self.tries + self.pending

    def least_cost(self, total: int) -> float:
        """A lower confidence bound on the mean cost of a node."""
        spread = max(self.costs) - min(self.costs) if self.costs else 0.0
        return max(self.mean_cost - 0.1 * spread * _radius(total, self.count), _LEAST_SHARE * self.mean_cost)


@dataclass(slots=True)
class _Faded:
    """A sum of rewards and their number, both fading."""

    total: float = 0.0
    weight: float = 0.0

    def add(self, reward: float) -> None:
        self.total += reward
        self.weight += 1

    def fade(self, decay: float) -> None:
        self.total, self.weight = _saturate(self.total, decay), self.weight * decay

    @property
    def mean(self) -> float:
        return self.total / self.weight if self.weight > 0 else 0.0


class _Reward(NamedTuple):
    """What one node earned its model, on a scale from 0 to 1."""

    model: str
    reward: float


def _rewards(tree: SearchTree) -> list[_Reward]:
    """Of the last nodes that are known, in their order. The first node of all earns nothing: nothing was there."""
    scale, first = tree.scale, next(tree.known(), None)
    reference = first.gain if first else None

    def earned(node: Node) -> float:
        known = [gain for gain in (tree.nodes[node.parent].gain, reference) if gain is not None]
        if node.gain is None or not known or node is first:
            return 0.0
        reward = (node.gain - max(known)) / scale.span
        return min(max(reward, 0.0), 1.0) if math.isfinite(reward) else 0.0

    return [_Reward(node.model, earned(node)) for node in tree.nodes[-_WINDOW:] if node.trial is not None]


def _saturate(total: float, decay: float) -> float:
    """The fading of ShinkaEvolve: large sums lose more than their share."""
    return decay * total / (1 + (1 - decay) * total)


def _radius(total: int, count: int) -> float:
    return math.sqrt(2 * math.log(max(total, 1)) / max(count, 1))


def _cheapness(arms: dict[str, _Arm], total: int) -> dict[str, float]:
    """How cheap each model's nodes may be against the cheapest, in [0, 1]; one that costs nothing is the cheapest.

    A model without a finished node is taken for one of the others' median cost.
    """
    bounds = {model: arm.least_cost(total) for model, arm in arms.items() if arm.costs}
    usual = median(bounds.values()) if bounds else 0.0
    least = min(bounds.values(), default=0.0)
    return {model: least / bound if (bound := bounds.get(model, usual)) > 0 else 1.0 for model in arms}
