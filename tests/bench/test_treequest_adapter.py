"""The published AB-MCTS-A under the bench; runs where treequest is installed."""

import numpy as np
import pytest

from agents.schema import Choice
from agents.search.view import SearchView
from bench.search.grounds import FIVE
from bench.search.loop import Setup, run_search
from bench.search.treequest_adapter import TreequestA

pytest.importorskip("treequest", reason="treequest is not installed")
CRASH = next(ground for ground in FIVE if ground.name == "crash")


def test_searches_the_same_way_for_the_same_seed() -> None:
    once, again = (run_search(TreequestA(), CRASH, 4, Setup(30)) for _ in range(2))
    assert np.array_equal(once.values, again.values)


def test_builds_on_its_own_trials_and_chooses_among_all_models() -> None:
    course = run_search(TreequestA(dist_type="beta"), CRASH, 4, Setup(60))
    assert course.depth >= 2 and {"weak", "medium", "strong"} <= set(course.chosen)


def test_hears_of_every_trial_once_and_of_failures_as_zero() -> None:
    class Listening(TreequestA):
        def ask(self, view: SearchView) -> Choice:
            choice = super().ask(view)
            heard = sorted(score for scores in self._state.all_rewards_store.values() for score in scores)
            assert heard == sorted(trial.value or 0.0 for trial in view.tree.trials)
            return choice

    run_search(Listening(), CRASH, 4, Setup(30, lanes=2))
