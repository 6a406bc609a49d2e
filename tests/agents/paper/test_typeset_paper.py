"""Whole papers through real TeX: nothing sticks out, nothing is undefined, every number printed has evidence."""

from pathlib import Path

import pytest

from agents.figures import draw_figures
from agents.latex.latexmk import Latexmk, find_latex
from agents.paper.check import check_paper
from agents.paper.document import assemble_paper
from agents.paper.numbers import read_pdf
from agents.paper.publish import publish_paper
from agents.paper.verify import verify_paper
from agents.schema import Draft, Problem, SectionName
from tests.agents.paper.planted import Study, make_study
from tests.agents.paper.prose import colophon, write_prose

pytestmark = [
    pytest.mark.tex,
    pytest.mark.slow,
    pytest.mark.skipif(find_latex() is None, reason="latexmk is not installed"),
]


def _typeset(study: Study, folder: Path, **changed: str) -> tuple[Draft, tuple[Problem, ...], dict[SectionName, str]]:
    figures = draw_figures(study.evidence, study.template, study.experiments, study.experiments_folder, folder)
    sections = write_prose(study, figures, folder)
    for name in sections:
        if name in changed:
            sections[name] = changed[name]
            (folder / "sections" / f"{name}.tex").write_text(changed[name])
    assemble_paper(
        folder, sections, study.evidence, study.template, study.experiments, figures, study.sources, colophon(study)
    )
    draft, problems = check_paper(folder, sections, study.evidence, figures, study.sources, Latexmk())
    return draft, problems, sections


def test_a_paper_with_sixteen_nodes_is_clean_reproducible_and_verifies(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    draft, problems, _ = _typeset(study, tmp_path / "paper")
    assert problems == ()
    assert draft.pdf is not None
    content = draft.pdf.read_bytes()
    assert b"/Type3" not in content
    Latexmk().compile(draft.tex)
    assert draft.pdf.read_bytes() == content
    text = read_pdf(draft.pdf)
    assert "written by a machine" in text.pages[0].replace("\n", " ")
    assert "A Reproducibility" in text.headings
    target = publish_paper(draft.folder, study.experiments_folder, study.experiments, tmp_path / "papers" / "x")
    assert verify_paper(target) == ()
    assert Latexmk().compile(target / "paper.tex").problems == ()


@pytest.mark.parametrize(
    ("nodes", "has_winner", "odd_labels"),
    [(120, True, False), (30, True, True), (16, False, False), (120, False, True)],
)
def test_papers_stay_clean_with_many_experiments_awkward_labels_and_without_a_winner(
    tmp_path: Path, nodes: int, has_winner: bool, odd_labels: bool
) -> None:
    study = make_study(tmp_path, nodes=nodes, has_winner=has_winner, odd_labels=odd_labels)
    draft, problems, _ = _typeset(study, tmp_path / "paper")
    assert problems == ()
    assert draft.pdf is not None


def test_evidence_works_in_headings_captions_and_titles(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=6, seeds=3)
    method = r"\subsection{A gain of \ev{effect.primary} for \evn{effect.primary} seeds, \evi{effect.primary}} "
    draft, problems, _ = _typeset(study, tmp_path / "paper", method=method + "word " * 50)
    assert problems == ()
    assert draft.pdf is not None
    shown = study.evidence["effect.primary"].shown
    assert any(f"A gain of {shown} percentage points" in heading for heading in read_pdf(draft.pdf).headings)
    assert shown in draft.title


def test_an_undefined_key_stops_the_compile_and_names_key_and_section(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=4, seeds=2)
    draft, problems, _ = _typeset(study, tmp_path / "paper", limitations=r"Only \ev{no.such_key} " + "word " * 30)
    assert draft.pdf is None
    found = [problem for problem in problems if problem.rule == "typeset"]
    assert [problem.section for problem in found] == ["limitations"]
    assert "evidence has no entry `no.such_key'" in found[0].detail


def test_a_number_that_only_tex_can_see_is_found_in_the_pdf(tmp_path: Path) -> None:
    r"""\arabic prints digits that no search through the source finds."""
    study = make_study(tmp_path, nodes=4, seeds=2)
    sneaky = "Many words of caution, " * 12 + r"in all \arabic{secnumdepth}\arabic{secnumdepth} cases."
    _, problems, _ = _typeset(study, tmp_path / "paper", limitations=sneaky)
    assert [problem.detail for problem in problems] == ["the PDF prints '33', which no evidence explains"]
