"""A tree is drawn so that no two nodes touch, parents stand above their children, and size and depth do no harm."""

import random
import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agents.cli.trees.layout import LEVEL, Layout, Place, lay_out

Parents = dict[str, str | None]


def made(parents: list[int | None]) -> Parents:
    return {str(name): None if parent is None else str(parent) for name, parent in enumerate(parents)}


@st.composite
def trees(draw: st.DrawFn) -> Parents:
    size = draw(st.integers(0, 60))
    return made([draw(st.none() | st.integers(0, place - 1)) if place else None for place in range(size)])


def row(layout: Layout, y: float) -> list[float]:
    return sorted(place.x for place in layout.places.values() if place.y == y)


@given(parents=trees())
def test_every_node_has_a_place_in_view_a_unit_from_every_other(parents: Parents) -> None:
    layout = lay_out(parents)
    assert layout.places.keys() == parents.keys()
    for y in {place.y for place in layout.places.values()}:
        xs = row(layout, y)
        assert all(right - left > 0.999 for left, right in pairwise(xs))
    assert all(0.49 < place.x < layout.width - 0.49 for place in layout.places.values())
    assert all(0.49 < place.y < layout.height - 0.49 for place in layout.places.values())


@given(parents=trees())
def test_nodes_stand_below_their_parents(parents: Parents) -> None:
    places = lay_out(parents).places
    assert all(places[name].y >= places[above].y + LEVEL - 1e-9 for name, above in parents.items() if above)


@given(parents=trees())
def test_nothing_but_its_own_nodes_lies_in_a_box(parents: Parents) -> None:
    layout = lay_out(parents)
    for box in layout.boxes:
        inside = {
            name
            for name, at in layout.places.items()
            if box.left < at.x < box.left + box.width and box.top < at.y < box.top + box.height
        }
        with_children = set(parents.values())
        assert inside == {name for name, above in parents.items() if above == box.parent and name not in with_children}


def test_a_parent_stands_above_the_middle_of_its_children() -> None:
    places = lay_out(made([None, 0, 0])).places
    assert places == {"0": Place(1.0, 0.5), "1": Place(0.5, 0.5 + LEVEL), "2": Place(1.5, 0.5 + LEVEL)}


def test_a_deep_chain_stands_beside_a_shallow_tree_without_taking_its_width() -> None:
    """Two chains that share a parent need two columns, however deep they are."""
    left, right = [0, *range(1, 50)], [0, *range(51, 100)]
    assert lay_out(made([None, *left, *right])).width == 2.0


def test_many_childless_siblings_share_a_box() -> None:
    layout = lay_out(made([None] + [0] * 40))
    (box,) = layout.boxes
    assert box.parent == "0"
    assert layout.width < 12


def test_a_parent_that_is_unknown_or_younger_makes_a_root() -> None:
    places = lay_out({"a": "b", "b": None, "c": "nobody"}).places
    assert {place.y for place in places.values()} == {0.5}


def test_ten_thousand_nodes_in_a_chain_or_at_random_are_laid_out_at_once() -> None:
    chain: list[int | None] = [None, *range(9_999)]
    rng = random.Random(0)
    bushy = [None, *(rng.randrange(place) for place in range(1, 10_000))]
    begun = time.process_time()
    assert lay_out(made(chain)).width == 1.0
    assert lay_out(made(bushy)).width < 3500
    assert time.process_time() - begun < 5
