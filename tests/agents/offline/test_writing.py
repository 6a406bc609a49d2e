"""What the built-in researcher writes: true to the verdict, the signs and the ledger, with no number of its own."""

import itertools
import re
from pathlib import Path

import pytest

from agents.offline.researcher import OfflineResearcher
from agents.offline.writing.citing import report, short_authors
from agents.offline.writing.mending import mend
from agents.paper.check import check_prose
from agents.paper.markup import find_cites, find_keys, find_numerals, find_refs, plain_text
from agents.schema import SECTIONS, ArchiveEntry, Problem, Review, SectionName, Source
from agents.tasks import WriteSection
from tests.agents.offline.studies import SOURCES, Plant, Study, make_idea, make_study, make_task, make_template

RESEARCHER = OfflineResearcher()
ALL_FAIL = tuple(range(12))
TABLES = {"tab:arms", "tab:settings", "tab:negative", "tab:experiments"}
PLANTS = {
    "strong": Plant(gain=1.5),
    "null": Plant(gain=0.0, noise=0.05),
    "noisy": Plant(gain=0.1, noise=1.5),
    "harm": Plant(gain=-1.0),
    "constant": Plant(gain=1.0, noise=0.0),
    "joint": Plant(gain=0.2, joint=2.0, fails=(2, 5)),
    "other way": Plant(gain=1.5, secondary=-1.0),
    "lost seeds": Plant(gain=1.5, lost_seeds=3, fails=(4,)),
    "nearly all lost": Plant(gain=1.5, lost_seeds=9),
    "all seeds lost": Plant(gain=1.5, lost_seeds=10),
    "all fail": Plant(fails=ALL_FAIL),
    "all but baseline fail": Plant(fails=ALL_FAIL[1:]),
}
SHAPES: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("label_smoothing",), ()),
    (("label_smoothing", "dropout"), ()),
    (("width",), ("learning_rate",)),
    (("optimizer",), ()),
    (("activation",), ("width",)),
]


_STUDIES: dict[tuple[object, ...], Study] = {}
"""Studies are frozen and costly (bootstrap intervals), so tests of the same one share it."""


def study_of(
    folder: Path, plant: str, factors: tuple[str, ...], companions: tuple[str, ...] = (), way: str = "maximize"
) -> Study:
    key = (plant, factors, companions, way)
    if key not in _STUDIES:
        template = make_template(folder, way)
        _STUDIES[key] = make_study(template, make_idea(template, factors, companions), PLANTS[plant])
    return _STUDIES[key]


def write(task: WriteSection) -> str:
    return RESEARCHER.ask(task).text


def written(study: Study, section: SectionName, **changes: object) -> str:
    return write(make_task(study, section, **changes))


def words(study: Study, section: SectionName) -> str:
    return plain_text(written(study, section), study.evidence)


@pytest.mark.parametrize(("factors", "companions"), SHAPES)
@pytest.mark.parametrize("way", ["maximize", "minimize"])
@pytest.mark.parametrize("plant", PLANTS)
def test_no_section_has_a_number_key_citation_or_reference_of_its_own(
    plant: str, way: str, factors: tuple[str, ...], companions: tuple[str, ...], tmp_path: Path
) -> None:
    study = study_of(tmp_path, plant, factors, companions, way)
    for section in SECTIONS:
        task = make_task(study, section)
        text = write(task)
        assert text.strip(), section
        assert find_numerals(text) == [], section
        assert set(find_keys(text)) <= set(study.evidence.quantities), section
        assert set(find_cites(text)) <= {source.key for source in SOURCES}
        assert set(find_refs(text)) <= TABLES | {figure.label for figure in task.figures}
        assert re.search(r"(?<!\\)[%&#_]", re.sub(r"\\(ev|evi|evn|cite|ref)\{[^}]*\}", "", text)) is None
        assert not re.search(r"  |\.\.|,,| ,| \.|\(\)|None(?! of)", text), section
    sections: dict[SectionName, str] = {section: written(study, section) for section in SECTIONS}
    figures = make_task(study, "title").figures
    assert list(check_prose(sections, study.evidence, figures, SOURCES, sorted(TABLES))) == []
    assert sections == {section: written(study, section) for section in SECTIONS}


@pytest.mark.parametrize(("factors", "companions"), SHAPES)
@pytest.mark.parametrize("way", ["maximize", "minimize"])
@pytest.mark.parametrize("plant", PLANTS)
def test_title_and_abstract_say_what_the_verdict_says(
    plant: str, way: str, factors: tuple[str, ...], companions: tuple[str, ...], tmp_path: Path
) -> None:
    study = study_of(tmp_path, plant, factors, companions, way)
    title, abstract = written(study, "title"), words(study, "abstract")
    claim = "Raises? " if way == "maximize" else "Lowers? "
    match study.evidence.verdict.label:
        case "supported":
            assert re.search(claim, title)
            assert not title.startswith("No ")
            assert "hypothesis is supported" in abstract
        case "refuted":
            assert title.startswith("No ")
            assert "hypothesis is refuted" in abstract
        case "inconclusive":
            assert title.startswith(("No Sufficient Evidence", "No Evidence Yet"))
            assert "inconclusive" in abstract
    assert 100 <= len(abstract.split()) <= 200
    assert "was not established" in abstract


def test_a_null_effect_is_never_called_an_improvement(tmp_path: Path) -> None:
    for plant, way in itertools.product(("null", "noisy", "harm"), ("maximize", "minimize")):
        study = study_of(tmp_path, plant, ("label_smoothing",), (), way)
        assert study.evidence.verdict.label in ("refuted", "inconclusive")
        for section in ("abstract", "introduction", "results", "conclusion"):
            told = words(study, section).split("In short")[-1] if section == "introduction" else words(study, section)
            claims = re.findall(r"(?:raises|lowers) (?:test accuracy|validation loss) by (?!at least)", told)
            assert claims == [], section


@pytest.mark.parametrize(
    ("plant", "phrase"), [("strong", "raises test accuracy by"), ("harm", "makes test accuracy worse")]
)
def test_direction_words_follow_the_sign_of_the_effect(plant: str, phrase: str, tmp_path: Path) -> None:
    study = study_of(tmp_path, plant, ("label_smoothing",))
    assert phrase in words(study, "results")
    effect = study.evidence["effect.primary"].value
    assert (effect > 0) == (plant == "strong")


def test_a_small_but_certain_gain_is_refuted_and_called_a_gain(tmp_path: Path) -> None:
    template = make_template(tmp_path)
    study = make_study(template, make_idea(template, ("label_smoothing",)), Plant(gain=0.2, noise=0.01))
    assert study.evidence.verdict.label == "refuted"
    assert written(study, "title").startswith("No Practically Relevant Benefit of Label Smoothing for Test Accuracy")
    assert "a gain is there, but it is smaller" in words(study, "results")


def test_a_secondary_metric_that_moves_the_other_way_is_reported(tmp_path: Path) -> None:
    study = study_of(tmp_path, "other way", ("label_smoothing",))
    assert "calibration error is worse under the treatment" in words(study, "results")
    assert "Not all metrics move the same way" in words(study, "results")
    assert "Calibration error moved the other way" in words(study, "abstract")
    assert "other way" not in words(study_of(tmp_path, "strong", ("label_smoothing",)), "abstract")


def test_a_study_without_a_winner_claims_nothing(tmp_path: Path) -> None:
    study = study_of(tmp_path, "all fail", ("label_smoothing",))
    text = words(study, "results")
    assert "not even the baseline" in text
    assert "was not tested" in text
    assert "tab:arms" not in written(study, "results")
    assert "tab:settings" not in written(study, "experiments")


def test_lost_pairs_and_constant_differences_are_owned_up_to(tmp_path: Path) -> None:
    assert "rests on the 7 seeds" in words(study_of(tmp_path, "lost seeds", ("label_smoothing",)), "results")
    constant = study_of(tmp_path, "constant", ("label_smoothing",))
    assert "very same difference" in words(constant, "results")
    assert "effect.primary.dz" not in written(constant, "results")


def test_an_ablation_of_one_change_is_its_own_and_two_factors_have_their_interaction(tmp_path: Path) -> None:
    assert "is its own ablation" in words(study_of(tmp_path, "strong", ("label_smoothing",)), "results")
    joint = study_of(tmp_path, "joint", ("label_smoothing", "dropout"))
    assert "interaction.label_smoothing.dropout" in find_keys(written(joint, "results"))
    assert "gain more than the sum of each alone" in words(joint, "results")


def test_negative_results_count_what_the_ledger_counts(tmp_path: Path) -> None:
    study = study_of(tmp_path, "joint", ("label_smoothing", "dropout"))
    text = written(study, "negative_results")
    assert {"search.nodes", "search.failed"} <= set(find_keys(text))
    assert "tab:negative" in find_refs(text)
    clean = written(study_of(tmp_path, "strong", ("label_smoothing",)), "negative_results")
    assert "tab:negative" not in find_refs(clean)


def test_page_one_says_who_wrote_it_and_that_novelty_is_unknown(tmp_path: Path) -> None:
    text = words(study_of(tmp_path, "strong", ("label_smoothing",)), "introduction")
    assert "made by a machine (built-in researcher)" in text
    assert "No claim of novelty is made. Only the template's own bibliography was searched" in text


def test_earlier_studies_of_the_run_are_told(tmp_path: Path) -> None:
    study = study_of(tmp_path, "strong", ("label_smoothing",))
    review = Review(
        summary="s", strengths=(), weaknesses=(), questions=(), limitations=(), soundness=2, presentation=2,
        contribution=2, overall=5, confidence=3, decision="reject", calibration="uncalibrated", reviewer="r",
    )  # fmt: skip
    idea = make_idea(study.template, ("label_smoothing",), ("width",))
    earlier = ArchiveEntry(study="s1", idea=idea, verdict=study.evidence.verdict, review=review)
    text = written(study, "introduction", earlier=(earlier,))
    assert "found its hypothesis supported; its reviewer recommended to reject the paper" in text
    assert "stays with label smoothing" in text


def test_no_sources_means_no_citations(tmp_path: Path) -> None:
    study = study_of(tmp_path, "strong", ("label_smoothing",))
    for section in SECTIONS:
        assert r"\cite" not in written(study, section, sources=())


def test_a_source_is_told_in_its_own_terms() -> None:
    assert report(SOURCES[0], "label smoothing") == (
        r"The paper by Müller et al.~\cite{muller2019when} studies label smoothing empirically: it improves "
        "generalisation and calibration."
    )
    assert report(SOURCES[1], "dropout") == (
        r"Srivastava and Hinton~\cite{srivastava2014dropout} propose to drop units at random \& their method "
        r"helps them "
        "a lot."
    )
    assert report(SOURCES[2], "x") == r"A standard reference is Kingma and Ba~\cite{kingma2015adam}."
    quoted = SOURCES[3].model_copy(update={"origin": "openalex"})
    assert report(quoted, "digits").startswith(r"LeCun~\cite{lecun1998gradient}: ``Convolutional networks outperform")


@pytest.mark.parametrize(
    ("authors", "shown"),
    [
        (("Jan van der Berg Jr.",), "van der Berg"),
        (("Ann Bee", "Cid Dee"), "Bee and Dee"),
        ((), "An unsigned work"),
        (("A_B C_D", "E", "F"), r"C\_D et al."),
    ],
)
def test_authors_are_cited_by_family_name(authors: tuple[str, ...], shown: str) -> None:
    assert short_authors(Source(key="k", title="t", authors=authors, year=2000, bibtex="", origin="o")) == shown


def test_problems_are_mended_in_the_text_that_had_them() -> None:
    text = (
        "A person's own words~\\cite{good,bad}. The gain is \\ev{no.such}. We see 3 cases. All is well~\\cite{bad}.\n"
    )
    problems = [
        Problem(section="results", rule="cite", detail="unknown citation 'bad'"),
        Problem(section="results", rule="ledger", detail="no ledger entry no.such"),
    ]
    assert mend(text, problems) == "A person's own words~\\cite{good}. All is well.\n"


def test_a_section_with_problems_comes_back_mended(tmp_path: Path) -> None:
    study = study_of(tmp_path, "strong", ("label_smoothing",))
    problem = Problem(section="related_work", rule="cite", detail="\\cite{muller2019when} is not in references.bib")
    first = written(study, "related_work")
    text = written(study, "related_work", previous=first, problems=(problem,))
    assert "muller2019when" in find_cites(first)
    assert "muller2019when" not in find_cites(text)
    assert "lecun1998gradient" in find_cites(text)


def test_a_figure_without_reference_and_an_interval_that_is_not_there_are_mended() -> None:
    text = "The gain is \\evi{arm.a.mean}, see Figure~\\ref{fig:tree}.\n"
    problems = [
        Problem(
            section="results", rule="no-interval", detail="\\evi{arm.a.mean} has no interval; use \\ev{arm.a.mean}"
        ),
        Problem(section="results", rule="figure-unreferenced", detail="refer to fig:new with \\ref{fig:new}"),
    ]
    assert mend(text, problems) == (
        "The gain is \\ev{arm.a.mean}, see Figure~\\ref{fig:tree}. See also Figure~\\ref{fig:new}.\n"
    )
