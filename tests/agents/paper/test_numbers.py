"""Which numbers of a PDF's text need evidence."""

import pytest

from agents.paper.numbers import PdfText, unexplained_numbers
from agents.schema import Evidence
from tests.agents.paper.planted import make_study


@pytest.fixture(name="evidence", scope="module")
def _evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    return make_study(tmp_path_factory.mktemp("study"), nodes=4, seeds=3).evidence


def _unexplained(evidence: Evidence, *pages: str, names: tuple[str, ...] = ()) -> list[str]:
    text = PdfText(pages, ("1 Introduction", "3.1 Registered rule", "A Reproducibility"))
    cited = {"a": "@article{a, year = {2019}, volume = {77}}"}
    return unexplained_numbers(text, evidence, ["s1-0001"], names, cited)


@pytest.mark.parametrize(
    "page",
    [
        "1 Introduction\nAs Müller et al. (2019a) say",
        "3.1 Registered rule\nWe saw 1797 images and 0.05",
        "see Table 3, Figures 4 and 5, Tables 1, 2, and 6, Section 3.1 and Appendix A",
        "Table 2. Arms.",
        "3.1\nRegistered rules for all",
        "run s1-0001 and s1-\n0001",
        "one at a time (Fig-\nure 4) and Ta-\nbles 2 and 3",
        "smoothing at 0, 0.05, 0.1 and 0.35 with step_2",
        "the text ends\n1",
        "the body ends\fReferences\nThe 88th work, 2nd edition.\n\fA\nReproducibility",
    ],
)
def test_ledger_numbers_and_numbering_are_explained(evidence: Evidence, page: str) -> None:
    assert _unexplained(evidence, page) == []


@pytest.mark.parametrize(
    ("page", "number"),
    [
        ("a gain of 12.34", "12.34"),
        ("as 37 others", "37"),
        ("volume 77", "77"),
        ("run s1-9999", "s1"),
        ("the L2 norm", "L2"),
        ("Table 2 and 0.97 of them", "0.97"),
        ("Figure 3.14", "3.14"),
        ("about 1,797 images", "1,797"),
    ],
)
def test_any_other_number_is_not(evidence: Evidence, page: str, number: str) -> None:
    assert number in _unexplained(evidence, page)


def test_names_print_as_they_are_however_lines_break(evidence: Evidence) -> None:
    assert _unexplained(evidence, "Version of torch 2.13.\n0", names=("2.13.0",)) == []
    assert _unexplained(evidence, "2.13.0 and 12.13.0", names=("2.13.0",)) == ["12.13.0"]


def test_the_bibliography_is_left_out_and_the_appendix_is_not(evidence: Evidence) -> None:
    pages = ("text\nReferences\nJournal 15:1929-1958\n1", "A Reproducibility\nseed 4711\n2")
    assert _unexplained(evidence, *pages) == ["4711"]
