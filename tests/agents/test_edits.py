"""Search/replace edits do what they say, or nothing: a model that copied a line wrongly is told where it went wrong."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agents.edits import CLOSE, MIDDLE, OPEN, apply_edits, parse_edits

CODE = """import numpy as np

RATE = 0.1


def train(data):
    for row in data:
        step(row)
    return data


def test(data):
    for row in data:
        check(row)
    return data
"""


def edit(search: str, replace: str) -> str:
    return f"{OPEN}\n{search}{MIDDLE}\n{replace}{CLOSE}\n"


def test_one_edit_changes_its_lines_alone() -> None:
    assert apply_edits(CODE, edit("RATE = 0.1\n", "RATE = 0.2\n")) == CODE.replace("0.1", "0.2")


def test_edits_may_come_in_any_order_and_are_all_found_in_the_text_as_it_was() -> None:
    later, earlier = edit("        check(row)\n", "        step(row)\n"), edit("        step(row)\n", "        pass\n")
    expected = CODE.replace("        step(row)", "        pass").replace("        check(row)", "        step(row)")
    assert apply_edits(CODE, later + "Then the other one:\n\n" + earlier) == expected


def test_lines_are_deleted_added_and_blanked() -> None:
    assert apply_edits("a\nb\nc\n", edit("b\n", "")) == "a\nc\n"
    assert apply_edits("a\nb\nc\n", edit("b\n", "b\nb2\n")) == "a\nb\nb2\nc\n"
    assert apply_edits("a\nb\nc\n", edit("b\n", "\n")) == "a\n\nc\n"
    assert apply_edits("a\nb", edit("b\n", "c\n")) == "a\nc"


def test_white_space_at_line_ends_and_carriage_returns_may_differ() -> None:
    assert apply_edits("a  \r\nb\r\n", edit("a\nb   \n", "c\nd\n")) == "c\r\nd\r\n"
    assert apply_edits("a\nb\n", edit("a\r\nb\r\n", "c\r\n").replace(MIDDLE, MIDDLE + "\r")) == "c\n"


def test_indentation_may_not_differ() -> None:
    with pytest.raises(ValueError, match="edit 1: its SEARCH is nowhere") as error:
        apply_edits(CODE, edit("for row in data:\n    step(row)\n", "pass\n"))
    assert str(error.value).endswith("Nearest, from line 7:\n    for row in data:\n        step(row)")


def test_a_line_copied_wrongly_is_shown_as_it_is() -> None:
    with pytest.raises(ValueError, match="edit 2: its SEARCH is nowhere") as error:
        apply_edits(CODE, edit("RATE = 0.1\n", "") + edit("        step(rows)\n", ""))
    assert "Nearest, from line 8:\n        step(row)" in str(error.value)


def test_what_is_like_nothing_there_is_said_to_be() -> None:
    with pytest.raises(ValueError, match="copy the lines from the code"):
        apply_edits(CODE, edit("@@@@@@@@@\n", ""))


def test_a_search_that_stands_twice_is_refused_with_its_places() -> None:
    with pytest.raises(ValueError, match=r"2 times \(from lines 7, 13\); take in more lines"):
        apply_edits(CODE, edit("    for row in data:\n", "    while data:\n"))


def test_edits_that_share_a_line_are_refused() -> None:
    with pytest.raises(ValueError, match="edits 1 and 2 share line 8"):
        apply_edits(CODE, edit("        step(row)\n", "") + edit("    for row in data:\n        step(row)\n", ""))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "there is none"),
        ("RATE = 0.2\n", "there is none"),
        (f"{OPEN}\nRATE = 0.1\n", "edit 1: is not closed"),
        (f"{OPEN}\nRATE = 0.1\n{MIDDLE}\nRATE = 0.2\n", "edit 1: is not closed"),
        (f"{OPEN}\nRATE = 0.1\n{CLOSE}\n", "edit 1: .* should come first"),
        (f"{OPEN}\na\n{MIDDLE}\nb\n{MIDDLE}\nc\n{CLOSE}\n", "edit 1: has two lines"),
        (f"{OPEN}\na\n{MIDDLE}\nb\n{OPEN}\n", "edit 1: .* should come first"),
        (edit("\n", "x\n"), "edit 1: its SEARCH is empty"),
        (edit("RATE = 0.1\n", "") + f"{CLOSE}\n", "closes nothing"),
    ],
)
def test_a_block_that_is_not_as_agreed_says_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        apply_edits(CODE, text)


LINES = st.lists(st.sampled_from(["a", "b", " a", "", "a = 1", "\tx", "é"]), max_size=6)


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str, str]:
    """A text, another one, and edits from the one to the other: pieces kept and pieces replaced, told apart by a line
    of each piece's own."""
    before, after, blocks = list[str](), list[str](), list[str]()
    for number in range(draw(st.integers(1, 5))):
        old, new = [f"# {number}", *draw(LINES)], draw(LINES)
        is_kept = draw(st.booleans())
        before += old
        after += old if is_kept else new
        if not is_kept:
            blocks.append(edit("".join(f"{line}\n" for line in old), "".join(f"{line}\n" for line in new)))
    if not blocks:
        blocks.append(edit(f"{before[0]}\n", f"{before[0]}\n"))
    end = draw(st.sampled_from(["", "\n"])) if after and before[-1] and after[-1] else "\n"
    return "\n".join(before) + end, "\n".join(after) + end, "".join(draw(st.permutations(blocks)))


@given(edited())
def test_edits_from_one_text_to_another_make_the_other(case: tuple[str, str, str]) -> None:
    before, after, edits = case
    assert apply_edits(before, edits) == after


@given(
    st.lists(st.text(st.characters(blacklist_characters="\r\n"), min_size=1), min_size=3, unique_by=str.rstrip),
    st.data(),
)
def test_an_edit_never_touches_text_outside_its_match(lines: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    assume(lines[place].strip() and not re.match(r"[<=>]{7}", lines[place]))
    result = apply_edits("\n".join(lines) + "\n", edit(f"{lines[place]}\n", "NEW\n"))
    assert result == "\n".join([*lines[:place], "NEW", *lines[place + 1 :]]) + "\n"


@given(st.text())
def test_any_text_is_edits_or_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_edits(text)
