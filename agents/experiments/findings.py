"""What follows from the finished experiments of a study: winner, arms, paired gains, the primary comparison."""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from agents.experiments.arms import arm_experiments, choose_winner, claimed_metric, tests_claim
from agents.experiments.control import Tuning
from agents.experiments.spread import still_arms
from agents.experiments.statistics import Comparison, compare, interaction_contrasts, registered_rule
from agents.schema import Experiment, Registration, Template


class Pairs(NamedTuple):
    """Per-seed numbers of a comparison, and the experiments that they come from."""

    gains: list[float]
    experiments: tuple[str, ...]


class Findings:
    """The finished experiments of a plan, with what follows from them. Repeats of a search node are no nodes."""

    def __init__(self, plan: Registration, template: Template, experiments: Sequence[Experiment]) -> None:
        mine = (experiment for experiment in experiments if experiment.study == plan.study and experiment.outcome)
        self.plan = plan
        self.template = template
        self.experiments = sorted(mine, key=lambda experiment: experiment.index)
        search = [experiment for experiment in self.experiments if experiment.stage == "search"]
        self.nodes = [experiment for experiment in search if not experiment.is_repeat]
        self.repeats = [experiment for experiment in search if experiment.is_repeat]
        self.metric = claimed_metric(plan, template)
        self.rule = registered_rule(plan)
        self.winner = choose_winner(plan, search, self.metric)
        self.tuning = Tuning(plan, template, self.metric, self.winner, self.experiments) if self.winner else None
        self.control = self.tuning.choose() if self.tuning else None
        self.arms = self._arms(self.winner) if self.winner else {}

    def _arms(self, winner: Experiment) -> dict[str, list[Experiment]]:
        """Each arm's experiments; a control whose registered tuning is not whole has none, and nothing is compared."""
        arms = arm_experiments(self.plan, winner, self.experiments, self.control)
        return arms if self.control else arms | {"control": []}

    @property
    def is_control_like_winner(self) -> bool:
        """The control has the winner's companions, so that it differs from the winner in the factors alone."""
        return self.tuning is not None and not self.tuning.moved_companions

    @property
    def is_control_tuned(self) -> bool:
        """More than one setting of the companions was tried for the control."""
        return self.control is not None and self.control.tries > 0

    @cached_property
    def baseline(self) -> float | None:
        """The baseline node's metric in the search."""
        return next((node.value(self.metric.name) for node in self.nodes if node.index == 0), None)

    @cached_property
    def primary(self) -> Comparison | None:
        """Treatment against control, on which the verdict rests."""
        gains = self.pairs("treatment", "control").gains
        is_still = {"treatment", "control"} <= still_arms(self.arms, self.metric.name).keys()
        if self.winner is None or not gains:
            return None
        is_partial = not tests_claim(self.plan, self.winner)
        return compare(gains, self.rule, self.seed("effect.primary"), is_still=is_still, is_partial=is_partial)

    def pairs(self, *arms: str) -> Pairs:
        """Goodness of the first arm minus that of the second, per seed on which all of `arms` succeeded.

        Four arms give the interaction contrast of both, first, second, neither.
        """
        values = [self._goodness(arm) for arm in arms]
        seeds = [seed for seed in self.plan.confirm_seeds if all(seed in by_seed for by_seed in values)]
        columns = [[by_seed[seed][0] for seed in seeds] for by_seed in values]
        ids = tuple(dict.fromkeys(by_seed[seed][1] for by_seed in values for seed in seeds))
        if len(arms) == 4:
            return Pairs(interaction_contrasts(*columns), ids)
        return Pairs([ours - theirs for ours, theirs in zip(*columns, strict=True)], ids)

    def _goodness(self, arm: str) -> dict[int, tuple[float, str]]:
        """By seed, the metric turned so that higher is better, and the experiment's id."""
        measured = ((run, run.value(self.metric.name)) for run in self.arms.get(arm, []))
        return {run.seed: (self.metric.gain(value, 0.0), run.id) for run, value in measured if value is not None}

    def seed(self, key: str) -> int:
        """Seed of an entry's bootstrap, its own, so that no entry depends on which others there are."""
        text = f"{self.plan.study}/{self.plan.search_seed}/{key}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
