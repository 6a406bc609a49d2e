"""Reading order and what is left out, on pages made of pieces."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.reading.furniture import without_line_numbers, without_running_heads
from reviewer.reading.layout import find_segments, join_pieces, read_pages
from reviewer.reading.outline import Line, read_lines, read_outline, split_entries
from reviewer.reading.sheets import Piece, Sheet

WORDS = "some words of a line that fill a column well enough"


def piece(text: str, left: float, baseline: float, size: float = 10.0, turn: int = 0) -> Piece:
    width = 0.45 * size * len(text)
    if turn:
        return Piece(text, left - size, baseline, left, baseline + width, baseline=left, size=size, turn=turn)
    return Piece(text, left, baseline - 2, left + width, baseline + 8, baseline, size)


def two_columns(lines: int = 12, top: float = 700.0) -> list[Piece]:
    """Lines 0, 1, ... on the left, then those on the right, a hair lower."""
    left = [piece(f"{at} {WORDS}", 60, top - 12 * at) for at in range(lines)]
    return left + [piece(f"{at + lines} {WORDS}", 320, top - 3 - 12 * at) for at in range(lines)]


def read(*pages: list[Piece]) -> list[str]:
    return [line.text for line in read_pages([find_segments(Sheet(612, 792, tuple(page))) for page in pages])]


@settings(max_examples=50)
@given(seed=st.integers(0, 10**6))
def test_columns_are_read_one_after_the_other_however_they_were_drawn(seed: int) -> None:
    pieces = two_columns()
    random.Random(seed).shuffle(pieces)
    assert read(pieces) == [f"{at} {WORDS}" for at in range(24)]


def test_what_spans_both_columns_parts_them() -> None:
    title, caption = piece("A title over both of the columns " * 3, 80, 750), piece("Figure 1: wide. " * 6, 100, 540)
    pieces = [*two_columns(), title, caption, *two_columns(6, top=500)]
    order = read(pieces)
    assert order[0].startswith("A title") and order[25].startswith("Figure 1") and order[26].startswith("0 ")


def test_one_column_is_read_from_top_to_bottom() -> None:
    pieces = [piece(f"{at} {WORDS} {WORDS}", 60, 700 - 12 * at) for at in range(20)]
    assert read(pieces[::-1]) == [f"{at} {WORDS} {WORDS}" for at in range(20)]


def test_short_last_page_has_the_columns_of_the_others() -> None:
    last = [piece("left end.", 60, 700), piece("right end.", 320, 706)]
    assert read(two_columns(), two_columns(), last)[-2:] == ["left end.", "right end."]


def test_indices_stay_on_their_line() -> None:
    pieces = [piece("x", 60, 700), piece("2", 64.6, 704, size=7), piece("is a square", 70.5, 700)]
    assert read(pieces) == ["x2 is a square"]


def test_stamp_at_the_side_is_left_out_and_turned_pages_are_read() -> None:
    text = [piece(f"{at} {WORDS}", 60, 700 - 12 * at) for at in range(5)]
    assert read([*text, piece("arXiv:0000.00000", 20, 300, turn=1)]) == [f"{at} {WORDS}" for at in range(5)]
    turned = [piece(f"{at} {WORDS}", 100 + 12 * at, 50, turn=1) for at in range(5)]
    assert read(turned) == [f"{at} {WORDS}" for at in range(5)]


def test_numbers_of_lines_are_left_out_and_numbers_of_tables_stay() -> None:
    text = [piece(f"{WORDS} {WORDS}", 110, 700 - 12 * at) for at in range(10)]
    numbers = [piece(f"{at:03d}", 80, 700 - 12 * at, size=7) for at in range(10)]
    cells = [piece(str(at), 200, 500 - 12 * at) for at in range(8)]
    assert without_line_numbers([*text, *numbers, *cells]) == [*text, *cells]


def test_heads_that_recur_and_numbers_of_pages_are_left_out() -> None:
    def page(number: int) -> list[Piece]:
        foot = piece(str(number), 300, 40)
        return [piece(f"Chapter of page {number}", 60, 770), piece(f"{number} {WORDS}", 60, 700), foot]

    pages = [find_segments(Sheet(612, 792, tuple(page(number)))) for number in (1, 2, 3)]
    kept = without_running_heads(pages, [792.0] * 3)
    assert [[one.text for one in page] for page in kept] == [[f"{number} {WORDS}"] for number in (1, 2, 3)]


def test_letters_drawn_one_by_one_make_words() -> None:
    letters = [piece(char, 60 + 4.5 * at, 700) for at, char in enumerate("inone")]
    assert join_pieces([*letters, piece("word", 90, 700)]) == "inone word"


@pytest.mark.parametrize(
    ("lines", "entries"),
    [
        (["A. One. Title", "goes on, 2001.", "", "B. Two, 2002."], ["A. One. Title goes on, 2001.", "B. Two, 2002."]),
        (["[1] A. One", "goes on.", "", "[2] B. Two."], ["[1] A. One goes on.", "[2] B. Two."]),
        (["A. One. Title", "goes on, 2001.", "B. Two, 2002a.", "C. Three."],
         ["A. One. Title goes on, 2001.", "B. Two, 2002a.", "C. Three."]),
        (["A. One", "B. Two"], ["A. One", "B. Two"]),
    ],
)  # fmt: skip
def test_references_are_parted_by_what_parts_them(lines: list[str], entries: list[str]) -> None:
    assert list(split_entries(lines)) == entries


def test_marks_of_a_line_decide_over_its_words() -> None:
    marked = [
        Line("1 Introduction", "heading"), Line("Some words here", "prose"), Line("2 of them.", "prose"),
        Line("2 Text That Looks Like A Heading", "text"), Line("Ours and theirs", "row"), Line("Our Way", "heading"),
        Line("More words.", "prose"),
    ]  # fmt: skip
    paper = read_outline(marked, "T")
    assert [part.title for part in paper.sections] == ["Introduction", "Our Way"]
    assert paper.sections[0].text == "Some words here 2 of them. 2 Text That Looks Like A Heading"
    assert paper.rows == ("Ours and theirs",)


def test_paper_whose_headings_are_its_own_is_kept_whole() -> None:
    lines = [
        "1 Overview of Things",
        f"{WORDS}. " * 9,
        "2 Details of Things",
        f"{WORDS}! " * 9,
        "Acknowledgements",
        "Thanks.",
    ]
    assert [part.title for part in read_lines(lines, "T").sections][:2] == ["Overview of Things", "Details of Things"]


def test_paper_without_headings_is_one_text() -> None:
    paper = read_lines([f"{WORDS}." for _ in range(9)] + ["References", "[1] A. One, 2001."], "T")
    assert [part.title for part in paper.sections] == ["Text"] and paper.bibliography == ("[1] A. One, 2001.",)


def test_an_author_with_an_initial_ends_no_list_of_references() -> None:
    """A line "F. Harper and J. Konstan. The films." set like a heading once cut the list off there."""
    names = (
        "F. Maxwell Harper and Joseph A Konstan. The movielens datasets: History and context.",
        "Computational Tool",
    )
    lines = [Line("Introduction", "heading"), Line("Films are rated by many people."),
             Line("References", "heading"), Line("Ada Hill. Drift models. 2017."), Line("")]  # fmt: skip
    lines += [Line(name, "heading") for name in names] + [Line("ACM, 2015.")]
    appended = [Line("A Proofs of the bounds", "heading"), Line("The proof follows from the lemma.")]
    paper = read_outline([*lines, *appended], "Films")
    assert [part.title for part in paper.sections] == ["Introduction", "Proofs of the bounds"]
    assert all(name in " ".join(paper.bibliography) for name in names)
