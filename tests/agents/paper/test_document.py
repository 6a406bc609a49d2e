"""The document as LaTeX text; test_typeset_paper.py compiles it."""

import json
from collections.abc import Callable
from pathlib import Path

from agents.paper.document import assemble_paper, bibliography
from agents.paper.sections import read_sections
from agents.schema import Evidence, Figure
from agents.settings import SearchSettings
from tests.agents.paper.planted import Study, make_study
from tests.agents.paper.prose import colophon, write_prose

FIGURES = (
    Figure(label="fig:search-tree", path="figures/search_tree.pdf", caption="Tree."),
    Figure(label="fig:effects", path="figures/effects.pdf", caption="Effects.", wide=True),
)


def _assemble(study: Study, folder: Path) -> str:
    sections = write_prose(study, FIGURES, folder)
    made = colophon(study)
    tex = assemble_paper(
        folder, sections, study.evidence, study.template, study.experiments, FIGURES, study.sources, made
    )
    return tex.read_text()


def test_the_document_looks_as_agreed(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    golden("latex/paper.tex", _assemble(make_study(tmp_path, nodes=6, seeds=2), tmp_path / "paper"))


def test_assembling_twice_gives_the_same_files(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=4, seeds=2)
    _assemble(study, tmp_path / "paper")
    before = {path: path.read_bytes() for path in (tmp_path / "paper").rglob("*") if path.is_file()}
    _assemble(study, tmp_path / "paper")
    assert {path: path.read_bytes() for path in (tmp_path / "paper").rglob("*") if path.is_file()} == before


def test_the_ledger_gains_the_numbers_of_the_document(tmp_path: Path) -> None:
    _assemble(make_study(tmp_path, nodes=4, seeds=2), tmp_path / "paper")
    stored = Evidence.model_validate_json((tmp_path / "paper" / "evidence.json").read_bytes())
    assert stored["config.search.experiments"].value == SearchSettings().experiments
    assert r"\evdefine{config.search.experiments}" in (tmp_path / "paper" / "evidence.tex").read_text()


def test_the_bibliography_holds_cited_sources_alone(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=4, seeds=2)
    text = bibliography({"method": r"\citet{muller2019smoothing} and \citet{nobody}"}, study.sources)
    assert text.count("@") == 1
    assert "muller2019smoothing" in text


def test_figures_stand_with_the_section_that_speaks_of_them_first(tmp_path: Path) -> None:
    latex = _assemble(make_study(tmp_path, nodes=4, seeds=2), tmp_path / "paper")
    place = latex.index("fig:effects")
    assert latex.index(r"\section{Method}") < place < latex.index(r"\section{Experiments}")
    assert r"\begin{figure*}" in latex


def test_an_edited_section_is_disclosed(tmp_path: Path) -> None:
    study, folder = make_study(tmp_path, nodes=4, seeds=2), tmp_path / "paper"
    _assemble(study, folder)
    (folder / "sections" / "limitations.tex").write_text("A person's words.\n")
    tex = assemble_paper(
        folder, read_sections(folder), study.evidence, study.template, study.experiments, FIGURES, study.sources,
        colophon(study),
    )  # fmt: skip
    assert "A person edited: limitations." in tex.read_text()


def test_names_with_digits_are_stored_for_the_checks(tmp_path: Path) -> None:
    _assemble(make_study(tmp_path, nodes=4, seeds=2), tmp_path / "paper")
    assert "0.1.0" in json.loads((tmp_path / "paper" / "names.json").read_text())
