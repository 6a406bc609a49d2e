"""AB-MCTS-A decides as treequest does, the authors' own package: same tree, same chances."""

from collections import Counter
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from agents.search.ab_mcts import AbMcts
from agents.search.tree import Trial
from agents.search.view import SearchView
from tests.agents.search.trees import tree_of, trial

DRAWS = 2000
ROOT = -1
Decisions = Counter[tuple[int, str]]

WIDE = [(0, 0.2, None), (1, 0.7, None), (2, 0.4, None), (3, 0.9, None), (4, 0.5, 1), (5, 0.8, 3), (6, 0.6, 3)]
CHAIN = [(0, 0.1, None), (1, 0.3, 0), (2, 0.5, 1), (3, 0.6, 2), (4, 0.9, 3), (5, 0.7, 2), (6, 0.2, 0), (7, 0.8, 4)]
UNLIKELY = [(0, 0.95, None), (1, 0.05, 0), (2, 0.1, 0), (3, 1.0, None), (4, 0.0, 3), (5, 0.5, 1), (6, 0.97, None)]
TREES = {"wide": WIDE, "chain": CHAIN, "unlikely": UNLIKELY}


@pytest.fixture(scope="module")
def treequest() -> ModuleType:
    return pytest.importorskip("treequest", reason="treequest is not installed; it is in the extras bench and dev")


def trials_of(tree: str, models: Sequence[str]) -> list[Trial]:
    return [trial(number, value, parent, model=models[number % len(models)]) for number, value, parent in TREES[tree]]


def decide(policy: AbMcts, trials: Sequence[Trial], models: tuple[str, ...]) -> Decisions:
    tree = tree_of(trials, scale="unit")
    choices = (policy.ask(SearchView(tree, index, DRAWS, 7, models)) for index in range(DRAWS))
    return Counter((ROOT if choice.parent is None else int(choice.parent), choice.model) for choice in choices)


def decide_there(algorithm: Any, trials: Sequence[Trial], models: tuple[str, ...]) -> Decisions:
    """What treequest decides. Trials are told in order, so that its numbers of nodes are ours."""
    np.random.seed(7)
    state = algorithm.init_tree()
    state.all_rewards_store.update({model: [] for model in models})
    for each in trials:
        parent = state.tree.root if each.parent is None else state.tree.get_node(int(each.parent))
        state.thompson_states.get_or_create(parent, list(models))
        started = state.trial_store.create_trial(parent, each.model)
        algorithm.tell(state, started.trial_id, ("state", each.value))
    _, asked = algorithm.ask_batch(state, DRAWS, list(models))
    return Counter((each.node_to_expand, each.action) for each in asked)


def distance(one: Decisions, other: Decisions) -> float:
    """Total variation."""
    return sum(abs(one[each] - other[each]) for each in {*one, *other}) / (2 * DRAWS)


def noise(one: Decisions, other: Decisions) -> float:
    """The distance that two samples of the same chances exceed once in a thousand times, by permutation."""
    pooled = np.array(list((one + other).values()))
    halves = np.random.default_rng(0).multivariate_hypergeometric(pooled, DRAWS, 4000)
    return float(np.quantile(np.abs(2 * halves - pooled).sum(axis=1) / (2 * DRAWS), 0.999))


@pytest.mark.slow
@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("models", [("a",), ("a", "b", "c")], ids=["1 model", "3 models"])
@pytest.mark.parametrize("likelihood", ["gaussian", "beta"])
def test_decides_as_treequest_does(treequest: ModuleType, tree: str, models: tuple[str, ...], likelihood: Any) -> None:
    trials = trials_of(tree, models)
    here = decide(AbMcts(form="A", likelihood=likelihood), trials, models)
    there = decide_there(treequest.ABMCTSA(dist_type=likelihood), trials, models)
    assert distance(here, there) <= noise(here, there)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["ucb", "stack"])
def test_chooses_models_as_treequest_does(treequest: ModuleType, strategy: Any) -> None:
    models, there_called = ("a", "b", "c"), {"ucb": "multiarm_bandit_ucb", "stack": "stack"}[strategy]
    trials = trials_of("chain", models)
    here = decide(AbMcts(form="A", model_strategy=strategy), trials, models)
    there = decide_there(treequest.ABMCTSA(model_selection_strategy=there_called), trials, models)
    assert distance(here, there) <= noise(here, there)


@pytest.mark.slow
def test_another_likelihood_is_told_apart(treequest: ModuleType) -> None:
    """The comparison above would notice a difference of this size."""
    trials = trials_of("wide", ("a",))
    here = decide(AbMcts(form="A", likelihood="beta"), trials, ("a",))
    there = decide_there(treequest.ABMCTSA(dist_type="gaussian"), trials, ("a",))
    assert distance(here, there) > 1.5 * noise(here, there)
