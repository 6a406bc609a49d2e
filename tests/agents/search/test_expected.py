"""Estimates of the cheap baselines: exact where they can be worked out by hand, silent where too little is known."""

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.search.expected import Tried, expect, expected_best, tried_of
from tests.agents.store.samples import make_experiment, make_outcome

BASELINE = Tried("0", None, 0.5)


def drafts(*values: float | None) -> list[Tried]:
    return [BASELINE, *(Tried(f"d{place}", None, value) for place, value in enumerate(values))]


def edits(*steps: tuple[str, float | None]) -> list[Tried]:
    """A baseline and edits; each of a parent, by id; the k-th is called "k"."""
    return [BASELINE, *(Tried(str(place), parent, value) for place, (parent, value) in enumerate(steps, start=1))]


def listed(values: Sequence[float], draws: int) -> float:
    """The expectation by going through every sequence of draws."""
    ends = [max(drawn) for drawn in itertools.product(values, repeat=draws)]
    return sum(ends) / len(ends)


@given(values=st.lists(st.floats(-9, 9), min_size=3, max_size=5), draws=st.integers(1, 4))
def test_the_best_of_n_draws_is_what_all_sequences_of_draws_give(values: list[float], draws: int) -> None:
    assert expected_best(values, draws, None) == pytest.approx(listed(values, draws), abs=1e-9)


@given(values=st.lists(st.none() | st.floats(-9, 9), min_size=3, max_size=5), draws=st.integers(1, 4))
def test_a_failed_draft_is_worth_what_is_held_already(values: list[float | None], draws: int) -> None:
    as_floor = [1.0 if value is None else max(1.0, value) for value in values]
    assert expected_best(values, draws, 1.0) == pytest.approx(listed(as_floor, draws), abs=1e-9)


def test_without_a_floor_only_draws_that_succeed_count() -> None:
    assert expected_best([None, None, 4.0], 1, None) == pytest.approx(4.0)
    assert expected_best([None, None, None], 5, None) is None


def test_repeated_drafts_are_as_many_as_the_search_had_experiments() -> None:
    found = expect(drafts(0.2, 0.6, 0.8), "maximize")
    assert (found.experiments, found.repeated.seen) == (4, 3)
    assert found.repeated.value == pytest.approx(listed([0.5, 0.6, 0.8], 3))


def test_where_less_is_better_the_estimates_go_down() -> None:
    found = expect(drafts(0.2, 0.6, 0.8), "minimize")
    assert found.repeated.value == pytest.approx(-listed([-0.2, -0.5, -0.5], 3))


@pytest.mark.parametrize("nodes", [[], [BASELINE], drafts(0.7, 0.8), edits(("0", 0.6), ("1", 0.7))])
def test_fewer_than_three_drafts_or_edits_tell_nothing(nodes: list[Tried]) -> None:
    found = expect(nodes, "maximize")
    assert (found.repeated.value, found.keep_discard.value) == (None, None)


def test_edits_that_never_help_end_where_they_began() -> None:
    assert expect(edits(("0", 0.4), ("0", 0.3), ("0", None)), "maximize").keep_discard.value == 0.5


def test_edits_that_always_help_as_much_are_added_up() -> None:
    found = expect(edits(("0", 0.6), ("1", 0.7), ("2", 0.8)), "maximize")
    assert found.keep_discard.value == pytest.approx(0.8)


def test_one_helpful_edit_in_four_is_found_as_often_as_chance_has_it() -> None:
    """Four tries at one in four: the step is made unless all four miss."""
    found = expect(edits(("0", 0.6), ("0", 0.4), ("0", 0.4), ("0", 0.4)), "maximize").keep_discard
    assert found.seen == 4
    assert found.value == pytest.approx(0.5 + 0.1 * (1 - 0.75**4), abs=0.015)


@given(values=st.lists(st.none() | st.floats(-9, 9), min_size=3, max_size=30))
def test_no_chain_is_credited_with_more_than_was_seen(values: list[float | None]) -> None:
    """A search whose drafts gained 2.5 points on the baseline once made an accuracy of 102 per cent out of them."""
    nodes = [BASELINE, *(Tried(f"e{n}", f"e{n - 2}" if n > 1 else "0", value) for n, value in enumerate(values))]
    found = expect(nodes, "maximize").keep_discard.value
    known = [value for value in values if value is not None]
    assert found is None or 0.5 - 1e-9 <= found <= max([0.5, *known]) + 1e-9


def test_a_high_value_is_improved_as_edits_of_high_values_were() -> None:
    """Gains near the bottom are large; a chain that has left it finds none of them any more."""
    low = [Tried(f"low{place}", "0", 0.9) for place in range(40)]
    high = [Tried(f"high{place}", "low0", 0.8) for place in range(40)]
    assert expect([BASELINE, *low, *high], "maximize").keep_discard.value == pytest.approx(0.9)


def test_many_edits_of_one_parent_all_count_so_that_the_one_that_helped_is_not_missed() -> None:
    failures = [Tried(f"no{place}", "0", 0.4) for place in range(60)]
    nodes = [BASELINE, *failures, Tried("yes", "0", 0.9), *(Tried(f"top{place}", "yes", 0.1) for place in range(40))]
    assert expect(nodes, "maximize").keep_discard.value == pytest.approx(0.5 + 0.4 * 0.81, abs=0.05)


def test_a_draft_is_an_edit_of_the_baseline_where_no_other_edit_was_made() -> None:
    """A search that improved its best draft alone says of a chain's first steps what its drafts say."""
    nodes = [*drafts(0.9, 0.9, 0.9), *(Tried(f"e{place}", "d0", 0.8) for place in range(40))]
    found = expect(nodes, "maximize").keep_discard
    assert found.seen == 43
    assert found.value == pytest.approx(0.9, abs=0.02)


def test_repairs_and_repeats_are_no_edits() -> None:
    nodes = [*edits(("0", None), ("1", 0.9), ("1", 0.9)), Tried("r", "2", 0.95, "repeat")]
    assert expect(nodes, "maximize").keep_discard.seen == 1


def test_a_failed_baseline_gives_a_chain_nothing_to_start_from() -> None:
    nodes = [Tried("0", None, None), *drafts(0.6, 0.7, 0.8)[1:], *(Tried(f"e{n}", "d0", 0.9) for n in range(3))]
    found = expect(nodes, "maximize")
    assert found.keep_discard == (None, 3)
    assert found.repeated.value is not None


@given(seed=st.integers(0, 99), values=st.lists(st.none() | st.floats(-1.7e308, 1.7e308), min_size=3, max_size=12))
def test_the_same_nodes_and_seed_give_the_same_numbers(seed: int, values: list[float | None]) -> None:
    nodes = edits(*(("0", value) for value in values))
    found = expect(nodes, "minimize", seed)
    assert found == expect(nodes, "minimize", seed)
    assert all(each.value is None or math.isfinite(each.value) for each in (found.repeated, found.keep_discard))


def test_only_finished_search_nodes_were_tried() -> None:
    experiments = [
        make_experiment(2, parent="s1-0000", outcome=make_outcome(None, "crash")),
        make_experiment(0, outcome=make_outcome(0.9)),
        make_experiment(3),
        make_experiment(8, stage="confirm", outcome=make_outcome(0.9)),
    ]
    assert tried_of(experiments, "accuracy") == [Tried("s1-0000", None, 0.9), Tried("s1-0002", "s1-0000", None)]
