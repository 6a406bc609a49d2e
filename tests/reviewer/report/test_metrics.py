import json
import time
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from reviewer.report.figures import Difference, Figures, Measured
from reviewer.report.metrics import compare, evaluate
from reviewer.report.statistics import Floats

SCORES: Any = import_module("sklearn.metrics")


def draw(n: int, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Labels that follow their probabilities, and human means that follow them with noise."""
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 3, n)
    return (rng.random(n) < p).astype(float), p, 3 + 4 * p + rng.normal(0, 1, n)


def measured(record: Figures | Difference) -> dict[str, Measured]:
    found = {name: getattr(record, name) for name in type(record).model_fields}
    return {name: value for name, value in found.items() if isinstance(value, Measured)}


class TestEvaluate:
    def test_every_figure_lies_in_its_interval(self) -> None:
        figures = evaluate(*draw(300))
        for name, one in measured(figures).items() | {("ece", figures.ece.error)}:
            assert one.value is not None and one.low is not None and one.high is not None, name
            assert one.low < one.value < one.high, name

    def test_points_are_those_of_scikit_learn(self) -> None:
        y, p, _ = draw(250)
        figures = evaluate(y, p, threshold=0.35)
        assert figures.auc.value == pytest.approx(SCORES.roc_auc_score(y, p))
        assert figures.brier.value == pytest.approx(SCORES.brier_score_loss(y, p))
        assert figures.f1.value == pytest.approx(SCORES.f1_score(y, p >= 0.35))
        assert figures.balanced_accuracy.value == pytest.approx(SCORES.balanced_accuracy_score(y, p >= 0.35))

    def test_same_papers_give_the_same_intervals_and_another_seed_others(self) -> None:
        papers = draw(120)
        assert evaluate(*papers) == evaluate(*papers)
        assert evaluate(*papers).auc.low != evaluate(*papers, seed=1).auc.low

    def test_correlates_expected_scores_and_leaves_papers_without_one_out(self) -> None:
        y, p, human = draw(100)
        expected: list[float | None] = [*human[:60], *([None] * 40)]
        figures = evaluate(y, p, human, expected)
        assert figures.spearman.value == pytest.approx(1.0)
        assert figures.n == 100

    def test_among_rejected_papers_the_leak_does_not_help(self) -> None:
        rng = np.random.default_rng(0)
        y = (np.arange(400) % 2).astype(float)
        human = 4 + 3 * y + rng.normal(0, 0.5, 400)
        leak = np.where(y == 1, 0.9, 0.1) + rng.uniform(-0.05, 0.05, 400)
        figures = evaluate(y, leak, human)
        assert figures.spearman.value is not None and figures.spearman.value > 0.6
        rejected = figures.spearman_rejected
        assert rejected.low is not None and rejected.high is not None and rejected.low < 0 < rejected.high

    def test_is_fast_enough_to_build_models_by(self) -> None:
        papers = draw(1000)
        start = time.perf_counter()
        evaluate(*papers)
        assert time.perf_counter() - start < 20


def test_a_wrong_model_is_not_within_the_noise_floor() -> None:
    y, p, _ = draw(300)
    right, wrong = evaluate(y, p), evaluate(y, np.clip(p + 0.3, 0, 1))
    assert (right.ece.is_within_floor, right.ece_equal_mass.is_within_floor) == (True, True)
    assert (wrong.ece.is_within_floor, wrong.ece_equal_mass.is_within_floor) == (False, False)


class TestDegenerateCases:
    def test_one_label(self) -> None:
        figures = evaluate(np.zeros(50), np.linspace(0.1, 0.6, 50), np.linspace(1, 9, 50))
        for one in (figures.auc, figures.balanced_accuracy, figures.f1, figures.brier_skill, figures.slope):
            assert one.value is None and one.why_not
        assert figures.brier.value is not None
        assert figures.spearman.value == pytest.approx(1.0)

    def test_constant_predictions(self) -> None:
        y, _, human = draw(60)
        figures = evaluate(y, np.full(60, 0.4), human)
        assert figures.auc.value == 0.5
        for one in (figures.slope, figures.intercept, figures.spearman, figures.spearman_rejected):
            assert one.value is None and one.low is None and one.why_not

    @pytest.mark.parametrize("n", [0, 1, 29])
    def test_few_papers(self, n: int) -> None:
        figures = evaluate(*draw(n))
        assert figures.n == n
        for one in (*measured(figures).values(), figures.ece.error):
            assert one == Measured(value=None, why_not=one.why_not)
            assert one.why_not
            assert "30 papers are needed" in one.why_not
        assert figures.ece.is_within_floor is None

    def test_an_interval_that_most_resamples_lack_is_not_told(self) -> None:
        y = np.zeros(40)
        y[0] = 1
        figures = evaluate(y, np.linspace(0.1, 0.9, 40))
        assert figures.auc.value == 0.0
        assert figures.auc.low is None and figures.auc.why_not

    def test_nothing_is_ever_nan(self) -> None:
        y, p, human = draw(60)
        for labels, probabilities in ((y, p), (y, np.full(60, 0.5)), (np.ones(60), p), (y, y), (y, 1 - y)):
            json.dumps(evaluate(labels, probabilities, human).model_dump(), allow_nan=False)
            json.dumps(compare(labels, probabilities, np.full(60, 0.5), human).model_dump(), allow_nan=False)

    def test_what_does_not_go_together_is_refused(self) -> None:
        with pytest.raises(ValueError, match="one length"):
            evaluate([0, 1], [0.5])
        with pytest.raises(ValueError, match="labels 0 and 1"):
            evaluate([0, 2], [0.5, 0.5])
        with pytest.raises(ValueError, match=r"probabilities in \[0, 1\]"):
            evaluate([0, 1], [0.5, float("nan")])


class TestCompare:
    def test_a_good_model_is_above_chance_in_everything(self) -> None:
        y, p, human = draw(400)
        chance = np.random.default_rng(9).random(400)
        for name, one in measured(compare(y, p, chance, human)).items():
            assert one.is_above_zero, name

    def test_a_model_is_not_above_itself(self) -> None:
        y, p, human = draw(200)
        for one in measured(compare(y, p, p, human)).values():
            assert one.value == 0
            assert not one.is_above_zero

    def test_pairs_are_narrower_than_two_models_apart(self) -> None:
        y, p, _ = draw(300)
        near = np.clip(p + np.random.default_rng(3).normal(0, 0.02, 300), 0, 1)
        paired, alone = compare(y, p, near).auc, evaluate(y, p).auc
        assert paired.low is not None and paired.high is not None and alone.low is not None and alone.high is not None
        assert paired.high - paired.low < (alone.high - alone.low) / 2

    def test_each_side_has_its_own_threshold(self) -> None:
        y, p, _ = draw(300)
        assert compare(y, p, p * 0.5, threshold=0.4, their_threshold=0.2).balanced_accuracy.value == 0
