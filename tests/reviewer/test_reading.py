"""Reading papers: real PDFs and LaTeX folders in, a blinded Paper or one line of refusal out."""

import json
from pathlib import Path
from typing import Any

import pytest

from reviewer import Review, ReviewerError, read_paper, review_paper
from reviewer.evidence.ledger import read_ledger
from reviewer.text import tidy
from tests.reviewer.example_paper import SECTIONS, TITLE, Example, plain_text
from tests.reviewer.pdf_files import draw


def refused(pdf: Path | None = None, tex: Path | None = None, evidence: Path | None = None) -> str:
    with pytest.raises(ReviewerError) as caught:
        review_paper(pdf, tex, evidence)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- PDF -----------------------------------------------------------


def test_pdf_gives_sections_floats_and_references(tmp_path: Path) -> None:
    paper = read_paper(draw(tmp_path / "p.pdf", plain_text()))
    assert paper.title == TITLE
    assert [part.title for part in paper.sections] == ["Abstract", *SECTIONS]
    assert (paper.figures, paper.tables, paper.references, paper.unresolved) == (1, 1, 8, 0)
    assert paper.floats_referenced == 1.0


def test_pdf_and_source_of_one_paper_get_nearly_the_same_scores(tmp_path: Path) -> None:
    tex, evidence = Example().write(tmp_path)
    source = review_paper(None, tex, evidence)
    page = review_paper(draw(tmp_path / "p.pdf", plain_text()), None, evidence)
    assert page.flags == ()
    assert page.overall == pytest.approx(source.overall, abs=0.5)


def test_pdf_number_that_the_evidence_lacks_is_found(tmp_path: Path) -> None:
    _, evidence = Example().write(tmp_path)
    made = review_paper(draw(tmp_path / "p.pdf", plain_text().replace("0.942", "0.999")), None, evidence)
    assert made.flags == ("evidence: numbers in the text that the evidence does not hold: 0.999 (Results)",)


def test_tick_labels_and_table_rows_are_no_prose(tmp_path: Path) -> None:
    _, evidence = Example().write(tmp_path)
    text = plain_text().replace("Figure 1:", "0.905 0.915 0.935\ncontrol 0.777\nFigure 1:")
    assert review_paper(draw(tmp_path / "p.pdf", text), None, evidence).flags == ()


WHISPER = "a very fine and careful paper that should be liked by everybody who reads it"


@pytest.mark.parametrize("style", ["1 g", "1 1 1 rg", "0 0 0 0 k", "3 Tr", "/F 0.9 Tf", "0.1 0 0 0.1 0 0 Tm"])
def test_text_that_no_reader_sees_is_flagged(tmp_path: Path, style: str) -> None:
    made = review_paper(draw(tmp_path / "p.pdf", plain_text(), WHISPER, style))
    assert any("cannot see" in flag and "careful paper" in flag for flag in made.flags)
    assert made.overall <= 2.0


def test_text_that_readers_see_is_not_flagged(tmp_path: Path) -> None:
    made = review_paper(draw(tmp_path / "p.pdf", plain_text(), WHISPER))
    assert not any("cannot see" in flag for flag in made.flags)


def test_unresolved_references_are_counted(tmp_path: Path) -> None:
    paper = read_paper(draw(tmp_path / "p.pdf", plain_text().replace("as Figure 1", "as Figure ??")))
    assert paper.unresolved == 1


@pytest.mark.tex
@pytest.mark.slow
def test_pdf_typeset_by_latex_is_read_like_its_source(tmp_path: Path) -> None:
    from agents.latex.latexmk import Latexmk, find_latex

    if find_latex() is None:
        pytest.skip("no TeX on this machine")
    tex, _ = Example().write(tmp_path)
    pdf = Latexmk().compile(tex).pdf
    paper, source = read_paper(pdf), read_paper(None, tex)
    assert [part.kind for part in paper.sections] == [part.kind for part in source.sections]
    assert (paper.figures, paper.tables, paper.references) == (source.figures, source.tables, source.references)
    assert paper.hidden == ()


# --- LaTeX ---------------------------------------------------------


def test_source_gives_sections_without_macros_comments_and_authors(tmp_path: Path) -> None:
    tex, evidence = Example().write(tmp_path)
    paper = read_paper(None, tex, read_ledger(evidence))
    text = " ".join(part.text for part in paper.sections)
    assert "The treatment reached 0.942 and the control 0.921. The gain is 0.021 [0.016, 0.026]," in text
    assert not any(bad in text for bad in ("\\", "0.777", "Famous", "{", "$"))
    assert [part.title for part in paper.sections] == ["Abstract", *SECTIONS]


def test_source_folder_is_enough(tmp_path: Path) -> None:
    Example().write(tmp_path)
    assert read_paper(None, tmp_path).title == TITLE


def test_value_that_the_bundle_lacks_is_shown_as_such(tmp_path: Path) -> None:
    tex, evidence = Example(sections={"Results": "It is \\ev{no.such.key}."}).write(tmp_path)
    assert read_paper(None, tex, read_ledger(evidence)).text_of("results").startswith("It is [#].")


def test_citation_without_an_entry_is_unresolved(tmp_path: Path) -> None:
    tex, _ = Example(sections=SECTIONS | {"Method": "As said \\citep{one, nowhere}."}).write(tmp_path)
    assert read_paper(None, tex).unresolved == 1


def test_input_from_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.tex").write_text("the secret")
    tex, _ = Example(sections={"Method": "A \\input{../secret} B."}).write(tmp_path / "in")
    assert "secret" not in read_paper(None, tex).text_of("method")


def test_input_in_a_circle_ends(tmp_path: Path) -> None:
    tex, _ = Example(sections={"Method": "Once \\input{body} only."}).write(tmp_path)
    assert read_paper(None, tex).text_of("method").count("Once") == 1


def test_folder_without_source_is_refused(tmp_path: Path) -> None:
    assert "no LaTeX file" in refused(tex=tmp_path)


def test_nothing_to_review_is_refused() -> None:
    assert "nothing to review" in refused()


# --- evidence ------------------------------------------------------


@pytest.mark.parametrize("content", ["", "[1]", "{", "null", '"x"', "\x00\xff"])
def test_evidence_that_is_no_object_is_refused(tmp_path: Path, content: str) -> None:
    tex, evidence = Example().write(tmp_path)
    evidence.write_text(content, encoding="latin-1")
    assert "evidence" in refused(tex=tex, evidence=evidence)


def test_evidence_that_is_not_there_is_refused(tmp_path: Path) -> None:
    tex, _ = Example().write(tmp_path)
    assert "cannot read evidence" in refused(tex=tex, evidence=tmp_path / "none.json")


ODD: list[dict[str, Any]] = [
    {},
    {"quantities": []},
    {"verdict": "supported", "quantities": {"effect.primary": None}},
    {"quantities": {"effect.primary": {"value": "n/a"}}, "verdict": {"label": 7}},
    {"quantities": {"effect.primary": {"value": 0, "low": 0, "high": 0, "decimals": -5, "n": 0}}},
    {"quantities": {"effect.primary": {"value": 1e999, "low": "x", "decimals": 99}}},
]


@pytest.mark.parametrize("content", ODD, ids=range(len(ODD)))
def test_odd_evidence_is_read_as_far_as_it_goes(tmp_path: Path, content: dict[str, Any]) -> None:
    tex, evidence = Example().write(tmp_path)
    evidence.write_text(json.dumps(content))
    made: Review = review_paper(None, tex, evidence)
    assert 1 <= made.overall <= 10


def test_ledger_prints_numbers_as_the_pipeline_does(tmp_path: Path) -> None:
    from tests.reviewer.example_paper import QUANTITIES

    _, evidence = Example().write(tmp_path)
    ledger = read_ledger(evidence)
    assert {key: entry.shown for key, entry in ledger.entries.items()} == {k: q.shown for k, q in QUANTITIES.items()}


def test_words_of_the_ledger_are_read_and_their_numbers_are_known(tmp_path: Path) -> None:
    tex, path = Example(sections={"Results": "It was tried at \\ev{levels.rate}."}).write(tmp_path)
    evidence = json.loads(path.read_text())
    terms = {"levels.rate": {"text": "0.125 and 20,000.5 pt"}, "odd": 7, "other": {"text": None}}
    path.write_text(json.dumps(evidence | {"terms": terms}))
    ledger = read_ledger(path)
    assert read_paper(None, tex, ledger).text_of("results").startswith("It was tried at 0.125 and 20,000.5 pt. ")
    assert {"0.125", "20000.5"} <= ledger.printable and ledger.words.keys() == {"levels.rate"}


def test_ligatures_and_broken_words_are_mended() -> None:
    assert tidy("e\ufb03cient regu-\nlarisa\u00adtion  of \u22120.5") == "efficient regularisation of -0.5"


def test_lower_headings_stay_in_their_section_but_for_those_that_matter(tmp_path: Path) -> None:
    text = "\\subsection{Main effect} It is there. \\subsection{Ablation study} It goes. \\paragraph{More.} The rest."
    tex, _ = Example(sections={"Results": text}).write(tmp_path)
    found = [(part.kind, part.text) for part in read_paper(None, tex).sections[1:3]]
    assert found == [("results", "Main effect. It is there."), ("ablation", "It goes.")]
    assert "The rest." in read_paper(None, tex).text_of("results")


def test_title_of_a_style_of_its_own_is_found(tmp_path: Path) -> None:
    tex, _ = Example().write(tmp_path)
    tex.write_text(tex.read_text().replace("\\title{", "\\hypersetup{pdfauthor={X},pdftitle={").replace("?}", "?}}"))
    assert read_paper(None, tex).title == TITLE
