"""A policy within the stages: where it is overruled, and where it is not."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.registry import find_adapter
from agents.schema import Choice
from agents.search import POLICIES
from agents.search.staged import LONGEST_REPAIR, Staged
from agents.search.stages import replications_of
from agents.search.tree import SearchTree, Trial
from agents.search.view import Policy, SearchView
from tests.agents.search.trees import tree_of, trial

VALUES = st.lists(st.none() | st.integers(-5, 5) | st.floats(), min_size=2, max_size=40)


class Told:
    """A policy of the user's own that always says the same."""

    def __init__(self, choice: Choice) -> None:
        self.choice = choice

    def ask(self, view: SearchView) -> Choice:
        return self.choice


def look(trials: list[Trial], index: int, total: int = 40) -> SearchView:
    return SearchView(tree_of(trials), index, total, 0, ("a",), replications_of(total), True)


def grow(policy: Policy, values: list[float | None], lag: int, seed: int) -> list[tuple[SearchView, Choice]]:
    """Every view of a search and what was chosen there; node i gets values[i]."""
    total, trials = len(values), [trial(0, values[0])]
    steps: list[tuple[SearchView, Choice]] = []
    for index in range(1, total):
        known, tree = max(0, index + 1 - lag), SearchTree()
        for each in trials[:known]:
            tree.tell(each)
        for each in trials[known:]:
            tree.pend(each.id, each.parent, each.model, each.patch)
        view = SearchView(tree, index, total, seed, ("a", "b"), replications_of(total), True)
        choice = policy.ask(view)
        trials.append(Trial(str(index), choice.parent, values[index], choice.model, choice.patch, choice.arm))
        steps.append((view, choice))
    return steps


class TestWorking:
    POLICY = Staged(Told(Choice(arm="bold", model="a", inspirations=("0",), patch="rewrite", parent="0")))

    def test_mends_the_oldest_failure_first(self) -> None:
        choice = self.POLICY.ask(look([trial(0, 0.1), trial(1, None), trial(2, None)], 4))
        assert choice == Choice(parent="1", model="a", phase="working")

    def test_else_takes_a_small_step_from_the_baseline(self) -> None:
        assert self.POLICY.ask(look([trial(0, 0.1)], 2)) == Choice(parent="0", model="a", phase="working")

    def test_leaves_a_chain_of_failed_repairs(self) -> None:
        chain = [trial(0, 0.1), trial(1, None), trial(2, None, 1), trial(3, None, 2), trial(4, None, 3)]
        assert self.POLICY.ask(look(chain, 6)).parent == "0"

    def test_lets_the_policy_draft_while_nothing_is_known(self) -> None:
        assert Staged(Told(Choice(model="a"))).ask(look([], 1)) == Choice(model="a", phase="working")


class TestTuning:
    NODES = (trial(0, 0.9), trial(1, 0.5), trial(2, 0.7))

    def test_steps_from_the_best_node_beside_the_baseline(self) -> None:
        choice = Staged(Told(Choice(model="a", arm="wide"))).ask(look([*self.NODES], 5))
        assert choice == Choice(parent="2", model="a", phase="tuning")

    def test_credits_the_arm_that_wanted_the_same(self) -> None:
        wanted = Choice(parent="2", arm="deep")
        assert Staged(Told(wanted)).ask(look([*self.NODES], 5)) == wanted.model_copy(update={"phase": "tuning"})

    def test_does_not_overrule_a_policy_of_the_users_own(self) -> None:
        wanted = Choice(parent="1", patch="rewrite", arm="mine")
        choice = Staged(Told(wanted), is_own=False).ask(look([*self.NODES], 5))
        assert choice == wanted.model_copy(update={"phase": "question"})


def test_the_question_is_the_policys_own_affair() -> None:
    wanted = Choice(parent="1", patch="cross", inspirations=("0",), arm="mine", model="a")
    choice = Staged(Told(wanted)).ask(look([trial(0, 0.1), trial(1, 0.5)], 20))
    assert choice == wanted.model_copy(update={"phase": "question"})


def test_a_replication_repeats_by_the_model_of_the_node_on_seeds_that_contestants_share() -> None:
    nodes = [trial(0, 0.1), trial(1, 0.5, model="b"), trial(2, 0.4, model="a")]
    policy = Staged(Told(Choice()))
    first = policy.ask(look(nodes, 36))
    assert first == Choice(parent="1", patch="repeat", model="b", phase="replication", sample=1)
    second = policy.ask(look([*nodes, trial(36, 0.6, 1, "repeat")], 37))
    assert (second.parent, second.sample) == ("2", 1)
    third = policy.ask(look([*nodes, trial(36, 0.6, 1, "repeat"), trial(37, 0.4, 2, "repeat")], 38))
    assert (third.parent, third.sample) == ("1", 2)


@pytest.mark.parametrize("name", POLICIES)
class TestAnyPolicy:
    @given(values=VALUES, lag=st.integers(1, 5), seed=st.integers(0, 99))
    @settings(max_examples=25, deadline=None)
    def test_builds_on_what_is_known_and_repeats_successes_alone(
        self, name: str, values: list[float | None], lag: int, seed: int
    ) -> None:
        steps = grow(Staged(find_adapter("policy", name, POLICIES)()), values, lag, seed)
        for view, choice in steps:
            parent = view.tree[choice.parent] if choice.parent else None
            assert choice.phase and choice.model in ("a", "b", "")
            assert parent is None or parent.trial is not None
            assert choice.patch != "repeat" or (parent is not None and parent.gain is not None)
            if parent is not None and parent.has_failed:
                assert view.tree.repairs_behind(parent) < LONGEST_REPAIR

    @given(values=VALUES, lag=st.integers(1, 5), seed=st.integers(0, 99))
    @settings(max_examples=25, deadline=None)
    def test_keeps_nothing_of_what_it_was_asked_before(
        self, name: str, values: list[float | None], lag: int, seed: int
    ) -> None:
        policy = Staged(find_adapter("policy", name, POLICIES)())
        steps = grow(policy, values, lag, seed)
        assert [policy.ask(view) for view, _ in reversed(steps)] == [choice for _, choice in reversed(steps)]

    @given(values=VALUES, seed=st.integers(0, 99))
    @settings(max_examples=25, deadline=None)
    def test_measures_as_often_again_as_was_registered_where_anything_worked(
        self, name: str, values: list[float | None], seed: int
    ) -> None:
        steps = grow(Staged(find_adapter("policy", name, POLICIES)()), values, 1, seed)
        last = replications_of(len(values))
        searched = values[1 : len(values) - last]
        if last and any(value is not None and math.isfinite(value) for value in searched):
            again = [choice.phase == "replication" for _, choice in steps]
            assert again == [False] * len(searched) + [True] * last
            assert all(choice.patch == "repeat" for _, choice in steps[len(searched) :])
