"""Nodes that were measured again: who wins, and what ledger, outline and events make of the repeats."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.experiments.arms import choose_winner, plan_ablation, plan_confirmation
from agents.experiments.evidence import Hardware, weigh_evidence
from agents.experiments.findings import Findings
from agents.experiments.listing import MOST_LISTED, listed_experiments
from agents.schema import Evidence, Experiment, Phase, Template, measured_values
from tests.agents.experiments.study_records import CODE, finish, make_node, make_plan, make_template, write_template

METRIC = make_template().metric
SCORES = st.lists(st.integers(0, 9), min_size=1, max_size=6)


def node(index: int, score: float | None) -> Experiment:
    return make_node(index, {"rate": 0.3}, score)


def repeat(index: int, of: int, score: float | None, phase: Phase = "replication") -> Experiment:
    update = {"patch": "repeat", "phase": phase, "seed": 600 + index}
    return make_node(index, {"rate": 0.3}, score, parent=of).model_copy(update=update)


def winner(*nodes: Experiment) -> int | None:
    chosen = choose_winner(make_plan(), nodes, METRIC)
    return chosen.index if chosen else None


class TestWinner:
    def test_has_the_best_mean_of_its_measurements(self) -> None:
        nodes = [node(1, 9.0), node(2, 8.0), repeat(3, 1, 3.0), repeat(4, 2, 7.0)]
        assert winner(*nodes[:2]) == 1
        assert winner(*nodes) == 2

    def test_is_no_lucky_node_that_was_not_measured_again(self) -> None:
        """The third best needed only one measurement to beat two that had regressed to their means."""
        assert winner(node(1, 9.0), node(2, 8.0), node(3, 7.0), repeat(4, 1, 3.0), repeat(5, 2, 4.5)) == 2

    def test_is_never_a_repeat(self) -> None:
        assert winner(node(1, 5.0), repeat(2, 1, 9.0)) == 1

    def test_was_measured_as_often_as_any_give_or_take_once(self) -> None:
        """A contestant that fell out early once won by its few measurements."""
        twice = [repeat(10 + place, 1, 5.0) for place in range(3)]
        assert winner(node(1, 5.0), node(2, 9.0), repeat(4, 2, 4.0), *twice) == 1
        assert winner(node(1, 5.0), node(2, 9.0), repeat(4, 2, 4.0), repeat(5, 2, 4.0), *twice) == 2

    def test_is_not_confined_to_what_the_policy_chose_to_repeat(self) -> None:
        nodes = [node(1, 2.0), repeat(2, 1, 2.0, "question"), node(3, 9.0)]
        assert winner(*nodes) == 3
        assert winner(*nodes[:2], node(3, 1.9)) == 1

    def test_is_chosen_as_ever_where_every_repeat_failed(self) -> None:
        assert winner(node(1, 9.0), node(2, 8.0), repeat(3, 1, None), repeat(4, 2, None)) == 1

    def test_has_no_measurement_where_its_own_run_failed(self) -> None:
        assert winner(node(1, None), repeat(2, 1, 9.0)) is None

    def test_of_equal_means_is_the_first(self) -> None:
        assert winner(node(2, 5.0), node(1, 4.0), repeat(3, 1, 6.0), repeat(4, 2, 5.0)) == 1

    @given(st.lists(SCORES, min_size=1, max_size=6))
    def test_is_the_same_in_whatever_order_and_wins_its_own_comparison(self, scores: list[list[int]]) -> None:
        nodes = [node(place, float(values[0])) for place, values in enumerate(scores, start=1)]
        for place, values in enumerate(scores, start=1):
            nodes += [repeat(len(nodes) + 1 + k, place, float(value)) for k, value in enumerate(values[1:])]
        chosen = winner(*nodes)
        assert chosen is not None and chosen == winner(*reversed(nodes))
        measured = measured_values(nodes, "score")
        most = max(len(values) for values in measured.values())
        rivals = [values for values in measured.values() if len(values) >= max(2 if most > 1 else 1, most - 1)]
        means = [sum(values) / len(values) for values in rivals]
        own = measured[nodes[chosen - 1].id]
        assert sum(own) / len(own) == pytest.approx(max(means))


def weigh(folder: Path, repeats: list[Experiment]) -> tuple[Template, list[Experiment], Evidence]:
    template = write_template(folder)
    plan = make_plan(search_experiments=3 + len(repeats))
    search = [make_node(0, score=5.0), node(1, 9.0), node(2, 8.0), *repeats]
    chosen = choose_winner(plan, search, METRIC)
    assert chosen is not None
    args = (plan, chosen, CODE, template, "tester")
    planned = finish([*plan_confirmation(*args), *plan_ablation(*args)], lambda run: 5.0 + run.seed % 3)
    runs = [*search, *planned]
    return template, runs, weigh_evidence(plan, template, runs, Hardware(cpus=1, memory_gb=1.0))


class TestLedger:
    REPEATS = (repeat(3, 1, 3.0), repeat(4, 2, 7.0), repeat(5, 2, None))

    def test_has_the_mean_of_the_winner_and_rests_it_on_every_measurement(self, tmp_path: Path) -> None:
        _, _, evidence = weigh(tmp_path, list(self.REPEATS))
        best = evidence["search.best"]
        assert (best.value, best.n, best.aggregation) == (7.5, 2, "mean")
        assert best.experiments == ("s1-0002", "s1-0004")

    def test_counts_repeats_apart_from_nodes_and_among_experiments(self, tmp_path: Path) -> None:
        _, runs, evidence = weigh(tmp_path, list(self.REPEATS))
        counts = {key: evidence[f"search.{key}"].value for key in ("nodes", "ok", "failed", "drafts", "improves")}
        assert counts == {"nodes": 3, "ok": 3, "failed": 0, "drafts": 2, "improves": 0}
        assert (evidence["search.repeats"].value, evidence["search.repeats_failed"].value) == (3, 1)
        assert evidence["cost.experiments"].value == len(runs)
        assert evidence["exp.s1-0003.score"].value == 3.0

    def test_of_a_search_without_repeats_is_as_it_was(self, tmp_path: Path) -> None:
        _, _, evidence = weigh(tmp_path, [])
        assert not [key for key in evidence.quantities if key.startswith("search.repeats")]
        assert (evidence["search.best"].n, evidence["search.best"].aggregation) == (1, "single run")

    def test_is_the_same_worked_out_again_from_experiments_in_another_order(self, tmp_path: Path) -> None:
        template, runs, evidence = weigh(tmp_path, list(self.REPEATS))
        again = weigh_evidence(evidence.registration, template, runs[::-1], Hardware(cpus=1, memory_gb=1.0))
        assert again == evidence


def test_the_outline_of_a_long_search_has_the_repeats_of_what_it_lists() -> None:
    nodes = [make_node(0, score=0.0), *(node(index, float(index)) for index in range(1, MOST_LISTED + 60))]
    repeats = [repeat(900, MOST_LISTED + 59, 1000.0), repeat(901, 150, 0.0)]
    study = Findings(make_plan(search_experiments=902), make_template(), [*nodes, *repeats])
    listed = {run.id for run in listed_experiments(study)}
    assert "s1-0900" in listed and nodes[MOST_LISTED + 59].id in listed
    assert "s1-0901" not in listed
