"""Papers typeset by LaTeX and by a word processor, in one column and in two, are read in the order of their source."""

import re
from pathlib import Path

import pytest

from reviewer.reading.pdf import read_pdf
from reviewer.schema import Paper
from reviewer.text import tidy
from tests.reviewer.reading.orchard import AUTHORS, FIGURE, REFERENCES, ROWS, SECTIONS, TABLE, TITLE, sentences

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = sorted(path.stem for path in FIXTURES.glob("*.pdf"))
PAPERS = {name: read_pdf(FIXTURES / f"{name}.pdf") for name in NAMES}


@pytest.fixture(params=NAMES)
def paper(request: pytest.FixtureRequest) -> Paper:
    return PAPERS[request.param]


def whole(paper: Paper) -> str:
    return " ".join(part.text for part in paper.sections)


def test_five_ways_of_typesetting_are_tried() -> None:
    assert len(NAMES) == 5


def test_every_sentence_is_read_in_the_order_of_the_source(paper: Paper) -> None:
    text = re.sub(r"(?<=else\.) 1(?= )", "", whole(paper))  # the mark of the footnote
    places = [text.find(sentence) for sentence in sentences()]
    assert [sentence for sentence, place in zip(sentences(), places, strict=True) if place < 0] == []
    assert places == sorted(places)


def test_sections_are_those_of_the_source(paper: Paper) -> None:
    assert [part.title for part in paper.sections] == ["Abstract", *SECTIONS]
    assert paper.title == TITLE


def test_names_of_authors_are_nowhere(paper: Paper) -> None:
    shown = paper.model_dump_json()
    assert not any(word in shown for name, place in AUTHORS for word in (name, place, "nowhere.example"))


def test_heads_feet_and_numbers_of_pages_and_lines_are_left_out(paper: Paper) -> None:
    text = whole(paper)
    assert not re.search(r"Under review|Journal of Imaginary Measurement|manuscript made|imaginary proceedings", text)
    length = sum(len(sentence) + 1 for sentence in sentences())
    rest = len(TABLE) + len(FIGURE) + len("Figure 1: Table 1: 1 1 Seeds and photographs come with the paper, and the")
    assert len(text) < length + rest + 60


def test_entries_of_the_references_are_parted(paper: Paper) -> None:
    expected = [tidy(text) for *_, text in REFERENCES]
    assert [re.sub(r"^\[\d\] ", "", entry) for entry in paper.bibliography] == expected


def test_rows_of_the_table_are_kept_apart_as_lines(paper: Paper) -> None:
    cells = (
        3 if any(row == "Tree Difference Error" for row in paper.rows) else 4
    )  # a narrow column breaks the fourth off
    assert set(paper.rows) >= {" ".join(row[:cells]) for row in ROWS}
    assert f"Table 1: {TABLE}" in whole(paper) and "apple 1.2" not in whole(paper)


def test_floats_and_citations_are_counted(paper: Paper) -> None:
    assert (paper.figures, paper.tables, paper.references, paper.citations) == (1, 1, 4, 4)
    assert paper.floats_referenced == 1.0


def test_honest_papers_hide_nothing(paper: Paper) -> None:
    assert paper.hidden == ()
