"""The seam between a reply that was cut off and its continuation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.llm.continuing import join_parts

CODE = "````code\nimport math\n\n\ndef area(radius):\n    return math.pi * radius**2\n````\n"


@given(st.integers(0, len(CODE)))
def test_rest_goes_right_behind(cut: int) -> None:
    assert join_parts(CODE[:cut], CODE[cut:]) == CODE


@given(st.integers(25, len(CODE) - 5), st.integers(20, 25))
def test_what_is_repeated_stands_once(cut: int, again: int) -> None:
    assert join_parts(CODE[:cut], CODE[cut - again :]) == CODE


@given(st.integers(10, len(CODE) - 6))
def test_fence_that_is_opened_again_is_dropped(cut: int) -> None:
    assert join_parts(CODE[:cut], "````code\n" + CODE[cut:]) == CODE


@given(st.integers(30, len(CODE)))
def test_reply_that_starts_anew_replaces_its_part(cut: int) -> None:
    assert join_parts(CODE[:cut], CODE) == CODE


@pytest.mark.parametrize("row", ["0, " * 20, "-" * 60, "\n    " * 20])
def test_row_of_the_same_goes_on_as_a_row(row: str) -> None:
    assert join_parts(row, row) == row + row
