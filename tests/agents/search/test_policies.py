"""What sets each policy apart; what all of them must do is in tests/conformance/test_policy_conformance.py."""

from collections import Counter

from agents.schema import Experiment, Metric, Outcome, SearchView, experiment_id
from agents.search.best_first import BestFirst
from agents.search.random_search import RandomSearch
from agents.search.tree import open_failures, repairs_so_far

METRIC = Metric(name="score", label="score", direction="maximize")


def node(index: int, value: float | None, parent: int | None = None) -> Experiment:
    outcome = Outcome(status="timeout") if value is None else Outcome(status="ok", metrics={"score": value})
    return Experiment(
        id=experiment_id("s1", index), study="s1", index=index, stage="search", change="", config={}, code_sha256="",
        parent=None if parent is None else experiment_id("s1", parent), seed=0, split="search", researcher="tester",
        outcome=outcome,
    )  # fmt: skip


def view(nodes: list[Experiment], index: int = 10, seed: int = 0) -> SearchView:
    return SearchView(nodes=tuple(nodes), metric=METRIC, index=index, total=40, seed=seed)


class TestBestFirst:
    def test_drafts_first_even_when_a_good_node_is_there(self) -> None:
        nodes = [node(0, 0.1), node(1, 0.9)]
        assert [BestFirst().ask(view(nodes, index)).parent for index in range(1, 6)] == [None] * 5
        assert BestFirst().ask(view(nodes, 6)).parent == "s1-0001"

    def test_counts_drafts_that_it_cannot_see_yet(self) -> None:
        assert BestFirst().ask(view([node(0, 0.1)], 6)).parent == "s1-0000"

    def test_improves_the_best_node_and_of_equals_the_first(self) -> None:
        nodes = [node(0, 0.1), node(1, 0.9), node(2, 0.9), node(3, 0.5)]
        assert {BestFirst().ask(view(nodes, 10, seed)).parent for seed in range(20)} == {"s1-0001"}

    def test_repairs_failures_about_as_often_as_asked(self) -> None:
        nodes = [node(0, 0.5), node(1, None), node(2, None)]
        parents = Counter(BestFirst(debug_probability=0.3).ask(view(nodes, 10, seed)).parent for seed in range(1000))
        repairs = parents["s1-0001"] + parents["s1-0002"]
        assert 250 <= repairs <= 350 and min(parents["s1-0001"], parents["s1-0002"]) > 100

    def test_does_not_repair_what_was_repaired_before(self) -> None:
        nodes = [node(0, 0.5), node(1, None), node(2, 0.4, parent=1)]
        assert {BestFirst().ask(view(nodes, 10, seed)).parent for seed in range(50)} == {"s1-0000"}

    def test_gives_up_on_a_chain_of_failed_repairs(self) -> None:
        chain = [node(0, 0.5), node(1, None), node(2, None, 1), node(3, None, 2), node(4, None, 3)]
        assert open_failures(view(chain[:4]), 3) == [chain[3]]
        assert open_failures(view(chain), 3) == []

    def test_repairs_when_nothing_works_and_drafts_when_nothing_can_be_repaired(self) -> None:
        failed = [node(0, None), node(1, None, 0), node(2, None, 1), node(3, None, 2)]
        assert {BestFirst().ask(view(failed[:3], 10, seed)).parent for seed in range(20)} == {"s1-0002"}
        assert {BestFirst().ask(view(failed, 10, seed)).parent for seed in range(20)} == {None}


def test_a_chain_of_repairs_is_counted_from_the_last_success() -> None:
    nodes = [node(0, 0.5), node(1, None, 0), node(2, None, 1), node(3, 0.6, 2), node(4, None, 3)]
    assert [repairs_so_far(view(nodes), each) for each in nodes] == [0, 0, 1, 2, 0]


def test_random_search_takes_drafts_and_successes_alike_and_leaves_failures() -> None:
    nodes = [node(0, 0.1), node(1, None), node(2, 0.9)]
    parents = Counter(RandomSearch().ask(view(nodes, 10, seed)).parent for seed in range(900))
    assert set(parents) == {None, "s1-0000", "s1-0002"} and min(parents.values()) > 240
