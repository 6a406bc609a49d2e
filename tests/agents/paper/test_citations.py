"""Citations fail closed: what is cited, how it is told, and whether it says what is said of it."""

from pathlib import Path
from typing import Any

import pytest

from agents.paper.appendix import reproducibility_table
from agents.paper.citations import Citation, check_references, citation_quantities, find_citations, unsupported
from agents.paper.document import bibliography
from agents.schema import Draft, SectionName, Source
from tests.agents.ideas.records import make_source
from tests.agents.paper.planted import SOURCES, Study, make_study
from tests.agents.paper.prose import colophon

MULLER, SRIVASTAVA = SOURCES
CITED: dict[SectionName, str] = {"related_work": r"\citet{muller2019smoothing} and \citep{srivastava2014dropout}."}


@pytest.fixture(name="study", scope="module")
def _study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return make_study(tmp_path_factory.mktemp("study"), nodes=2)


def differences(folder: Path, printed: str, *sources: Source) -> list[str]:
    (folder / "references.bib").write_text(printed)
    return [problem.detail for problem in check_references(folder / "references.bib", CITED, sources)]


def test_a_bibliography_made_from_the_records_is_clean(tmp_path: Path) -> None:
    assert differences(tmp_path, bibliography(CITED, SOURCES), *SOURCES) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("year = {2019}", "year = {2020}", "year of muller2019smoothing"),
        ("When does label", "Why does label", "title of muller2019smoothing"),
        ("Kornblith, Simon", "Somebody, Else", "authors of muller2019smoothing"),
        ("Kornblith, Simon and Hinton, Geoffrey", "Kornblith, Simon and Hinton, Geoffrey and Doe, Jane", "authors of"),
        ("@article{srivastava2014dropout,", "@article{srivastava2014,", "srivastava2014dropout is cited and"),
        ("@article{srivastava2014dropout,", "@article{srivastava2014,", "which no source returned"),
        ("year = {2019}", "year = {soon}", "it needs a title and a year"),
    ],
)
def test_every_difference_from_the_record_is_found(tmp_path: Path, old: str, new: str, what: str) -> None:
    printed = bibliography(CITED, SOURCES)
    assert old in printed
    assert any(what in line for line in differences(tmp_path, printed.replace(old, new), *SOURCES))


def test_a_bibliography_that_names_the_first_authors_alone_is_the_records(tmp_path: Path) -> None:
    printed = bibliography(CITED, SOURCES).replace("and Hinton, Geoffrey}", "and others}")
    assert differences(tmp_path, printed, *SOURCES) == []


def test_with_no_source_nothing_is_cited_that_passes(tmp_path: Path) -> None:
    assert any("which no source returned" in line for line in differences(tmp_path, bibliography(CITED, SOURCES)))
    assert differences(tmp_path, "") == []  # the keys themselves are unknown-cite, by check_prose


def test_a_citing_sentence_is_told_as_a_reader_sees_it_once_for_each_work(study: Study) -> None:
    text = (
        "Nothing is cited here. It is smoothed \\citep[p.~x]{muller2019smoothing,srivastava2014dropout} in\n"
        "\\evn{search.nodes} cases. % \\citet{hidden}\n\nHere \\citet{srivastava2014dropout} drops units."
    )
    found = find_citations({"related_work": text}, study.evidence)
    assert [(each.sentence, each.key) for each in found] == [
        (f"It is smoothed [muller2019smoothing, srivastava2014dropout] in {n} cases.", key)
        for n in [study.evidence["search.nodes"].n]
        for key in ("muller2019smoothing", "srivastava2014dropout")
    ] + [("Here [srivastava2014dropout] drops units.", "srivastava2014dropout")]
    assert {each.verdict for each in found} == {"cannot tell"}


def judged(*verdicts: Any) -> list[Citation]:
    return [
        Citation(section="related_work", sentence=f"Sentence {number} [a].", key="a", verdict=verdict)
        for number, verdict in enumerate(verdicts)
    ]


def test_a_sentence_that_its_source_does_not_support_goes_back_to_the_writer_and_bars_the_paper(tmp_path: Path) -> None:
    (problem,) = unsupported(judged("supports", "does not", "cannot tell"))
    assert (problem.section, problem.rule) == ("related_work", "citation-unsupported")
    assert "Sentence 1 [a]." in problem.detail
    assert "remove the citation" in problem.detail
    draft = Draft(
        study="s1", title="T", folder=tmp_path, tex=tmp_path, pdf=None, evidence=tmp_path, problems=(problem,)
    )
    assert draft.grave_problems == (problem,)


def test_the_appendix_counts_what_is_supported_and_what_could_not_be_checked(study: Study) -> None:
    quantities = citation_quantities(judged("supports", "supports", "cannot tell"))
    shown = {name: quantities[f"cite.{name}"].shown for name in ("sentences", "supported", "unchecked", "unsupported")}
    assert shown == {"sentences": "3", "supported": "2", "unchecked": "1", "unsupported": "0"}
    full = study.evidence.model_copy(update={"quantities": study.evidence.quantities | quantities})
    latex = reproducibility_table(full, study.template, (), colophon(study))
    assert r"\ev{cite.supported}" in latex
    assert "cite." not in reproducibility_table(study.evidence, study.template, (), colophon(study))
    assert citation_quantities([]) == {}


def test_records_of_other_scripts_are_compared_whole(tmp_path: Path) -> None:
    source = make_source("a").model_copy(update={"authors": ("李雷",)})
    cited: dict[SectionName, str] = {"related_work": r"\citet{a}"}
    path = tmp_path / "references.bib"
    path.write_text(source.bibtex.replace("Doe, Jane", "李雷"))
    assert list(check_references(path, cited, [source])) == []
    path.write_text(source.bibtex.replace("Doe, Jane", "韩梅"))
    assert len(list(check_references(path, cited, [source]))) == 1
