"""The Pareto front against its definition, row by row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agents.search.pareto import crowding, front, non_dominated, sort_fronts, vectors_of
from agents.search.tree import Trial
from tests.agents.search.trees import tree_of, trial

Row = tuple[float, ...]
ROWS = st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[st.integers(0, 4)] * width), min_size=1))


def dominates(one: Row, other: Row) -> bool:
    return one != other and all(mine >= its for mine, its in zip(one, other, strict=True))


def array(rows: list[Row]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(rows[0]))


def node(number: int, value: float | None, *objectives: float) -> Trial:
    return Trial(str(number), None, value, objectives=objectives)


@given(ROWS)
def test_a_row_is_on_the_front_if_and_only_if_none_dominates_it(rows: list[Row]) -> None:
    expected = [not any(dominates(other, row) for other in rows) for row in rows]
    assert non_dominated(array(rows)).tolist() == expected


@given(ROWS)
def test_a_front_is_what_is_left_when_those_before_it_are_taken_away(rows: list[Row]) -> None:
    ranks = sort_fronts(array(rows)).tolist()
    for row, rank in zip(rows, ranks, strict=True):
        assert not any(dominates(other, row) for other, its in zip(rows, ranks, strict=True) if its >= rank)
        if rank:
            assert any(dominates(other, row) for other, its in zip(rows, ranks, strict=True) if its == rank - 1)


@given(ROWS)
def test_fronts_do_not_depend_on_the_order_of_rows(rows: list[Row]) -> None:
    assert sort_fronts(array(rows[::-1])).tolist() == sort_fronts(array(rows)).tolist()[::-1]


def test_the_ends_of_a_front_are_not_crowded_and_a_place_between_close_neighbours_is() -> None:
    places = crowding(array([(0.0, 10.0), (1.0, 9.0), (2.0, 8.0), (6.0, 4.0), (10.0, 0.0)])).tolist()
    assert places[0] == places[4] == float("inf")
    assert places[1:4] == [0.2 + 0.2, 0.5 + 0.5, 0.8 + 0.8]


def test_a_column_without_range_crowds_nobody() -> None:
    assert crowding(array([(1.0,), (1.0,)])).tolist() == [0.0, 0.0]


class TestFrontOfATree:
    def test_is_the_best_node_where_there_is_one_objective(self) -> None:
        assert [each.id for each in front(tree_of([trial(0, 0.3), trial(1, 0.9), trial(2, 0.9)]))] == ["1"]

    def test_is_empty_where_nothing_succeeded(self) -> None:
        assert front(tree_of([trial(0, None)])) == front(tree_of([])) == []

    def test_holds_every_trade_off_with_the_best_gain_first(self) -> None:
        nodes = [node(0, 0.5, 0.5), node(1, 0.9, 0.1), node(2, 0.1, 0.9), node(3, 0.4, 0.4), node(4, None, 9.0)]
        assert [each.id for each in front(tree_of(nodes))] == ["1", "0", "2"]

    def test_names_one_of_several_equal_nodes(self) -> None:
        assert [each.id for each in front(tree_of([node(0, 0.5, 0.5), node(1, 0.5, 0.5)]))] == ["0"]

    def test_takes_a_minimised_metric_the_right_way_round(self) -> None:
        nodes = [node(0, 0.5, 0.5), node(1, 0.9, 0.5), node(2, 0.9, 0.6)]
        assert [each.id for each in front(tree_of(nodes, "minimize"))] == ["0", "2"]

    def test_counts_an_objective_that_was_not_measured_as_the_worst(self) -> None:
        nodes = [node(0, 0.5, 0.1), node(1, 0.5), node(2, 0.5, float("nan")), node(3, 0.5, float("inf"))]
        assert [each.id for each in front(tree_of(nodes))] == ["0"]


@given(st.lists(st.tuples(st.floats() | st.none(), st.lists(st.floats(), max_size=2)), max_size=12))
def test_any_number_has_its_place(rows: list[tuple[float | None, list[float]]]) -> None:
    tree = tree_of([node(number, value, *more) for number, (value, more) in enumerate(rows)])
    assert np.isfinite(vectors_of(tree.ranked())).all()
    assert bool(front(tree)) == (tree.best() is not None)
