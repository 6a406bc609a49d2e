"""Which stage a node belongs to, and what the last stage measures again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.search.stages import (
    STAGES,
    best_node,
    choose_remeasured,
    known_nodes,
    replications_of,
    search_size,
    searched_in,
    stage_of,
)
from agents.search.tree import Trial
from agents.search.view import SearchView
from tests.agents.experiments.study_records import make_plan
from tests.agents.search.trees import tree_of, trial

VALUES = st.lists(st.none() | st.integers(-5, 5), min_size=2, max_size=60)


def look(
    trials: list[Trial], index: int, *, total: int = 40, replications: int = 4, is_tunable: bool = True
) -> SearchView:
    return SearchView(tree_of(trials), index, total, 0, ("",), replications, is_tunable)


GOOD = [trial(0, 0.1), trial(1, 0.5)]


class TestStage:
    def test_is_the_first_working_version_while_only_the_baseline_worked(self) -> None:
        assert stage_of(look([], 1)) == "working"
        assert stage_of(look([trial(0, 0.9), trial(1, None)], 12)) == "working"

    def test_gives_up_a_first_working_version_once_its_share_is_spent(self) -> None:
        assert stage_of(look([trial(0, 0.9), trial(1, None)], 13)) == "question"

    def test_tunes_after_the_first_success_until_the_share_is_spent(self) -> None:
        assert [stage_of(look(GOOD, index)) for index in (2, 12, 13)] == ["tuning", "tuning", "question"]

    def test_has_tuned_once_a_good_node_had_its_steps_whatever_came_of_them(self) -> None:
        steps = [trial(number, value, 1) for number, value in ((2, 0.4), (3, None), (4, 0.9))]
        assert stage_of(look([*GOOD, *steps[:2]], 6)) == "tuning"
        assert stage_of(look([*GOOD, *steps], 6)) == "question"

    def test_does_not_count_steps_from_the_baseline(self) -> None:
        assert stage_of(look([*GOOD, *(trial(number, 0.2, 0) for number in range(2, 9))], 10)) == "tuning"

    @pytest.mark.parametrize(("total", "is_tunable"), [(40, False), (23, True), (12, True)])
    def test_goes_straight_to_the_question_without_companions_or_budget(self, total: int, is_tunable: bool) -> None:
        assert stage_of(look(GOOD, 2, total=total, is_tunable=is_tunable)) == "question"

    def test_measures_again_last(self) -> None:
        assert [stage_of(look(GOOD, index)) for index in (35, 36, 39)] == ["question", "replication", "replication"]

    def test_has_nothing_to_measure_again_without_a_success_beside_the_baseline(self) -> None:
        assert stage_of(look([trial(0, 0.9), trial(1, None)], 39)) == "question"

    def test_knows_the_baseline_whatever_was_decided_before_it_ended(self) -> None:
        """With a lag of two, node 1 is in the tree before the baseline's result is."""
        tree = tree_of([])
        tree.pend("1", None)
        tree.tell(trial(0, 0.9))
        assert stage_of(SearchView(tree, 2, 40, 0)) == "working"

    @given(values=VALUES, lag=st.integers(1, 6), is_tunable=st.booleans())
    @settings(max_examples=80, deadline=None)
    def test_never_comes_back(self, values: list[int | None], lag: int, is_tunable: bool) -> None:
        """Every view of a search whose nodes are built on the first success, or fresh."""
        first = next((place for place, value in enumerate(values) if place and value is not None), None)
        trials = [trial(place, value, first if first and place > first else None) for place, value in enumerate(values)]
        total = len(values)
        seen = [
            stage_of(look(trials[: max(0, index + 1 - lag)], index, total=total, replications=2, is_tunable=is_tunable))
            for index in range(1, total)
        ]
        places = [[*STAGES].index(stage) for stage in seen]
        assert places == sorted(places)


class TestPlan:
    def test_small_searches_measure_nothing_again_and_others_a_tenth(self) -> None:
        assert [replications_of(size) for size in (2, 12, 19, 20, 24, 100)] == [0, 0, 0, 2, 2, 10]

    @pytest.mark.parametrize(
        ("allowed", "candidates", "size"), [(12, None, 12), (40, 3, 4), (40, 25, 28), (40, 17, 20)]
    )
    def test_a_search_is_no_longer_than_it_has_candidates_beside_what_it_repeats(
        self, allowed: int, candidates: int | None, size: int
    ) -> None:
        assert search_size(allowed, candidates) == size

    @given(st.integers(2, 300), st.integers(1, 300))
    def test_no_candidate_is_left_out_for_the_sake_of_repeats(self, allowed: int, candidates: int) -> None:
        size = search_size(allowed, candidates)
        nodes = size - replications_of(size)
        assert nodes <= candidates + 1 or size == 2
        assert size == allowed or nodes == candidates + 1 or size == 2

    def test_the_replication_knows_the_whole_search_and_other_nodes_what_lies_the_lag_behind(self) -> None:
        plan = make_plan(search_experiments=40).model_copy(update={"replications": 4})
        assert [known_nodes(plan, index, 8) for index in (1, 8, 35, 36, 39)] == [0, 1, 28, 36, 36]
        assert [known_nodes(plan, index, 1) for index in (36, 38)] == [36, 38]

    def test_tuning_moves_companions_alone(self) -> None:
        plan = make_plan()
        assert searched_in("tuning", plan) == ("depth",)
        assert searched_in("question", plan) == searched_in("", plan) == ("rate", "width", "depth")


class TestReplication:
    """The search proper has 80 nodes, of which number n scores n/100 and the baseline beats them all."""

    SEARCH = (trial(0, 9.0), *(trial(number, number / 100) for number in range(1, 80)))

    def play(self, replications: int, values: dict[int, float], lag: int = 1) -> list[int]:
        """Numbers of the nodes that are measured again, when a repeat of node n gives values[n], else its own value."""
        nodes, chosen = list(self.SEARCH), list[int]()
        for index in range(80, 80 + replications):
            view = look([], index, total=80 + replications, replications=replications)
            for each in [*nodes[:80], *nodes[80 : max(80, index + 1 - lag)]]:
                view.tree.tell(each)
            for each in nodes[max(80, index + 1 - lag) :]:
                view.tree.pend(each.id, each.parent, each.model, each.patch)
            node = choose_remeasured(view)
            assert node is not None and node.id is not None
            chosen.append(int(node.id))
            nodes.append(trial(index, values.get(chosen[-1], chosen[-1] / 100), chosen[-1], "repeat"))
        return chosen

    def test_two_measurements_go_to_the_two_best_beside_the_baseline(self) -> None:
        assert self.play(2, {}) == [79, 78]

    @pytest.mark.parametrize("lag", [1, 4, 30])
    def test_halves_the_contestants_from_round_to_round(self, lag: int) -> None:
        chosen = self.play(24, {79: 0.1, 78: 0.2, 77: 0.3}, lag)
        assert sorted(chosen[:8]) == list(range(72, 80))
        if lag < 8:
            assert sorted(set(chosen[8 + lag : 16])) == [73, 74, 75, 76][: len(set(chosen[8 + lag : 16]))]
            assert set(chosen[16 + lag :]) <= {75, 76}

    def test_counts_what_is_under_way(self) -> None:
        """Two lanes must not both measure the best node and leave the second best alone."""
        assert self.play(2, {}, lag=10) == [79, 78]

    def test_chooses_none_where_nothing_succeeded(self) -> None:
        nodes = [trial(0, 1.0), trial(1, None)]
        assert best_node(tree_of(nodes)) is None
        assert choose_remeasured(look(nodes, 38, total=40, replications=2)) is None

    def test_a_node_whose_repeats_fail_is_not_measured_for_ever(self) -> None:
        nodes = [*GOOD, trial(2, 0.4), trial(36, None, 1, "repeat")]
        node = choose_remeasured(look(nodes, 37))
        assert node is not None and node.id == "2"
