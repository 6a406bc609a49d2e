"""Pieces of parsed text join to the text, and are what they are called."""

from hypothesis import given
from hypothesis import strategies as st

from reviewer.stress.passages import (
    blocks,
    drop_passages,
    drop_sentences,
    is_prose,
    is_row,
    passages,
    read_heading,
    sentences,
)
from tests.reviewer.stress.papers import rows

LINES = st.sampled_from(
    ["1 INTRODUCTION", "4.1 Ablation Study", "We do this. And that! (Or not?)", "| a | 1.0 |", "Ours 71.3 74.5 80.1",
     "", "  ", "Figure 1: A thing.", "Proof. See Fig. 2 by A. Author et al. Here.", "-----", "□"]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=200), st.lists(LINES, max_size=20).map("\n".join))


@given(text=TEXTS)
def test_pieces_join_to_the_text(text: str) -> None:
    assert "".join(part.text for part in passages(text)) == text
    assert "".join(blocks(text)) == text
    assert all("".join(sentences(block)) == block for block in blocks(text))


@given(text=TEXTS)
def test_nothing_dropped_leaves_the_text_alone(text: str) -> None:
    assert drop_passages(text, lambda part: False) == (text, 0)
    assert drop_sentences(text, lambda one: False) == (text, 0)


def test_headings_are_told_from_rows_and_sentences() -> None:
    for line in ("1 INTRODUCTION", "4.1 Ablation Study", "**B.2 PROOF OF LEMMA**", "Limitations", "C. More Results"):
        assert read_heading(line), line
    for line in (
        "0.8 Watermark",
        "A strategy that waits",
        "1.00 1.00 1.00",
        "12 of the runs failed early.",
        "we stop",
        "Method",
        "1 Set X ← Y",
        "3 URLTOK",
    ):
        assert read_heading(line) is None, line


def test_level_of_a_heading_is_its_depth() -> None:
    levels = [part.level for part in passages("before\n1 INTRODUCTION\nx\n4.1 Set Up\ny\n4.1.2 Further Things\nz\n")]
    assert levels == [0, 1, 2, 3]


def test_section_goes_with_all_below_it_and_no_further() -> None:
    text = "3 METHOD\na\n4 EXPERIMENTS\nb\n4.1 SETTING\nc\n5 CONCLUSION\nd\n"
    assert drop_passages(text, lambda part: part.title == "EXPERIMENTS") == ("3 METHOD\na\n5 CONCLUSION\nd\n", 1)


def test_abbreviations_and_initials_end_no_sentence() -> None:
    block = "See Fig. 2 and Smith et al. (2020), e.g. The work of J. Doe is older. Then we stop."
    assert [one.strip() for one in sentences(block)] == [
        "See Fig. 2 and Smith et al. (2020), e.g. The work of J. Doe is older.", "Then we stop.",
    ]  # fmt: skip


def test_rows_are_lines_with_more_figures_than_words() -> None:
    assert is_row("| a | b |") and is_row("Ours 71.3 ± 0.3 74.5") and not is_row("We ran 5 of the 7 models on it.")


def test_prose_is_neither_heading_nor_table_nor_a_few_words() -> None:
    found = [block.split()[0] for block in blocks(rows()[0]["body"]) if block.strip() and is_prose(block)]
    assert "Training" in found and "Method" not in found and "1" not in found and "x" not in found
