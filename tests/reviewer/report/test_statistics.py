from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reviewer.report import statistics as st
from reviewer.report.statistics import Floats

SCORES: Any = import_module("sklearn.metrics")
PAPERS = some.lists(
    some.tuples(some.sampled_from((0.0, 1.0)), some.sampled_from((0.05, 0.2, 0.4, 0.5, 0.7, 0.95))),
    min_size=8,
    max_size=60,
)


def draw(n: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Labels that follow their probabilities."""
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 3, n)
    return (rng.random(n) < p).astype(float), p


@given(PAPERS)
@settings(max_examples=60, deadline=None)
def test_decisions_agree_with_scikit_learn(papers: list[tuple[float, float]]) -> None:
    y, p = np.array(papers).T
    if len(set(y)) < 2:
        assert np.isnan([st.auc(y, p), st.balanced_accuracy(y, p, 0.5), st.brier_skill(y, p)]).all()
        return
    assert st.auc(y, p) == pytest.approx(SCORES.roc_auc_score(y, p))
    assert st.balanced_accuracy(y, p, 0.5) == pytest.approx(SCORES.balanced_accuracy_score(y, p >= 0.5))
    assert st.f1(y, p, 0.5) == pytest.approx(SCORES.f1_score(y, p >= 0.5))
    assert st.brier(y, p) == pytest.approx(SCORES.brier_score_loss(y, p))


@given(PAPERS)
@settings(max_examples=40, deadline=None)
def test_spearman_agrees_with_scipy(papers: list[tuple[float, float]]) -> None:
    one, two = np.array(papers).T
    if len(set(one)) < 2 or len(set(two)) < 2:
        assert np.isnan(st.spearman(one, two))
    else:
        assert st.spearman(one, two) == pytest.approx(import_module("scipy.stats").spearmanr(one, two).statistic)


def test_line_agrees_with_an_unpenalised_logistic_regression() -> None:
    y, p = draw(400)
    fitted = (
        import_module("sklearn.linear_model")
        .LogisticRegression(C=np.inf, tol=1e-10)
        .fit(np.log(p / (1 - p))[:, None], y)
    )
    slope, intercept = st.calibration_line(y, p)
    assert slope == pytest.approx(fitted.coef_[0, 0], abs=1e-4)
    assert intercept == pytest.approx(fitted.intercept_[0], abs=1e-4)


def test_line_finds_an_overconfident_model() -> None:
    y, p = draw(20_000)
    slope, intercept = st.calibration_line(y, 1 / (1 + np.exp(-1) * ((1 - p) / p) ** 2))
    assert slope == pytest.approx(0.5, abs=0.03)
    assert intercept == pytest.approx(-0.5, abs=0.06)


@pytest.mark.parametrize("p", [np.full(40, 0.3), np.linspace(0.01, 0.99, 40)])
def test_no_line_through_constant_or_perfectly_parted_predictions(p: Floats) -> None:
    y = (np.arange(40) >= 20).astype(float)
    assert np.isnan(st.calibration_line(y, p)).all()


def test_certain_predictions_keep_a_finite_line() -> None:
    y, p = draw(200)
    p[:3] = (0.0, 1.0, 1.0)
    assert np.isfinite(st.calibration_line(y, p)).all()


def test_many_resamples_at_once_are_the_same_as_one_by_one() -> None:
    y, p = draw(80)
    papers = np.random.default_rng(1).integers(80, size=(5, 80))
    bins = st.bins_of(p, 15, False)
    for name, together, alone in (
        ("auc", st.auc(y[papers], p[papers]), [st.auc(y[i], p[i]) for i in papers]),
        ("f1", st.f1(y[papers], p[papers], 0.4), [st.f1(y[i], p[i], 0.4) for i in papers]),
        ("ece", st.ece((p - y)[papers], bins[papers], 15), [st.ece((p - y)[i], bins[i], 15) for i in papers]),
        ("spearman", st.spearman(y[papers], p[papers]), [st.spearman(y[i], p[i]) for i in papers]),
        ("slope", st.calibration_line(y[papers], p[papers])[0], [st.calibration_line(y[i], p[i])[0] for i in papers]),
    ):
        assert together == pytest.approx(np.array(alone), abs=1e-8), name


def test_ece_by_hand() -> None:
    p, y = np.array([0.1, 0.1, 0.9, 0.9]), np.array([0.0, 1.0, 1.0, 1.0])
    assert st.ece(p - y, st.bins_of(p, 10, False), 10) == pytest.approx(0.5 * 0.4 + 0.5 * 0.1)


def test_bins_of_equal_width_take_in_both_ends() -> None:
    assert st.bins_of(np.array([0.0, 0.0999, 0.1, 0.95, 1.0]), 10, False).tolist() == [0, 0, 1, 9, 9]


def test_bins_of_equal_mass_hold_equally_many() -> None:
    _, p = draw(300)
    assert np.bincount(st.bins_of(p, 15, True)).tolist() == [20] * 15
    assert set(st.bins_of(np.full(50, 0.3), 15, True)) == {0}
