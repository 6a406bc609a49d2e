"""A fitted reviewer as a report sees it."""

import shutil
from pathlib import Path

import pytest

from reviewer.errors import ReviewerError
from reviewer.estimate.model import FORM, load_fitted
from reviewer.estimate.shipped import load_reviewer
from reviewer.report.predicting import group_scores
from reviewer.report.predictions import FUSED, TEXT_ONLY
from tests.reviewer.estimate.corpus import Fitted

pytestmark = pytest.mark.slow


def test_it_tells_what_it_was_fitted_on_and_takes_the_accepted_share_for_its_threshold(fitted: Fitted) -> None:
    reviewer = load_reviewer(fitted.folder)
    rate = sum(row.accept or 0 for row in fitted.corpus.rows) / 260
    assert reviewer.key == f"{FORM}, calibrated on 260 papers of Made-Up Meeting"
    assert reviewer.thresholds == {TEXT_ONLY: rate, FUSED: rate}
    assert reviewer.training["n"] == 260 and reviewer.training["auc"] == fitted.fit.figures["none"]["auc"]
    assert reviewer.level and 0.8 <= reviewer.level <= 0.95


def test_papers_are_predicted_by_text_and_those_with_scores_once_more(fitted: Fitted) -> None:
    rows, scores = fitted.corpus.rows[:6], [one for one in fitted.corpus.scores if one.id in {"made1", "made4"}]
    found = load_reviewer(fitted.folder).predict_rows(rows, group_scores(scores), None)
    by_group = {group: [one.id for one in found if one.group == group] for group in (TEXT_ONLY, FUSED)}
    assert by_group == {TEXT_ONLY: [f"made{place}" for place in range(6)], FUSED: ["made1", "made4"]}
    for one in found:
        assert one.p_low is not None and one.p_high is not None and one.p_low <= one.probability <= one.p_high
        assert one.label == rows[int(one.id[4:])].accept and one.expected is not None


def test_scores_of_unknown_panels_fuse_nothing(fitted: Fitted) -> None:
    scores = [one.model_copy(update={"config": "unknown"}) for one in fitted.corpus.scores[:3]]
    found = load_reviewer(fitted.folder).predict_rows(fitted.corpus.rows[:3], group_scores(scores), None)
    assert {one.group for one in found} == {TEXT_ONLY}


def test_rate_moves_every_probability(fitted: Fitted) -> None:
    predict, rows = load_reviewer(fitted.folder).predict_rows, fitted.corpus.rows[:3]
    usual, rare = predict(rows, {}, None), predict(rows, {}, 0.05)
    assert all(one.probability > other.probability for one, other in zip(usual, rare, strict=True))


def test_withdrawn_papers_have_no_decision_to_be_judged_by(fitted: Fitted) -> None:
    row = fitted.corpus.rows[0].model_copy(update={"accept": None})
    with pytest.raises(ReviewerError, match="made0: withdrawn"):
        load_reviewer(fitted.folder).predict_rows([row], {}, None)


@pytest.mark.parametrize("content", [None, b"{}", b"no json"])
def test_baselines_that_are_not_there_are_one_line(fitted: Fitted, tmp_path: Path, content: bytes | None) -> None:
    folder = Path(shutil.copytree(fitted.folder, tmp_path / "copy"))
    (folder / "baselines.json").unlink()
    if content is not None:
        (folder / "baselines.json").write_bytes(content)
    assert load_fitted(folder)
    with pytest.raises(ReviewerError, match="no baselines") as caught:
        load_reviewer(folder)
    assert "\n" not in str(caught.value)
