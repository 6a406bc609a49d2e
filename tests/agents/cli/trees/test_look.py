"""Colours tell better from worse in either direction, and no single value takes them all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.cli.trees.look import CIVIDIS, Span, colour_of, colour_span, mix, model_colours, shape_of
from agents.cli.trees.picture import KINDS
from agents.schema import Metric

UP = Metric(name="a", label="a", direction="maximize")
DOWN = Metric(name="a", label="a", direction="minimize")


def brightness(colour: str) -> float:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return 0.21 * red + 0.72 * green + 0.07 * blue


@given(first=st.floats(0, 1), second=st.floats(0, 1))
def test_a_better_value_is_never_darker(first: float, second: float) -> None:
    low, high = sorted((first, second))
    assert brightness(mix(low)) <= brightness(mix(high)) + 0.8  # of 255: channels are rounded


def test_what_better_means_decides_which_end_is_bright() -> None:
    span = Span(0.0, 10.0)
    assert (colour_of(10, span, UP), colour_of(10, span, DOWN)) == (CIVIDIS[-1], CIVIDIS[0])
    assert colour_of(99, span, UP) == CIVIDIS[-1]


def test_one_diverged_value_leaves_the_colours_to_the_others() -> None:
    span = colour_span([*(0.1 * place for place in range(10)), -1e9])
    assert span is not None
    assert span.low > -10


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.5]])
def test_without_a_difference_there_is_no_colour_to_give(values: list[float]) -> None:
    assert colour_span(values) is None


def test_every_kind_has_a_shape_of_its_own() -> None:
    assert len({shape_of(kind, 5) for kind in KINDS}) == len(KINDS)


def test_more_models_than_colours_share_them() -> None:
    assert len(model_colours(map(str, range(20)))) == 20
