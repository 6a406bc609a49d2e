"""The bandit over models."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from agents.search.mixed_model import MixedBelief
from agents.search.model_choice import ModelStrategy, choose_model, weigh_prices
from agents.search.tree import Node, SearchTree, Trial
from agents.search.view import SearchView
from tests.agents.search.trees import tree_of, trial

MODELS = ("a", "b")


def made(scores: Mapping[str, Sequence[float | None]], costs: dict[str, float] | None = None) -> SearchTree:
    """Fresh drafts by each of these models."""
    pairs = [(model, value) for model, values in scores.items() for value in values]
    return tree_of(
        [
            Trial(f"{i}", None, value, model, cost=(costs or {}).get(model, 1.0))
            for i, (model, value) in enumerate(pairs)
        ]
    )


def choices(
    tree: SearchTree,
    strategy: ModelStrategy = "thompson",
    exponent: float = 0.0,
    *,
    models: tuple[str, ...] = MODELS,
    node: Node | None = None,
    is_mixed: bool = False,
) -> Counter[str]:
    view, generator = SearchView(tree, 30, 100, 0, models), np.random.default_rng(0)
    belief = MixedBelief() if is_mixed else None
    return Counter(choose_model(view, generator, strategy, exponent, node, belief) for _ in range(400))


GOOD_A = {"a": [0.8, 0.9, 1.0] * 5, "b": [0.0, 0.1, 0.2] * 5}


@pytest.mark.parametrize("is_mixed", [False, True])
@pytest.mark.parametrize("strategy", ["thompson", "stack"])
def test_prefers_the_model_that_scores_better(strategy: ModelStrategy, is_mixed: bool) -> None:
    assert choices(made(GOOD_A), strategy, is_mixed=is_mixed)["a"] > 380


@pytest.mark.parametrize("is_mixed", [False, True])
def test_without_scores_every_model_has_the_same_chance(is_mixed: bool) -> None:
    assert 160 < choices(SearchTree(), is_mixed=is_mixed)["a"] < 240


@pytest.mark.parametrize("is_mixed", [False, True])
def test_tries_a_new_model_and_leaves_a_removed_one(is_mixed: bool) -> None:
    chosen = choices(made({"a": [0.5, 0.6, 0.4] * 3, "b": [0.5, 0.3, 0.5]}), models=("b", "c"), is_mixed=is_mixed)
    assert set(chosen) == {"b", "c"} and min(chosen.values()) > 20


def test_failures_count_against_their_model() -> None:
    sound = {"a": [0.6, 0.8] * 4, "b": [0.6, 0.8] * 4}
    assert choices(made(sound))["b"] > 150 > choices(made({**sound, "b": [*sound["b"], *[None] * 8]}))["b"]


def test_bounds_take_untried_models_first_and_then_are_those_of_ucb1() -> None:
    assert choices(made({"a": [1.0, 0.0]}), "ucb") == {"b": 400}
    # Scores .5 +- sqrt(2 ln 12 / n): the one tried twice is less sure.
    assert choices(made({"a": [0.0, 1.0] * 5, "b": [0.0, 1.0]}), "ucb") == {"b": 400}
    tree = made({"a": [0.8] * 50, "b": [0.0, 0.0, *[1.0] * 7, 0.0]})
    bounds = {model: mean + math.sqrt(2 * math.log(60) / n) for model, mean, n in (("a", 0.8, 50), ("b", 0.7, 10))}
    assert choices(tree, "ucb") == {max(bounds, key=bounds.__getitem__): 400}


def test_pending_trials_spread_the_models() -> None:
    """With confidence bounds every pending trial makes its model less wanted; all lanes once took the same."""
    tree = made({"a": [0.4, 0.6], "b": [0.4, 0.6]})
    chosen: list[str] = []
    for lane in range(6):
        view = SearchView(tree, 4 + lane, 100, 0, MODELS)
        chosen.append(choose_model(view, view.generator(), "ucb"))
        tree.pend(f"lane {lane}", None, chosen[-1])
    assert Counter(chosen) == {"a": 3, "b": 3}


def test_stacked_models_are_judged_by_the_place_in_the_tree() -> None:
    nodes = [trial(0, 0.5, model="a")]
    nodes += [trial(1 + i, 0.5 + i / 100, 0, model="b") for i in range(6)]
    nodes += [trial(7 + i, 0.1 + i / 100, 0, model="a") for i in range(6)]
    nodes += [trial(13 + i, 0.95, model="a") for i in range(20)]
    tree = tree_of(nodes)
    assert choices(tree)["a"] > 300
    assert choices(tree, "stack", node=tree["0"])["b"] > 350
    assert 160 < choices(tree, "stack", node=tree["13"])["a"] < 240


class TestPrices:
    def test_the_dearer_of_two_equals_is_chosen_less(self) -> None:
        equals = {"a": [0.4, 0.6] * 10, "b": [0.4, 0.6] * 10}
        shares = [choices(made(equals, {"a": 1.0, "b": 3.0}), exponent=exponent)["b"] for exponent in (0.0, 0.3, 2.0)]
        assert shares[0] > 150 and shares[0] > shares[1] > shares[2] == 0

    def test_what_is_worth_less_than_nothing_is_worth_no_more_for_being_dear(self) -> None:
        view = SearchView(made({"a": [0.5], "b": [0.5]}, {"a": 1.0, "b": 9.0}), 3, 9, 0, MODELS)
        assert list(weigh_prices(view, MODELS, np.array([-1.0, -1.0]), 1.0)) == pytest.approx([-0.2, -1.8])
        assert list(weigh_prices(view, MODELS, np.array([1.0, 1.0]), 1.0)) == pytest.approx([5, 1 / 1.8])

    def test_an_unknown_price_is_an_ordinary_one(self) -> None:
        view = SearchView(made({"a": [0.5], "b": [0.5]}, {"a": 1.0, "b": 3.0}), 3, 9, 0, ("a", "b", "c"))
        assert weigh_prices(view, view.models, np.ones(3), 1.0)[2] == 1

    def test_free_models_can_be_weighed(self) -> None:
        for costs in ({"a": 0.0, "b": 0.0}, {"a": 0.0, "b": 1.0}):
            view = SearchView(made({"a": [0.5], "b": [0.5]}, costs), 3, 9, 0, MODELS)
            assert np.all(np.isfinite(weigh_prices(view, MODELS, np.ones(2), 1.0)))
