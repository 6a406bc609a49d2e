"""AB-MCTS: at every node of the tree, go wider or deeper, by Thompson sampling."""

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from agents.schema import Choice, Finite, Record
from agents.search.descents import Aggregation, Descent, Mixture
from agents.search.mixed_model import MixedBelief
from agents.search.model_choice import ModelStrategy, choose_model
from agents.search.posteriors import BetaBelief, GaussianBelief
from agents.search.tree import Node
from agents.search.view import SearchView


class AbMcts(Record):
    """Adaptive branching Monte Carlo tree search (Inoue et al., "Wider or Deeper?", arXiv:2503.04412).

    From the root, every step draws whether to make a new child here or to go into one of the children, until a new one
    is to be made. Form "A" keeps conjugate posteriors (`likelihood` "gaussian" or "beta"), form "M" fits a mixed model.
    Who makes the child is a bandit over the models' scores in the whole tree, or with "stack" a choice made at every
    node. On a tree with scale "unit" and without failures the decisions are those of treequest.

    A failure scores 0 for its model and for more children like it, where scores are relative ("range"). With
    `debug_probability`, or while nothing has succeeded, a failed leaf is repaired instead of the walk, at most
    `longest_repair` times in a row.
    """

    form: Literal["A", "M"] = "M"
    likelihood: Literal["gaussian", "beta"] = "gaussian"
    model_strategy: ModelStrategy = "thompson"
    price_exponent: float = Field(default=0.0, ge=0, le=10)
    pruning: bool = True
    debug_probability: float = Field(default=0.5, ge=0, le=1)
    longest_repair: int = Field(default=3, ge=0)
    prior_mean: Finite | None = None
    prior_weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    prior_freedom: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    prior_variance: float = Field(default=0.1, gt=0, allow_inf_nan=False)
    prior_sd_mean: float = Field(default=0.2, gt=0, allow_inf_nan=False)
    prior_sd_between: float = Field(default=0.2, gt=0, allow_inf_nan=False)
    prior_sd_within: float = Field(default=0.3, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _check_mean(self) -> Self:
        if self.prior_mean is not None and isinstance(self.belief, BetaBelief) and not 0 < self.prior_mean < 1:
            raise ValueError(f"prior_mean of a beta likelihood must lie between 0 and 1, is {self.prior_mean}")
        return self

    def ask(self, view: SearchView) -> Choice:
        generator = view.generator()
        node = self._failure(view, generator)
        if node is not None:
            return Choice(parent=node.id, model=self._model(view, node, generator))
        node, model = self._walk(view, generator)
        return Choice(parent=node.id, model=self._model(view, node, generator) if model is None else model)

    @property
    def belief(self) -> GaussianBelief | BetaBelief | MixedBelief:
        """What is believed of scores before any is known, and how it is learnt from them."""
        if self.form == "M":
            mean = 0.5 if self.prior_mean is None else self.prior_mean
            return MixedBelief(mean, self.prior_sd_mean, self.prior_sd_between, self.prior_sd_within)
        if self.likelihood == "beta":
            return BetaBelief(0.5 if self.prior_mean is None else self.prior_mean, self.prior_weight)
        return GaussianBelief(self.prior_mean or 0.0, self.prior_weight, self.prior_freedom, self.prior_variance)

    @property
    def descent(self) -> Descent:
        belief, per_model = self.belief, self.model_strategy == "stack"
        if isinstance(belief, MixedBelief):
            return Mixture(belief, per_model, self.price_exponent, self.pruning)
        return Aggregation(belief, per_model, self.price_exponent)

    def _failure(self, view: SearchView, generator: np.random.Generator) -> Node | None:
        """A failed leaf to repair, if there is one and it is wanted."""
        if generator.random() >= self.debug_probability and view.tree.best():
            return None
        failures = view.tree.open_failures(self.longest_repair)
        return failures[generator.integers(len(failures))] if failures else None

    def _walk(self, view: SearchView, generator: np.random.Generator) -> tuple[Node, str | None]:
        """The node to build on, and the model if the last step chose it too."""
        descent, node = self.descent, view.tree.root
        while node.children:
            step = descent.step(view, node, generator)
            if step.child is None:
                return node, step.model
            node = step.child
        return node, None

    def _model(self, view: SearchView, node: Node, generator: np.random.Generator) -> str:
        return choose_model(view, generator, self.model_strategy, self.price_exponent, node, self.belief)
