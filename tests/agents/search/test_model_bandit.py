"""Which model the bandit favours, and that its sums are those of the published rule."""

import math
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.search.model_bandit import ModelBandit
from agents.search.tree import SearchTree, Trial
from agents.search.view import SearchView
from tests.agents.search.trees import tree_of, trial

MODELS = ("a", "b")
GREEDY = ModelBandit(epsilon=0)
BY_IMPROVEMENT = ModelBandit(epsilon=0, cost_weight=0, exploration=0)


def draws(bandit: ModelBandit, tree: SearchTree, models: tuple[str, ...] = MODELS, count: int = 400) -> Counter[str]:
    shown = SearchView(tree, 20, 40, 0, models)
    return Counter(bandit.draw(shown, random.Random(seed)) for seed in range(count))


def node(number: int, value: float | None, model: str, parent: int | None = 0, cost: float = 1.0) -> Trial:
    return Trial(str(number), None if parent is None else str(parent), value, model=model, cost=cost)


START = node(0, 0.5, "", None)


def test_a_model_that_improves_is_preferred_to_one_that_only_works() -> None:
    trials = [START, node(1, 0.8, "a"), node(2, 0.5, "b"), node(3, 0.7, "a"), node(4, 0.5, "b")]
    assert set(draws(BY_IMPROVEMENT, tree_of(trials))) == {"a"}


def test_losing_and_failing_are_forgiven_alike() -> None:
    lost = [START, node(1, 0.8, "a"), node(2, 0.1, "b"), node(3, 0.0, "")]
    failed = [START, node(1, 0.8, "a"), node(2, None, "b"), node(3, 0.0, "")]
    assert BY_IMPROVEMENT.scores(tree_of(lost), MODELS) == BY_IMPROVEMENT.scores(tree_of(failed), MODELS)


def test_only_what_beats_the_parent_counts_not_what_it_inherits() -> None:
    trials = [START, node(1, 0.9, "a"), node(2, 0.9, "b", 1), node(3, 0.9, "b", 1)]
    assert BY_IMPROVEMENT.scores(tree_of(trials), MODELS)["b"] == 0.0


def test_of_equals_the_cheaper_is_preferred() -> None:
    rounds = [(node(2 * i + 1, 0.5, "a", cost=10.0), node(2 * i + 2, 0.5, "b", cost=1.0)) for i in range(5)]
    assert set(draws(GREEDY, tree_of([START, *(each for pair in rounds for each in pair)]))) == {"b"}


def test_a_model_that_costs_nothing_is_the_cheapest() -> None:
    trials = [START, node(1, 0.5, "a", cost=0.0), node(2, 0.5, "b", cost=1.0)]
    assert set(draws(GREEDY, tree_of(trials))) == {"a"}


def test_a_model_that_was_never_tried_comes_first_but_not_twice_unseen() -> None:
    tree = tree_of([START, node(1, 0.9, "a")])
    assert set(draws(GREEDY, tree)) == {"b"}
    tree.pend("2", "0", "b")
    assert math.isfinite(GREEDY.scores(tree, MODELS)["b"])


def test_the_loser_gets_its_share() -> None:
    tree = tree_of([START, node(1, 0.9, "a"), node(2, 0.4, "b")])
    shares = draws(ModelBandit(epsilon=0.2, exploration=0), tree, count=2000)
    assert 300 < shares["b"] < 500


def test_success_of_long_ago_fades() -> None:
    early = [node(number, 0.5 + number / 100, "a", number - 1) for number in range(1, 6)]
    late = [node(number, 0.6, "ba"[number % 2], 0) for number in range(6, 120)]
    last = [node(120, 0.7, "b", 0), node(121, 0.5, "a", 0)]
    scores = BY_IMPROVEMENT.scores(tree_of([START, *early, *late, *last]), MODELS)
    assert scores["b"] > scores["a"]


def test_nothing_is_drawn_where_there_is_no_choice() -> None:
    rng = random.Random(0)
    shown = SearchView(tree_of([]), 1, 2, 0, ("", ""))
    assert ModelBandit().draw(shown, rng) == ""
    assert rng.random() == random.Random(0).random()


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 1)), min_size=2, max_size=40))
def test_sums_are_those_of_the_published_rule(steps: list[tuple[str, float]]) -> None:
    """Worked out step by step, as in ShinkaEvolve: add e^r - 1 and 1, then fade both for every model."""
    tree = tree_of([trial(0, 0.0), *(node(number, value, model) for number, (model, value) in enumerate(steps, 1))])
    span = tree.scale.span
    total, weight, highest = {"a": 0.0, "b": 0.0}, {"a": 0.0, "b": 0.0}, 0.0
    gains = [node.measured.mean - tree["0"].measured.mean for node in tree.known() if node.id != "0"]
    for (model, _), gain in zip(steps, gains, strict=True):
        total[model] += math.exp(gain / span) - 1
        weight[model] += 1
        highest = max(highest, *(total[each] / weight[each] for each in MODELS if weight[each]))
        for each in MODELS:
            weight[each] *= 0.95
            total[each] = 0.95 * total[each] / (1 + 0.05 * total[each])
        highest = 0.95 * highest / (1 + 0.05 * highest)
    scores = BY_IMPROVEMENT.scores(tree, MODELS)
    for model in {model for model, _ in steps}:
        mean = total[model] / weight[model]
        assert scores[model] == pytest.approx(min(1.0, mean / highest) if highest else 0.0, abs=1e-9)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.floats() | st.none(), st.floats(0, 1e300)), max_size=15),
)
def test_any_value_and_cost_leave_a_model_to_draw(rows: list[tuple[str, float | None, float]]) -> None:
    trials = [node(i, value, model, i - 1 if i else None, cost) for i, (model, value, cost) in enumerate(rows)]
    scores = ModelBandit().scores(tree_of(trials), ("a", "b"))
    assert not any(map(math.isnan, scores.values()))
    assert set(draws(ModelBandit(), tree_of(trials), count=5)) <= {"a", "b"}
