"""The loop: equal to a hand-run, the same every time, and honest about what lanes may know."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from agents.schema import Choice
from agents.search.best_first import BestFirst
from agents.search.tree import SearchTree, Trial
from agents.search.view import SearchView
from agents.search.yardsticks import KeepDiscard, RepeatedSampling
from bench.search.grounds import FIVE, MODELS
from bench.search.landscape import make_landscape
from bench.search.loop import NAMES, Setup, run_search
from bench.search.luck import deal_luck
from bench.search.researcher import SimulatedResearcher

BASINS = next(ground for ground in FIVE if ground.name == "basins")
CRASH = next(ground for ground in FIVE if ground.name == "crash")


class Watching:
    """Repeated sampling that notes what it was shown."""

    def __init__(self) -> None:
        self.known: list[int] = []
        self.pending: list[int] = []

    def ask(self, view: SearchView) -> Choice:
        assert (view.total, view.models) == (30, NAMES) and view.index == len(self.known) + 1
        self.known.append(len(view.tree.trials))
        self.pending.append(sum(node.is_pending for node in view.tree.nodes))
        return Choice(model="weak")


class TestSequential:
    def test_equals_a_run_by_hand(self) -> None:
        policy, budget = BestFirst(), 40
        researcher = SimulatedResearcher(make_landscape(CRASH, 3), deal_luck(3, budget, 6), 0.03)
        tree, values, costs = SearchTree(), list[float](), list[float]()
        for index in range(1, budget + 1):
            choice = policy.ask(SearchView(tree, index, budget, 3, NAMES))
            attempt = researcher.carry_out(index - 1, str(index), choice)
            tree.tell(Trial(str(index), choice.parent, attempt.observed, choice.model, choice.patch, cost=attempt.cost))
            best = tree.best()
            values.append(researcher.truth(best.id) if best and best.id else 0.0)
            costs.append(attempt.cost)
        course = run_search(policy, CRASH, 3, Setup(budget))
        assert course.values.tolist() == values and course.spent.tolist() == np.cumsum(costs).tolist()

    def test_counts_what_was_chosen(self) -> None:
        counts = run_search(BestFirst(), CRASH, 3, Setup(40)).chosen
        kinds, models = {"draft", "edit", "repair"}, set(NAMES)
        assert set(counts) == kinds | models and counts["draft"] == 5
        assert sum(counts[kind] for kind in kinds) == sum(counts[model] for model in models) == 40

    def test_is_the_same_every_time(self) -> None:
        once, again = (run_search(BestFirst(), BASINS, 5, Setup(50)) for _ in range(2))
        assert once.values.tolist() == again.values.tolist() and once.best.tolist() == again.best.tolist()

    def test_differs_by_seed(self) -> None:
        five, six = (run_search(BestFirst(), BASINS, seed, Setup(50)).values for seed in (5, 6))
        assert not np.array_equal(five, six)

    def test_a_longer_search_starts_as_a_shorter_one(self) -> None:
        short, long = (run_search(KeepDiscard(), BASINS, 5, Setup(budget)).values for budget in (20, 60))
        assert short.tolist() == long[:20].tolist()

    def test_shows_all_that_came_before(self) -> None:
        policy = Watching()
        run_search(policy, BASINS, 0, Setup(30))
        assert policy.known == list(range(30)) and set(policy.pending) == {0}

    def test_recommends_nothing_before_the_first_success(self) -> None:
        hopeless = replace(CRASH, crash=1e9)
        course = run_search(RepeatedSampling(), hopeless, 0, Setup(10))
        assert course.best[0] == 0 and course.values[0] == 0.0

    def test_without_noise_what_is_recommended_never_gets_worse(self) -> None:
        values = run_search(BestFirst(), BASINS, 2, Setup(80, noise=0.0)).values
        assert all(later >= earlier for earlier, later in pairwise(values))

    def test_charges_the_price_of_the_model(self) -> None:
        class Strong(RepeatedSampling):
            def ask(self, view: SearchView) -> Choice:
                return Choice(model="strong")

        assert run_search(Strong(), BASINS, 0, Setup(5)).spent.tolist() == [MODELS[2].price * n for n in range(1, 6)]


class TestLanes:
    def test_know_what_came_of_trials_up_to_the_lag_and_hold_the_rest_pending(self) -> None:
        policy = Watching()
        run_search(policy, BASINS, 0, Setup(30, lanes=4))
        assert policy.known == [max(0, index - 8) for index in range(1, 31)]
        assert policy.pending == [min(index - 1, 7) for index in range(1, 31)]

    def test_do_the_same_work_in_less_time(self) -> None:
        one, eight = (run_search(RepeatedSampling(), BASINS, 0, Setup(200, lanes=lanes)) for lanes in (1, 8))
        assert one.makespan_s == pytest.approx(one.work_s) and eight.work_s == pytest.approx(one.work_s)
        assert 4.0 < eight.work_s / eight.makespan_s <= 8.0

    def test_change_nothing_for_a_policy_that_learns_nothing(self) -> None:
        one, eight = (run_search(RepeatedSampling(), BASINS, 0, Setup(60, lanes=lanes)) for lanes in (1, 8))
        assert one.values.tolist() == eight.values.tolist()

    def test_are_the_same_every_time(self) -> None:
        once, again = (run_search(BestFirst(), CRASH, 5, Setup(60, lanes=8)) for _ in range(2))
        assert once.values.tolist() == again.values.tolist() and once.makespan_s == again.makespan_s
