"""Best so far never gets worse, counts everything that was tried, and is read off at round numbers."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cli.trees.chart import Panel, Series, draw_panel, round_steps
from agents.cli.trees.curve import best_so_far, milestones, value_at
from tests.agents.cli.trees.searches import METRIC, large_tree, node, small_tree, tree_of


def test_failures_and_repeats_count_and_are_never_the_best() -> None:
    tree = tree_of(node(0, 0.5), node(1, None), node(2, 0.9, 0, patch="repeat"), node(3, 0.6), node(4, status="open"))
    points = best_so_far(tree)
    assert [(point.made, point.best) for point in points] == [(1, 0.5), (2, 0.5), (3, 0.5), (4, 0.6)]
    assert points[-1].seconds == pytest.approx(6.0)


def test_before_the_first_success_there_is_no_best() -> None:
    assert [point.best for point in best_so_far(tree_of(node(0, None), node(1, 0.4)))] == [None, 0.4]


def test_the_best_never_gets_worse() -> None:
    for metric in (METRIC, METRIC.model_copy(update={"direction": "minimize"})):
        tree = tree_of(*large_tree(200).nodes, metric=metric)
        held = [point.best for point in best_so_far(tree)]
        assert all(
            metric.gain(late, early) >= 0 for early, late in pairwise(held) if early is not None and late is not None
        )


@pytest.mark.parametrize(
    ("count", "marks"),
    [(0, []), (1, [1]), (3, [1, 2, 3]), (20, [1, 2, 5, 10, 20]), (120, [1, 2, 5, 10, 20, 50, 100, 120])],
)
def test_milestones_are_round_and_end_with_the_last(count: int, marks: list[int]) -> None:
    assert milestones(count) == marks


def test_beyond_a_runs_end_there_is_no_value() -> None:
    points = best_so_far(small_tree())
    assert (value_at(points, 1), value_at(points, 9), value_at(points, 10)) == (0.5, 0.8, None)


@given(low=st.floats(-1e6, 1e6), width=st.floats(1e-3, 1e6))
def test_axes_have_a_few_round_numbers_within_their_range(low: float, width: float) -> None:
    steps = round_steps(low, low + width)
    assert 1 <= len(steps) <= 8
    assert all(low - 1e-6 * width <= step <= low + width * (1 + 1e-6) for step in steps)


@pytest.mark.parametrize("points", [[], [(1.0, 0.5)], [(1.0, 0.0), (2.0, 0.0)], [(1.0, 1e9), (1000.0, -1e9)]])
@pytest.mark.parametrize("is_log", [False, True])
def test_any_curve_can_be_drawn(points: list[tuple[float, float]], is_log: bool) -> None:
    drawn = draw_panel(Panel("x", "<y>", [Series("a & b", points, "#000000")], is_log), 300, 200)
    ElementTree.fromstring(f"<svg>{drawn}</svg>")
    assert "nan" not in drawn


def test_ten_thousand_on_an_axis_is_written_out() -> None:
    assert ">10000<" in draw_panel(Panel("x", "y", [Series("a", [(1.0, 0.0), (10_000.0, 1.0)], "#000000")]), 300, 200)
