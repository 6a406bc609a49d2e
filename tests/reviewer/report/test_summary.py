import numpy as np
import pytest

from reviewer.errors import ReviewerError
from reviewer.report.criteria import judge
from reviewer.report.figures import Measured
from reviewer.report.metrics import compare, evaluate
from reviewer.report.predictions import FUSED, TEXT_ONLY, Prediction, Provenance
from reviewer.report.summary import Cohort, Report, summarise
from reviewer.report.tables import figure_columns, figure_rows, missing_reasons
from tests.reviewer.report.papers import make_papers, make_scores, predict_by_words

META = Provenance(source="papers.jsonl", data_sha256="0" * 64, thresholds={TEXT_ONLY: 0.35}, baseline_threshold=0.45)


def predictions(n: int) -> list[Prediction]:
    papers = make_papers(n)
    return predict_by_words(papers, {one.id: [one] for one in make_scores(papers)}, None)


def baselines(n: int) -> dict[str, dict[str, float]]:
    ids = [paper.id for paper in make_papers(n)]
    chance = np.random.default_rng(5).random(n)
    return {"length": dict(zip(ids, map(float, chance), strict=True)), "constant": dict.fromkeys(ids, 0.5)}


@pytest.fixture(scope="module")
def report() -> Report:
    return summarise(predictions(80), baselines(80), META)


def rows_of(cohort: Cohort) -> dict[str, list[str]]:
    return {row[0]: row[1:] for row in figure_rows(cohort)}


class TestSummary:
    def test_every_group_that_knows_the_papers_is_judged_on_them(self, report: Report) -> None:
        whole, scored = report.cohorts
        assert (whole.n, [group.name for group in whole.groups]) == (80, [TEXT_ONLY])
        assert (scored.n, [group.name for group in scored.groups]) == (40, [TEXT_ONLY, FUSED])

    def test_figures_are_those_of_evaluate(self, report: Report) -> None:
        papers = [one for one in predictions(80) if one.group == TEXT_ONLY]
        labels, human = [one.label for one in papers], [one.human_mean for one in papers]
        ours, expected = [one.probability for one in papers], [one.expected for one in papers]
        group = report.cohorts[0].groups[0]
        assert group.figures == evaluate(labels, ours, human, expected, 0.35)
        chance = list(baselines(80)["length"].values())
        assert report.cohorts[0].baselines["length"] == evaluate(labels, chance, human, threshold=0.45)
        assert group.differences["length"] == compare(labels, ours, chance, human, expected, 0.35, 0.45)

    def test_criteria_stand_with_the_whole_set_of_a_group_alone(self, report: Report) -> None:
        whole, scored = report.cohorts
        assert whole.groups[0].criteria
        assert [bool(group.criteria) for group in scored.groups] == [False, True]

    def test_counts_papers_by_split_and_decision(self, report: Report) -> None:
        whole = report.cohorts[0]
        assert whole.splits == {"train": 27, "calibration": 27, "test": 26}
        assert whole.n_accepted == sum(paper.accept or 0 for paper in make_papers(80))

    def test_is_read_back_from_json(self, report: Report) -> None:
        assert Report.model_validate_json(report.model_dump_json()) == report

    def test_a_paper_twice_is_refused(self) -> None:
        with pytest.raises(ReviewerError, match="p0 was predicted twice by 'text only'"):
            summarise([*predictions(40), predictions(40)[0]], {}, META)

    def test_nothing_to_judge_is_refused(self) -> None:
        with pytest.raises(ReviewerError, match="no paper to report on"):
            summarise([], {}, META)

    def test_a_baseline_that_lacks_papers_is_refused(self) -> None:
        with pytest.raises(ReviewerError, match="length has no prediction for p38 and 1 others"):
            summarise(predictions(40), {"length": baselines(38)["length"]}, META)

    def test_a_few_papers_have_no_figures_but_reasons(self) -> None:
        report = summarise(predictions(10), baselines(10), META)
        assert report.cohorts[0].groups[0].figures.auc.value is None
        assert any("30 papers are needed" in line for line in missing_reasons(report.cohorts[0]))
        assert all(one.is_met is None for one in report.cohorts[0].groups[0].criteria)


class TestTables:
    def test_one_group_has_the_columns_of_the_form(self, report: Report) -> None:
        assert figure_columns(report.cohorts[0]) == ["metric", "reviewer", "interval", "length-only", "constant"]

    def test_groups_stand_side_by_side(self, report: Report) -> None:
        columns = figure_columns(report.cohorts[1])
        assert columns[1:5] == ["reviewer, text only", "interval", "reviewer, fused with LLM scores", "interval"]
        assert all(len(row) == len(columns) for row in figure_rows(report.cohorts[1]))

    def test_cells_are_the_figures(self, report: Report) -> None:
        whole = report.cohorts[0]
        auc = whole.groups[0].figures.auc
        assert rows_of(whole)["AUC"][:2] == [f"{auc.value:.3f}", f"[{auc.low:.3f}, {auc.high:.3f}]"]
        assert rows_of(whole)["AUC"][-1] == "0.500"
        assert rows_of(whole)["calibration slope"][-1] == "–"

    def test_calibration_error_stands_above_that_of_a_perfect_model(self, report: Report) -> None:
        titles = [row[0] for row in figure_rows(report.cohorts[0])]
        place = titles.index("ECE, 15 bins of equal width")
        assert "of a perfect model" in titles[place + 1]
        assert figure_rows(report.cohorts[0])[place + 1][2].endswith(("within", "above"))


class TestCriteria:
    def test_a_good_reviewer_meets_them_and_a_bad_one_misses_them(self) -> None:
        rng = np.random.default_rng(2)
        p = rng.beta(0.8, 1, 300)
        y, human = (rng.random(300) < p).astype(float), 3 + 5 * p + rng.normal(0, 1, 300)
        chance = rng.beta(3, 3, 300)
        good = judge(TEXT_ONLY, evaluate(y, p, human), {"length": compare(y, p, chance, human)})
        assert len(good) == 9
        assert all(one.is_met is True for one in good), good
        bad = judge(TEXT_ONLY, evaluate(y, chance, human), {"length": compare(y, chance, p, human)})
        assert all(one.is_met is False for one in bad), bad

    def test_fused_is_asked_for_more(self) -> None:
        y = np.arange(60) % 2
        asked = [one.asked for one in judge(FUSED, evaluate(y, np.full(60, 0.5)), {})]
        assert asked == ["AUC at least 0.75", "Spearman at least 0.47"]

    def test_other_groups_are_asked_for_nothing(self) -> None:
        assert judge("a panel", evaluate([0, 1] * 20, [0.4] * 40), {}) == ()

    def test_above_zero_is_the_whole_interval(self) -> None:
        assert Measured(value=0.1, low=0.01, high=0.2).is_above_zero
        assert not Measured(value=0.1, low=-0.01, high=0.2).is_above_zero
        assert not Measured(value=0.1).is_above_zero
