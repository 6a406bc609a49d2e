"""What sets each policy apart; what all of them must do is in tests/conformance/test_policy_conformance.py."""

from collections import Counter

from agents.search.best_first import BestFirst
from agents.search.greedy_drafts import GreedyDrafts
from agents.search.yardsticks import KeepDiscard, RandomSearch, RepeatedSampling
from tests.agents.search.trees import tree_of, trial, view

node = trial


class TestBestFirst:
    def test_drafts_first_even_when_a_good_node_is_there(self) -> None:
        nodes = [node(0, 0.1), node(1, 0.9)]
        assert [BestFirst().ask(view(nodes, index)).parent for index in range(1, 6)] == [None] * 5
        assert BestFirst().ask(view(nodes, 6)).parent == "1"

    def test_counts_drafts_that_it_cannot_see_yet(self) -> None:
        assert BestFirst().ask(view([node(0, 0.1)], 6)).parent == "0"

    def test_improves_the_best_node_and_of_equals_the_first(self) -> None:
        nodes = [node(0, 0.1), node(1, 0.9), node(2, 0.9), node(3, 0.5)]
        assert {BestFirst().ask(view(nodes, 10, seed)).parent for seed in range(20)} == {"1"}

    def test_repairs_failures_about_as_often_as_asked(self) -> None:
        nodes = [node(0, 0.5), node(1, None), node(2, None)]
        parents = Counter(BestFirst(debug_probability=0.3).ask(view(nodes, 10, seed)).parent for seed in range(1000))
        repairs = parents["1"] + parents["2"]
        assert 250 <= repairs <= 350 and min(parents["1"], parents["2"]) > 100

    def test_does_not_repair_what_was_repaired_before(self) -> None:
        nodes = [node(0, 0.5), node(1, None), node(2, 0.4, parent=1)]
        assert {BestFirst().ask(view(nodes, 10, seed)).parent for seed in range(50)} == {"0"}

    def test_gives_up_on_a_chain_of_failed_repairs(self) -> None:
        chain = [node(0, 0.5), node(1, None), node(2, None, 1), node(3, None, 2), node(4, None, 3)]
        assert [each.trial for each in tree_of(chain[:4]).open_failures(3)] == [chain[3]]
        assert tree_of(chain).open_failures(3) == []

    def test_repairs_when_nothing_works_and_drafts_when_nothing_can_be_repaired(self) -> None:
        failed = [node(0, None), node(1, None, 0), node(2, None, 1), node(3, None, 2)]
        assert {BestFirst().ask(view(failed[:3], 10, seed)).parent for seed in range(20)} == {"2"}
        assert {BestFirst().ask(view(failed, 10, seed)).parent for seed in range(20)} == {None}


def test_a_chain_of_repairs_is_counted_from_the_last_success() -> None:
    nodes = [node(0, 0.5), node(1, None, 0), node(2, None, 1), node(3, 0.6, 2), node(4, None, 3)]
    tree = tree_of(nodes)
    assert [tree.repairs_behind(tree[each.id]) for each in nodes] == [0, 0, 1, 2, 0]


def test_repeated_sampling_only_drafts() -> None:
    assert {RepeatedSampling().ask(view([node(0, 0.1), node(1, 0.9)], 10, seed)).parent for seed in range(20)} == {None}


def test_keep_discard_builds_on_the_best_alone() -> None:
    nodes = [node(0, 0.1), node(1, 0.9), node(2, None, 1), node(3, 0.8, 1)]
    assert {KeepDiscard().ask(view(nodes, 10, seed)).parent for seed in range(20)} == {"1"}


def test_random_search_takes_drafts_and_successes_alike_and_leaves_failures() -> None:
    nodes = [node(0, 0.1), node(1, None), node(2, 0.9)]
    parents = Counter(RandomSearch().ask(view(nodes, 10, seed)).parent for seed in range(900))
    assert set(parents) == {None, "0", "2"} and min(parents.values()) > 240


class TestGreedyDrafts:
    def test_drafts_first(self) -> None:
        nodes = [node(0, 0.1), node(1, 0.9)]
        assert {GreedyDrafts(draft_share=0).ask(view(nodes, index)).parent for index in (1, 2, 3)} == {None}
        assert GreedyDrafts(draft_share=0).ask(view(nodes, 4)).parent == "1"

    def test_drafts_again_in_its_share_of_decisions_and_improves_the_best_in_the_others(self) -> None:
        nodes = [node(0, 0.1), node(1, 0.9), node(2, 0.5)]
        parents = Counter(GreedyDrafts(draft_share=0.3).ask(view(nodes, 10, seed)).parent for seed in range(1000))
        assert set(parents) == {None, "1"} and 250 <= parents[None] <= 350

    def test_repairs_failures_in_its_share_of_what_is_no_draft(self) -> None:
        policy = GreedyDrafts(draft_share=0.5, debug_probability=0.4)
        parents = Counter(policy.ask(view([node(0, 0.5), node(1, None)], 10, seed)).parent for seed in range(1000))
        assert 450 <= parents[None] <= 550 and 150 <= parents["1"] <= 250 <= parents["0"] <= 350

    def test_without_fresh_drafts_is_best_first(self) -> None:
        nodes = [node(0, 0.5), node(1, 0.8), node(2, None), node(3, None, 2)]
        plain, greedy = BestFirst(debug_probability=1), GreedyDrafts(drafts=5, draft_share=0, debug_probability=1)
        views = [view(nodes, index) for index in range(1, 30)]
        assert {greedy.ask(each).parent for each in views[:5]} == {None}
        assert {greedy.ask(each).parent for each in views[5:]} == {plain.ask(each).parent for each in views[5:]}

    def test_drafts_where_nothing_works_and_nothing_can_be_repaired(self) -> None:
        policy = GreedyDrafts(draft_share=0, longest_repair=0)
        assert policy.ask(view([node(0, None)], 10)).parent is None
