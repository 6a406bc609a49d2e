"""What evolution builds on, and how."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.schema import Choice
from agents.search.evolution import Evolution, parent_weights
from agents.search.islands import home_islands
from agents.search.tree import SearchTree, Trial
from agents.search.view import SearchView
from tests.agents.search.trees import grow, tree_of, trial, view

BREEDER = Evolution(drafts=0, draft_share=0, debug_probability=0, islands=1)
"""Does nothing but build on its archive."""


def choices(policy: Evolution, nodes: list[Trial], count: int = 300) -> list[Choice]:
    return [policy.ask(view(nodes, 20, seed)) for seed in range(count)]


def parents(policy: Evolution, nodes: list[Trial], count: int = 300) -> Counter[str | None]:
    return Counter(choice.parent for choice in choices(policy, nodes, count))


class TestParents:
    def test_weights_are_those_of_the_published_rule(self) -> None:
        nodes = tree_of([trial(0, 0.0), trial(1, 0.5), trial(2, 1.0), trial(3, None, 2)]).ranked()
        assert parent_weights(nodes) == pytest.approx([0.49998, 0.5, 4.5398e-5], rel=1e-4)

    def test_good_ones_are_built_on_most_and_bad_ones_hardly_ever(self) -> None:
        drawn = parents(BREEDER, [trial(number, number / 10) for number in range(9)], 1000)
        assert drawn["8"] > 150 and drawn["7"] > 150 and drawn["0"] + drawn["1"] < 20

    def test_what_was_built_on_often_makes_room(self) -> None:
        nodes = [trial(0, 0.8), trial(1, 0.81), *(trial(number, 0.1, 1) for number in range(2, 9))]
        drawn = parents(BREEDER, nodes)
        assert drawn["0"] > 2 * drawn["1"] > 0

    def test_nodes_under_way_count_as_children(self) -> None:
        tree = tree_of([trial(0, 0.5), trial(1, 0.5)])
        for number in range(2, 12):
            tree.pend(str(number), "0")
        drawn = Counter(BREEDER.ask(SearchView(tree, 12, 40, seed)).parent for seed in range(300))
        assert drawn["1"] > 5 * drawn["0"]

    def test_all_of_a_pareto_front_have_the_same_chance(self) -> None:
        nodes = [Trial(str(i), None, value, objectives=(1 - value,)) for i, value in enumerate((0.1, 0.9))]
        worse = [Trial("2", None, 0.05, objectives=(0.05,))]
        assert min(parents(BREEDER, [*nodes, *worse])[each] for each in ("0", "1")) > 100


class TestPatches:
    NODES = (trial(0, 0.5), trial(1, 0.6), trial(2, 0.7))

    def test_are_drawn_in_proportion(self) -> None:
        drawn = Counter(choice.patch for choice in choices(BREEDER, list(self.NODES), 2000))
        assert 1100 < drawn["edit"] < 1300 and 500 < drawn["rewrite"] < 700 and 140 < drawn["cross"] < 260

    def test_nothing_is_crossed_without_a_second_node(self) -> None:
        policy = BREEDER.model_copy(update={"edit": 0.0, "rewrite": 0.0, "cross": 1.0})
        assert {choice.patch for choice in choices(policy, [self.NODES[0]])} == {"edit"}
        assert {choice.patch for choice in choices(policy, list(self.NODES))} == {"cross"}

    def test_the_partner_of_a_cross_comes_first_and_is_no_parent(self) -> None:
        crossed = [each for each in choices(BREEDER, list(self.NODES), 1000) if each.patch == "cross"]
        assert {(each.parent, each.inspirations[0]) for each in crossed} >= {("2", "1"), ("1", "2")}
        assert all(each.parent not in each.inspirations for each in crossed)

    def test_shares_that_leave_nothing_to_do_are_refused(self) -> None:
        with pytest.raises(ValidationError, match="edit, rewrite, cross"):
            Evolution(edit=0, rewrite=0, cross=0)


class TestInspirations:
    NODES = tuple(trial(number, number / 10) for number in range(6))

    def test_are_shown_from_worst_to_best(self) -> None:
        policy = BREEDER.model_copy(update={"elites": 3, "top": 2, "cross": 0.0})
        for choice in choices(policy, list(self.NODES)):
            shown = [int(each) for each in choice.inspirations]
            assert shown == sorted(shown) and len(shown) == len(set(shown)) >= 3

    def test_include_the_best_of_all_but_the_parent(self) -> None:
        for choice in choices(BREEDER, list(self.NODES)):
            assert ("5" if choice.parent != "5" else "4") in choice.inspirations

    def test_can_be_switched_off(self) -> None:
        policy = BREEDER.model_copy(update={"elites": 0, "top": 0, "cross": 0.0})
        assert {choice.inspirations for choice in choices(policy, list(self.NODES))} == {()}


class TestDraftsAndRepairs:
    def test_the_first_nodes_are_drafts_and_later_ones_now_and_then(self) -> None:
        nodes = [trial(0, 0.5), trial(1, 0.6)]
        assert {Evolution().ask(view(nodes, index, seed)).parent for index in (1, 2, 3) for seed in range(9)} == {None}
        assert 150 < parents(Evolution(debug_probability=0), nodes, 1000)[None] < 250

    def test_while_nothing_works_failures_are_repaired_and_no_repair_goes_on_for_ever(self) -> None:
        failed = [trial(0, None), trial(1, None, 0), trial(2, None, 1), trial(3, None, 2)]
        assert set(parents(Evolution(), failed[:3])) == {"2"}
        assert set(parents(Evolution(), failed)) == {None}

    def test_a_repair_is_an_edit_without_a_partner(self) -> None:
        policy = Evolution(debug_probability=1)
        assert choices(policy, [trial(0, 0.5), trial(1, None)], 1) == [Choice(parent="1")]


class TestIslands:
    def test_each_is_bred_from_as_often_however_good_the_others_are(self) -> None:
        nodes = [trial(0, 0.9), trial(1, 0.1), trial(2, 0.8), trial(3, 0.2)]
        drawn = parents(BREEDER.model_copy(update={"islands": 2, "migrate_every": 1000}), nodes, 1000)
        assert 400 < drawn["1"] + drawn["3"] < 600

    def test_one_where_nothing_works_is_passed_over(self) -> None:
        nodes = [trial(0, 0.9), trial(1, None)]
        assert set(parents(BREEDER.model_copy(update={"islands": 2}), nodes)) == {"0"}

    def test_a_migrant_descends_from_the_best_of_an_island(self) -> None:
        policy = BREEDER.model_copy(update={"islands": 2, "migrate_every": 5})
        nodes = [trial(0, 0.9), trial(1, 0.1), trial(2, 0.9), trial(3, 0.1)]
        assert set(parents(policy, nodes)) == {"0", "1"}, "the fifth node migrates"
        assert set(parents(policy, nodes[:3])) == {"0", "1", "2"}, "the fourth does not"

    def test_a_whole_search_settles_every_island(self) -> None:
        steps = grow(Evolution(islands=3), [(7 * number) % 11 / 10 for number in range(60)])
        last, _ = steps[-1]
        assert min(Counter(home_islands(last.tree, 3, 5)).values()) >= 5


@given(
    values=st.lists(st.none() | st.floats(-5, 5), min_size=2, max_size=25),
    lag=st.integers(1, 4),
    seed=st.integers(0, 9),
    islands=st.integers(1, 4),
    size=st.integers(1, 6),
)
@settings(max_examples=40, deadline=None)
def test_inspirations_are_known_successes_and_a_cross_has_a_partner(
    values: list[float | None], lag: int, seed: int, islands: int, size: int
) -> None:
    policy = Evolution(islands=islands, archive_size=size, cross=1.0, elites=2, top=2)
    for seen, _ in grow(policy, values, lag, seed):
        choice = policy.ask(seen)
        assert all(seen.tree[each].gain is not None for each in choice.inspirations)
        assert choice.parent not in choice.inspirations
        assert choice.patch != "cross" or choice.inspirations


def test_a_large_tree_is_bred_from_all_the_same() -> None:
    tree = SearchTree()
    for number in range(3000):
        tree.tell(Trial(str(number), None, (number * 7919 % 3001) / 3001, niche="abcdef"[number % 6]))
    best = tree.best()
    drawn = Counter(BREEDER.ask(SearchView(tree, 3000, 4000, seed)).parent for seed in range(50))
    assert best is not None and drawn[best.id] and len(drawn) > 5
