"""What AB-MCTS makes of crashes, and of models that are good in one place only."""

from collections import Counter
from typing import Literal

import pytest

from agents.search.ab_mcts import AbMcts
from agents.search.tree import SearchTree, Trial
from agents.search.view import SearchView
from tests.agents.search.trees import tree_of, trial


def parents(policy: AbMcts, tree: SearchTree, count: int = 400) -> Counter[str | None]:
    return Counter(policy.ask(SearchView(tree, 50 + seed, 900, seed)).parent for seed in range(count))


@pytest.mark.parametrize("form", ["A", "M"])
def test_a_node_on_which_everything_crashes_is_left(form: Literal["A", "M"]) -> None:
    """Its own score is the best there is, and without the crashes it was taken in seven choices of ten."""
    trials = [trial(0, 0.8), trial(1, 0.7), *(trial(number, 0.7 + 0.01 * (number - 2), 1) for number in range(2, 12))]
    crashes = [trial(number, None, 0) for number in range(12, 40)]
    policy = AbMcts(form=form, debug_probability=0)
    before, after = parents(policy, tree_of(trials))["0"], parents(policy, tree_of([*trials, *crashes]))["0"]
    assert after < 0.3 * 400 and after < before


def test_with_one_stack_per_model_a_place_learns_who_is_good_there() -> None:
    """Model a is good under idea 0, model b under idea 1; over the whole tree they are the same."""
    trials = [Trial("0", None, 0.5, model="a"), Trial("1", None, 0.5, model="b")]
    for number in range(2, 42):
        base, model = number % 2, "ab"[(number // 2) % 2]
        good = (base == 0) == (model == "a")
        trials.append(Trial(str(number), str(base), (0.9 if good else 0.1) + 0.001 * (number % 7), model=model))
    tree, policy = tree_of(trials, scale="unit"), AbMcts(form="A", model_strategy="stack")
    chosen = [policy.ask(SearchView(tree, 50 + seed, 900, seed, ("a", "b"))) for seed in range(600)]
    at_0 = Counter(choice.model for choice in chosen if choice.parent == "0")
    at_1 = Counter(choice.model for choice in chosen if choice.parent == "1")
    assert at_0.total() + at_1.total() > 20
    assert at_0["a"] >= at_0["b"] and at_1["b"] >= at_1["a"]
