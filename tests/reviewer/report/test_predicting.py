import os
from collections.abc import Sequence

import pytest

from reviewer.data import ReviewedPaper
from reviewer.report.baselines import BASELINES, fit_baselines
from reviewer.report.predicting import ScoresById, group_scores, predict_all, predict_baselines, select_rows
from reviewer.report.predictions import FUSED, TEXT_ONLY, Prediction
from tests.reviewer.report.papers import make_papers, make_scores, predict_by_words, predict_one


def tell_process(rows: Sequence[ReviewedPaper], scores: ScoresById, rate: float | None) -> list[Prediction]:
    return [predict_one(row, f"process {os.getpid()}, {os.environ.get('OMP_NUM_THREADS')}", 0.5) for row in rows]


@pytest.mark.parametrize("n", [10, 60])
def test_predicts_every_paper_in_order_alone_or_by_two(n: int) -> None:
    papers, told = make_papers(n), list[tuple[int, int]]()
    scores = group_scores(make_scores(papers))
    found = predict_all(predict_by_words, papers, scores, 0.3, lambda done, total: told.append((done, total)))
    assert found == predict_by_words(papers, scores, 0.3)
    assert [one.id for one in found if one.group == TEXT_ONLY] == [paper.id for paper in papers]
    assert [one.id for one in found if one.group == FUSED] == [paper.id for paper in papers[::2]]
    assert told[0] == (8, n) and told[-1] == (n, n)


def test_many_papers_are_shared_by_other_processes_with_one_core_each() -> None:
    found = predict_all(tell_process, make_papers(60), {}, None, lambda done, total: None)
    groups = {one.group for one in found}
    assert 1 <= len(groups) <= 2
    assert all(group.endswith(", 1") and f"process {os.getpid()}," not in group for group in groups)


def test_few_papers_stay_in_this_process() -> None:
    found = predict_all(tell_process, make_papers(5), {}, None, lambda done, total: None)
    assert all(f"process {os.getpid()}," in one.group for one in found)


def test_papers_without_text_or_decision_are_counted_apart() -> None:
    papers = list(make_papers(6))
    papers[0] = papers[0].model_copy(update={"body": " \n"})
    papers[1] = papers[1].model_copy(update={"accept": None})
    papers[2] = papers[2].model_copy(update={"accept": None, "body": ""})
    found = select_rows(papers)
    assert ([row.id for row in found.rows], found.without_text, found.withdrawn) == (["p3", "p4", "p5"], 1, 2)


def test_scores_of_a_paper_stand_together() -> None:
    one = make_scores(make_papers(1))[0]
    other = one.model_copy(update={"config": "model-b"})
    assert group_scores([one, other]) == {"p0": [one, other]}


def test_baselines_predict_by_id() -> None:
    papers = make_papers(60)
    fitted = fit_baselines(papers)
    found = predict_baselines(fitted, papers, 0.2)
    assert set(found) == set(BASELINES)
    assert found["constant"]["p7"] == pytest.approx(0.2)
    assert found["length"]["p7"] == pytest.approx(fitted.predict("length", papers[7], 0.2))
