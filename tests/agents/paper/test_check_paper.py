"""check_paper: every rule fires on its breach, and a clean paper has none."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from agents.paper.check import check_paper, check_prose
from agents.paper.document import assemble_paper
from agents.schema import Compilation, Evidence, Figure, Problem, SectionName
from tests.agents.paper.planted import Study, make_study
from tests.agents.paper.prose import colophon, write_prose

TABLES = ("tab:arms", "tab:settings", "tab:negative")


@pytest.fixture(name="study", scope="module")
def _study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return make_study(tmp_path_factory.mktemp("study"), nodes=16, seeds=3, verdict="inconclusive")


@pytest.fixture(name="sections")
def _sections(study: Study, tmp_path: Path) -> dict[SectionName, str]:
    return write_prose(study, (), tmp_path)


def _rules(study: Study, sections: dict[SectionName, str], figures: Sequence[Figure] = ()) -> list[tuple[str, str]]:
    found = check_prose(sections, study.evidence, figures, study.sources, TABLES)
    return [(problem.rule, problem.section or "") for problem in found]


def test_clean_prose_has_no_problems(study: Study, sections: dict[SectionName, str]) -> None:
    assert _rules(study, sections) == []


@pytest.mark.parametrize(
    ("name", "added", "rule"),
    [
        ("results", "It gained 12 per cent.", "numeral"),
        ("results", r"It gained \ev{no.such.key}.", "unknown-key"),
        ("results", r"It gained \evi{search.nodes}.", "no-interval"),
        ("results", r"It was at \evi{levels.smoothing}.", "no-number"),
        ("results", r"It was at \evn{levels.smoothing}.", "no-number"),
        ("results", r"The p is \evp{search.nodes}.", "no-p-value"),
        ("related_work", r"As \citet{nobody} says.", "unknown-cite"),
        ("method", r"See Table~\ref{tab:nowhere}.", "unknown-ref"),
        ("method", r"\input{../../etc/passwd}", "forbidden-command"),
        ("method", r"\def\x{y}", "forbidden-command"),
        ("method", r"\begin{document}", "forbidden-command"),
        ("title", " and some more words" * 12, "too-long"),
        ("abstract", "Smoothing improves everything.", "claim"),
    ],
)
def test_each_rule_names_the_section_that_breaks_it(
    study: Study, sections: dict[SectionName, str], name: SectionName, added: str, rule: str
) -> None:
    sections[name] += added
    assert _rules(study, sections) == [(rule, name)]


def test_empty_and_short_sections_are_found(study: Study, sections: dict[SectionName, str]) -> None:
    sections["limitations"], sections["conclusion"] = "", "Too short."
    assert _rules(study, sections) == [("empty", "limitations"), ("too-short", "conclusion")]


def test_a_figure_nobody_speaks_of_is_found(study: Study, sections: dict[SectionName, str]) -> None:
    figure = Figure(label="fig:effects", path="figures/effects.pdf", caption="Effects.")
    assert _rules(study, sections, (figure,)) == [("figure-unreferenced", "results")]


class FixedTypesetter:
    """Says of every source what it was told to say."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems

    def compile(self, tex: Path) -> Compilation:
        return Compilation(pdf=None, problems=self.problems)


def _check(study: Study, folder: Path, *complaints: str) -> list[Problem]:
    sections = write_prose(study, (), folder)
    assemble_paper(
        folder, sections, study.evidence, study.template, study.experiments, (), study.sources, colophon(study)
    )
    figures: list[Figure] = []
    draft, problems = check_paper(
        folder, sections, study.evidence, figures, study.sources, FixedTypesetter(*complaints)
    )
    assert draft.problems == problems
    assert (draft.pdf, draft.title) == (None, "Does Label Smoothing Help a Small Network on Handwritten Digits?")
    return list(problems)


def test_an_assembled_paper_is_clean(study: Study, tmp_path: Path) -> None:
    assert _check(study, tmp_path) == []


def test_what_the_typesetter_says_goes_to_the_section_it_is_about(study: Study, tmp_path: Path) -> None:
    """Compile return codes were ignored and the log never reached the writer."""
    problems = _check(
        study, tmp_path, "error: sections/method.tex:3: Undefined control sequence.", "overfull: paper: x"
    )
    assert [(problem.section, problem.rule) for problem in problems] == [("method", "typeset"), (None, "typeset")]


def test_a_table_of_negative_results_that_lost_a_row_is_found(study: Study, tmp_path: Path) -> None:
    _check(study, tmp_path)
    table = tmp_path / "tables" / "negative.tex"
    lines = table.read_text().splitlines()
    lines.remove(next(line for line in lines if line.startswith("s1-")))
    table.write_text("\n".join(lines))
    _, problems = check_paper(tmp_path, write_prose(study, (), tmp_path), study.evidence, (), study.sources, None)
    assert [problem.rule for problem in problems] == ["negative-count"]


def test_figures_that_are_missing_or_unclean_are_problems(study: Study, tmp_path: Path) -> None:
    _check(study, tmp_path)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "lint.json").write_text(json.dumps({"fig:a": ["x axis without a label"]}))
    figure = Figure(label="fig:a", path="figures/a.pdf", caption="It has 5 parts.")
    sections = write_prose(study, (), tmp_path)
    sections["results"] += r" Figure~\ref{fig:a} shows it."
    _, problems = check_paper(tmp_path, sections, study.evidence, (figure,), study.sources, None)
    assert [problem.rule for problem in problems] == ["figure-missing", "numeral", "figure-lint"]


def test_without_a_typesetter_the_prose_is_checked_all_the_same(study: Study, tmp_path: Path) -> None:
    _check(study, tmp_path)
    sections = write_prose(study, (), tmp_path)
    sections["results"] = "We gained 99.9 points, " + "word " * 40
    draft, problems = check_paper(tmp_path, sections, study.evidence, (), study.sources, None)
    assert draft.pdf is None
    assert [problem.rule for problem in problems] == ["numeral"]


def test_a_verdict_of_another_study_cannot_slip_in(study: Study, sections: dict[SectionName, str]) -> None:
    verdict = study.evidence.verdict.model_copy(update={"label": "supported"})
    evidence: Evidence = study.evidence.model_copy(update={"verdict": verdict})
    found = check_prose(sections, evidence, (), study.sources, TABLES)
    assert [problem.rule for problem in found] == ["verdict"]
