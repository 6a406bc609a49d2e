"""What AB-MCTS does beyond what every policy must; its likeness to treequest is in test_ab_mcts_treequest.py."""

from collections import Counter
from itertools import product
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError

from agents.search.ab_mcts import AbMcts
from agents.search.descents import is_exhausted
from agents.search.tree import SearchTree
from agents.search.view import SearchView
from tests.agents.search.trees import grow, tree_of, trial

KINDS: dict[str, dict[str, Any]] = {
    "A": {"form": "A"},
    "A beta": {"form": "A", "likelihood": "beta"},
    "A ucb": {"form": "A", "model_strategy": "ucb"},
    "A stack": {"form": "A", "model_strategy": "stack", "price_exponent": 1.0},
    "M": {"form": "M"},
    "M ucb": {"form": "M", "model_strategy": "ucb", "price_exponent": 0.5},
    "M stack": {"form": "M", "model_strategy": "stack"},
}
every_kind = pytest.mark.parametrize("kind", KINDS)
both_forms = pytest.mark.parametrize("kind", ["A", "A beta", "A stack", "M", "M stack"])


def policy(kind: str, **options: Any) -> AbMcts:
    return AbMcts(**{**KINDS[kind], **options})


def parents(
    chooser: AbMcts, tree: SearchTree, models: tuple[str, ...] = ("",), times: int = 400
) -> Counter[str | None]:
    return Counter(chooser.ask(SearchView(tree, index, 1000, 3, models)).parent for index in range(times))


def wild_values(count: int) -> list[float | None]:
    rng = Random(1)
    return [
        rng.choice([None, rng.random(), 1e300, -1e300, 5e-324, float("nan"), rng.gauss(0, 1e3)]) for _ in range(count)
    ]


@every_kind
def test_takes_any_number_with_any_lag(kind: str) -> None:
    for lag, values in product((1, 4), (wild_values(40), [None] * 20, [0.5] * 20, [1e300, -1e300, 5e-324, 0.0] * 5)):
        for seen, chosen in grow(policy(kind), values, lag, models=("a", "b")):
            parent = seen.tree[chosen.parent] if chosen.parent else None
            assert parent is None or parent.trial is not None
            assert parent is None or not parent.has_failed or seen.tree.repairs_behind(parent) < 3
            assert chosen.model in ("a", "b")


@every_kind
def test_the_same_seed_makes_the_same_tree_and_another_another(kind: str) -> None:
    values = [Random(index).random() for index in range(40)]
    trees = [[step for _, step in grow(policy(kind), values, seed=seed, models=("a", "b"))] for seed in (1, 1, 2)]
    assert trees[0] == trees[1] != trees[2]


@every_kind
def test_a_chain_of_two_thousand_is_no_matter(kind: str) -> None:
    chain = [
        trial(number, number / 2000, number - 1 if number else None, model="ab"[number % 2]) for number in range(2000)
    ]
    chosen = parents(policy(kind), tree_of(chain), ("a", "b"), times=5)
    assert sum(chosen.values()) == 5


@both_forms
def test_goes_where_scores_are_better(kind: str) -> None:
    """Twenty good nodes below "0", as many bad ones below "1"."""
    nodes = [trial(0, 0.8), trial(1, 0.2)]
    nodes += [trial(2 + i, 0.8 + 0.01 * (i % 10), 0) for i in range(20)] + [
        trial(22 + i, 0.01 * i, 1) for i in range(20)
    ]
    tree = tree_of(nodes)
    chosen = parents(policy(kind), tree)
    below = Counter[str]()
    for parent, times in chosen.items():
        if parent is not None:
            below[list(tree.path(tree[parent]))[-1].id or ""] += times
    assert below["0"] > 5 * below["1"]


@pytest.mark.parametrize("kind", ["A", "A beta", "A stack"])
def test_widens_where_deeper_is_worse_and_deepens_where_it_is_better(kind: str) -> None:
    roots = [trial(number, 0.5 + 0.01 * number) for number in range(4)]
    worse = tree_of([*roots, *(trial(4 + i, 0.1 + 0.01 * i, i % 4) for i in range(12))])
    better = tree_of([*roots, *(trial(4 + i, 0.9 + 0.01 * i, i % 4) for i in range(12))])
    assert parents(policy(kind), worse)[None] > 1.5 * parents(policy(kind), better)[None]


@both_forms
def test_pending_trials_drive_others_elsewhere(kind: str) -> None:
    """Nothing is known of what is under way but the average: a good node is less wanted while others work on it."""
    nodes = [trial(0, 0.95), *(trial(number, 0.3 + 0.01 * number) for number in range(1, 8))]
    tree = tree_of(nodes)
    before = parents(policy(kind, pruning=False), tree, times=1500)["0"]
    for number in range(4):
        tree.pend(f"pending {number}", "0")
    after = parents(policy(kind, pruning=False), tree, times=1500)["0"]
    assert after < 0.85 * before


@every_kind
def test_children_of_a_removed_model_are_still_built_on(kind: str) -> None:
    nodes = [trial(number, 0.3 + 0.1 * (number % 3), model="gone") for number in range(6)]
    tree = tree_of([*nodes, trial(6, 1.0, model="gone"), trial(7, 0.98, 6, model="gone")])
    views = [SearchView(tree, index, 500, 1, ("a", "b")) for index in range(200)]
    chosen = [policy(kind).ask(view) for view in views]
    assert {each.model for each in chosen} <= {"a", "b"}
    assert any(each.parent is not None for each in chosen)


class TestFailures:
    @every_kind
    def test_are_repaired_as_often_as_asked_and_never_walked_to(self, kind: str) -> None:
        tree = tree_of([trial(0, 0.5), trial(1, None), trial(2, 0.6)])
        assert parents(policy(kind, debug_probability=0.0), tree)["1"] == 0
        assert 70 < parents(policy(kind, debug_probability=0.25), tree)["1"] < 130

    @every_kind
    def test_once_repaired_are_passed_through(self, kind: str) -> None:
        """The walk reaches what a repair made, and makes no second repair of the same failure."""
        tree = tree_of([trial(0, 0.1), trial(1, None), trial(2, 0.9, 1), trial(3, 0.95, 2)])
        chosen = parents(policy(kind, debug_probability=0.0), tree)
        assert chosen["2"] + chosen["3"] > 20 and chosen["1"] == 0

    @both_forms
    def test_make_more_of_their_kind_less_wanted(self, kind: str) -> None:
        nodes = [trial(0, 0.5), trial(1, 0.6), trial(2, 0.7, 0), trial(3, 0.4, 1), trial(4, 0.6, 0)]
        sound, shaky = tree_of(nodes), tree_of([*nodes, *(trial(5 + i, None) for i in range(10))])
        chooser = policy(kind, debug_probability=0.0)
        assert parents(chooser, shaky, times=1000)[None] < parents(chooser, sound, times=1000)[None] - 50

    def test_count_for_nothing_where_scores_are_absolute(self) -> None:
        nodes = [trial(0, 0.5), trial(1, 0.6), trial(2, 0.7, 0)]
        chooser = policy("A", debug_probability=0.0)
        without = parents(chooser, tree_of(nodes, scale="unit"))
        assert parents(chooser, tree_of([*nodes, trial(3, None), trial(4, None)], scale="unit")) == without


class TestPruning:
    SAME = [trial(0, 0.5), trial(1, 1.0), *(trial(number, 1.0, 1) for number in range(2, 6)), trial(6, 0.0)]

    def test_passes_over_a_subtree_that_scores_the_same_throughout(self) -> None:
        tree = tree_of(self.SAME)
        kept, pruned = (parents(policy("M", pruning=pruning), tree) for pruning in (False, True))
        assert kept["1"] + sum(kept[str(number)] for number in range(2, 6)) > 100
        assert set(pruned) <= {None, "0", "6"}

    def test_makes_new_ones_where_all_children_are_exhausted(self) -> None:
        assert set(parents(policy("M"), tree_of(self.SAME[1:6]))) == {None}

    @pytest.mark.parametrize(
        ("values", "expected"),
        [((0.5,) * 3, False), ((0.5,) * 4, True), ((0.5, 0.5, 0.5, 0.9), True), ((0.5, 0.5, 0.9, 0.1), False),
         ((0.501, 0.502, 0.499, 0.504), True), ((0.50, 0.51, 0.52, 0.53), False)],
    )  # fmt: skip
    def test_takes_three_of_four_equal_scores_to_two_decimals(self, values: tuple[float, ...], expected: bool) -> None:
        tree = tree_of([trial(i, value, i - 1 if i else None) for i, value in enumerate(values)], scale="unit")
        assert is_exhausted(tree, tree["0"]) is expected


@pytest.mark.parametrize(
    "options",
    [{"form": "B"}, {"prior_variance": 0}, {"likelihood": "beta", "form": "A", "prior_mean": 1.0},
     {"model_strategy": "best"}, {"price_exponent": -1}, {"prior_sd_within": float("inf")}],
)  # fmt: skip
def test_refuses_options_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AbMcts(**options)


def test_the_prior_mean_is_that_of_either_form() -> None:
    assert [AbMcts(form=form).belief.mean for form in ("A", "M")] == [0.0, 0.5]
    assert [AbMcts(form=form, prior_mean=0.3).belief.mean for form in ("A", "M")] == [0.3, 0.3]
