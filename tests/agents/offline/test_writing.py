"""What the built-in researcher writes: true to the verdict, the signs and the ledger, with no number of its own."""

import itertools
import re
from pathlib import Path

import pytest

from agents.offline.researcher import OfflineResearcher
from agents.offline.writing.citing import report
from agents.offline.writing.mending import mend
from agents.offline.writing.policies import POLICIES as SENTENCES
from agents.paper.check import check_prose
from agents.paper.markup import find_cites, find_keys, find_numerals, find_refs, plain_text
from agents.schema import SECTIONS, ArchiveEntry, Problem, Review, SectionName
from agents.search import POLICIES
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
    "tuned control": Plant(gain=1.5, control_tries=6),
    "moved control": Plant(gain=1.5, control_tries=6, shift=0.2),
    "no gain over a moved control": Plant(gain=0.6, control_tries=6, shift=1.0),
    "measured again": Plant(gain=1.5, fails=(4,), repeated=3),
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
        assert set(find_keys(text)) <= study.evidence.keys, section
        assert set(find_cites(text)) <= {source.key for source in SOURCES}
        assert set(find_refs(text)) <= TABLES | {figure.label for figure in task.figures}
        assert re.search(r"(?<!\\)[%&#_]", re.sub(r"\\(ev|evi|evn|[cC]ite[pt]|ref)\{[^}]*\}", "", text)) is None
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
    assert "found its hypothesis supported; its reviewer recommended rejection" in text
    assert "the archive ranked the present question next: it stays with label smoothing." in text
    wider = make_study(study.template, make_idea(study.template, ("label_smoothing", "dropout")), Plant())
    told = written(wider, "introduction", earlier=(earlier, earlier))
    assert "those outcomes and their reviews on record" in told
    assert "it stays with label smoothing and brings in dropout." in told


def test_no_sources_means_no_citations(tmp_path: Path) -> None:
    study = study_of(tmp_path, "strong", ("label_smoothing",))
    for section in SECTIONS:
        assert not find_cites(written(study, section, sources=()))


def test_a_source_is_told_in_its_own_terms() -> None:
    assert report(SOURCES[0], "label smoothing") == (
        r"The paper by \citet{muller2019when} studies label smoothing empirically: it improves "
        "generalisation and calibration."
    )
    assert report(SOURCES[1], "dropout") == (
        r"\Citet{srivastava2014dropout} propose to drop units at random \& their method "
        r"helps them "
        "a lot."
    )
    assert report(SOURCES[2], "x") == r"A standard reference is \citet{kingma2015adam}."
    quoted = SOURCES[3].model_copy(update={"origin": "openalex"})
    assert report(quoted, "digits").startswith(r"\Citet{lecun1998gradient}: ``Convolutional networks outperform")


def test_a_source_without_authors_is_told_without_inventing_any() -> None:
    unsigned = SOURCES[0].model_copy(update={"authors": ()})
    assert report(unsigned, "smoothing").startswith(r"The paper by unknown authors~\citep{muller2019when} studies")


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


def test_a_source_that_is_part_of_its_sentence_goes_with_it_and_one_in_parentheses_goes_alone() -> None:
    text = "The paper by \\citet{bad} finds much. So it is~\\citep{good,bad}. \\citet{good} agree~\\cite{bad}.\n"
    problem = Problem(section="related_work", rule="unknown-cite", detail="no such source: 'bad'")
    assert mend(text, [problem]) == "So it is~\\citep{good}. \\citet{good} agree.\n"


def test_gains_of_a_percentage_are_in_percentage_points_and_levels_in_per_cent(tmp_path: Path) -> None:
    study = study_of(tmp_path, "strong", ("label_smoothing",))
    assert re.search(
        r"raises test accuracy by [\d.]+ \[[\d., ]+\] percentage points on average", words(study, "results")
    )
    assert "at least 0.5 percentage points" in words(study, "method")
    assert re.search(r"reaches [\d.]+ %, better than", words(study, "results"))


@pytest.mark.parametrize(
    ("policy", "phrase", "has_repairs"),
    [
        ("best_first", "is decided best first", True),
        ("random", "is decided at random", False),
        ("portfolio", "by a portfolio of policies on one tree", True),
        ("keep_discard", "is kept if it is better", False),
        ("mine.search:Policy", r"does not belong to Naturalist, \texttt{mine.search:Policy}.", True),
    ],
)
def test_the_method_says_which_policy_searched(policy: str, phrase: str, has_repairs: bool, tmp_path: Path) -> None:
    text = written(study_of(tmp_path, "strong", ("label_smoothing",)), "method", policy=policy)
    assert phrase in text
    assert ("a repair, which steps back" in text) == has_repairs


def test_the_method_tells_the_levels_and_the_setting_its_defaults(tmp_path: Path) -> None:
    """Whoever repeats the study could not tell which levels were open to the search, and what the rest stood at."""
    study = study_of(tmp_path, "strong", ("width",), ("optimizer",))
    declared = "network width at 16, 32, 64 and 128 units (32 units by default) and the optimiser at adam and sgd_ 100%"
    assert declared in words(study, "method")
    assert "the activation function (relu)" in words(study, "experiments")
    older = study._replace(evidence=study.evidence.model_copy(update={"terms": {}}))
    assert "Declared levels" not in words(older, "method") and "has the choices adam" in words(older, "experiments")


def test_every_policy_has_its_sentence() -> None:
    assert set(SENTENCES) == set(POLICIES)


def test_a_loss_that_the_intervals_do_not_tell_apart_turns_nothing_against_the_claim(tmp_path: Path) -> None:
    """A real paper's abstract warned of a peak of beds at 127.9 % against 127.8 %."""
    study = study_of(tmp_path, "other way", ("label_smoothing",))
    keys = [f"arm.{arm}.calibration.mean" for arm in ("treatment", "control")]
    wide = {key: study.evidence[key].model_copy(update={"low": 0.0, "high": 1.0}) for key in keys}
    evidence = study.evidence.model_copy(update={"quantities": study.evidence.quantities | wide})
    blurred = study._replace(evidence=evidence)
    assert "other way" not in words(blurred, "abstract")
    assert "calibration error is worse under the treatment" in words(blurred, "results")
    assert "Not all metrics move" not in words(blurred, "results")


def test_the_request_is_only_made_testable_by_the_setting_that_answers_it(tmp_path: Path) -> None:
    near, far = (study_of(tmp_path, "strong", factors) for factors in (("label_smoothing",), ("optimizer",)))
    assert "It is made testable as one hypothesis: setting label smoothing" in words(near, "introduction")
    assert "This study tests one hypothesis in its neighbourhood: setting the optimiser" in words(far, "introduction")


def test_limitations_tell_where_the_search_looked_and_promise_no_intervals_that_are_not_there(tmp_path: Path) -> None:
    study = study_of(tmp_path, "strong", ("label_smoothing",))
    assert "all of them at levels that the template declares" in words(study, "limitations")
    between = study.nodes[1].model_copy(update={"config": study.nodes[1].config | {"label_smoothing": 0.07}})
    text = written(study, "limitations", nodes=(*study.nodes, between))
    assert "partly at levels that the template declares and partly between" in text
    untested = study_of(tmp_path, "all fail", ("label_smoothing",))
    assert "interval" not in words(untested, "limitations")
    assert "was to rest on fresh seeds" in words(untested, "introduction")


def test_two_factors_are_spoken_of_in_the_plural(tmp_path: Path) -> None:
    text = words(study_of(tmp_path, "joint", ("label_smoothing", "dropout")), "conclusion")
    assert "label smoothing and dropout are worth setting away from their defaults" in text
    assert "with label smoothing and dropout at their defaults" in text


def _outlined(study: Study) -> Study:
    """The study with a ledger that lists a few of its search nodes, as that of a long search does."""
    named = {f"exp.{node.id}" for node in study.nodes if node.index in (3, 5, 7)}
    kept = {key: item for key, item in study.evidence.quantities.items() if key.rpartition(".")[0] not in named}
    return study._replace(evidence=study.evidence.model_copy(update={"quantities": kept}))


@pytest.mark.parametrize("plant", ["strong", "null", "joint"])
@pytest.mark.parametrize("section", ["experiments", "negative_results"])
def test_of_a_long_search_the_prose_tells_no_more_than_the_ledger_lists(
    tmp_path: Path, plant: str, section: SectionName
) -> None:
    study = _outlined(study_of(tmp_path, plant, ("label_smoothing", "dropout")))
    text = written(study, section)
    assert set(find_keys(text)) <= study.evidence.keys
    assert not find_numerals(text)
    assert "every one of them" not in text
    assert "lists every experiment with seed" not in text


class TestRepeats:
    """What a paper says of one seed must be true where the best nodes had more."""

    def told(self, folder: Path, plant: str, section: SectionName) -> str:
        return write(make_task(study_of(folder, plant, ("width",), ("learning_rate",)), section))

    def test_are_told_of_wherever_the_seeds_of_the_search_are(self, tmp_path: Path) -> None:
        expected: dict[SectionName, str] = {
            "introduction": "one seed, with a few more for its best nodes",
            "method": "they measure the best ones again, on other seeds",
            "experiments": r"\ev{search.repeats} more experiments measured nodes of it again",
            "results": r"in the mean of \evn{search.best} seeds",
            "negative_results": r"\ev{search.repeats_failed} failed",
            "limitations": "were not measured again",
        }
        for section, words in expected.items():
            assert words in self.told(tmp_path, "measured again", section)

    def test_are_not_told_of_where_there_were_none(self, tmp_path: Path) -> None:
        for section in SECTIONS:
            text = self.told(tmp_path, "strong", section)
            assert "again, on other seeds" not in text and "search.repeats" not in text

    def test_are_no_nodes(self, tmp_path: Path) -> None:
        evidence = study_of(tmp_path, "measured again", ("width",), ("learning_rate",)).evidence
        assert [evidence[f"search.{key}"].value for key in ("nodes", "repeats", "failed")] == [12, 3, 1]


@pytest.mark.parametrize("phases", [("working", "tuning", "question"), ("working", "question"), ("",)])
def test_the_method_tells_of_the_stages_that_there_were(tmp_path: Path, phases: tuple[str, ...]) -> None:
    study = study_of(tmp_path, "strong", ("width",), ("learning_rate",))
    nodes = [node.model_copy(update={"phase": phases[place % len(phases)]}) for place, node in enumerate(study.nodes)]
    text = write(make_task(study, "method", nodes=tuple(nodes)))
    assert ("goes by stages" in text) == ("working" in phases)
    assert ("alone moves" in text) == ("tuning" in phases)
