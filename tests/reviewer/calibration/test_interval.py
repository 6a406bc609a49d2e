"""The conformal interval of human scores: holds what it promises on new papers, within the scale."""

from typing import Any

import numpy as np
import pytest
from crepes import ConformalRegressor
from hypothesis import given
from hypothesis import strategies as st

from reviewer.calibration import ScoreInterval
from reviewer.calibration.fitting import fit_interval
from reviewer.errors import ReviewerError
from tests.reviewer.calibration.samples import papers


def coverage(fitted: ScoreInterval, predictions: Any, human: Any, difficulty: Any = None) -> float:
    scales = [None] * len(human) if difficulty is None else difficulty.tolist()
    ends = [fitted.interval(guess, difficulty=scale) for guess, scale in zip(predictions.tolist(), scales, strict=True)]
    return np.mean([low <= score <= high for (low, high), score in zip(ends, human.tolist(), strict=True)]).item()


@pytest.mark.parametrize("alpha", [0.1, 0.3])
def test_it_holds_its_share_of_new_papers(alpha: float) -> None:
    old, new = papers(2000, seed=1), papers(4000, seed=2)
    assert coverage(fit_interval(old.text, old.human, alpha), new.text, new.human) == pytest.approx(1 - alpha, abs=0.02)


def test_on_few_papers_it_holds_its_share_on_average() -> None:
    new = papers(500, seed=99)
    shares = [
        coverage(fit_interval(old.text, old.human), new.text, new.human) for old in (papers(60, s) for s in range(60))
    ]
    assert 0.885 <= np.mean(shares) <= 0.93


def test_a_difficulty_estimate_gives_easy_papers_a_narrower_interval_of_the_same_share() -> None:
    dice = np.random.default_rng(3)
    difficulty = dice.uniform(0.1, 1, 4000)
    human = 5.5 + dice.normal(size=4000) * difficulty
    fitted = fit_interval(np.full(2000, 5.5), human[:2000], difficulty=difficulty[:2000])
    for part in (difficulty[2000:] < 0.4, difficulty[2000:] > 0.7):
        held = coverage(fitted, np.full(int(part.sum()), 5.5), human[2000:][part], difficulty[2000:][part])
        assert held == pytest.approx(0.9, abs=0.03)


def test_it_is_the_interval_of_crepes() -> None:
    found = papers(150)
    reference: Any = ConformalRegressor()
    reference.fit(found.human - found.text)
    expected = reference.predict_int(found.text, confidence=0.9, y_min=1, y_max=10)
    said = [fit_interval(found.text, found.human).interval(guess) for guess in np.clip(found.text, 1, 10).tolist()]
    assert np.array(said) == pytest.approx(expected, abs=1e-9)


@given(st.floats(-5, 15), st.floats(0, 12), st.floats(1, 50), st.floats(1, 50))
def test_it_stays_on_the_scale_and_a_wider_one_holds_a_narrower(
    guess: float, half: float, one: float, other: float
) -> None:
    fitted = ScoreInterval(alpha=0.1, half_width=half, n=99)
    (low, high), (lower, higher) = (fitted.interval(guess, widen) for widen in sorted((one, other)))
    assert 1 <= lower <= low <= min(max(guess, 1), 10) <= high <= higher <= 10
    assert ScoreInterval.model_validate_json(fitted.model_dump_json()) == fitted


@pytest.mark.parametrize(
    ("guess", "widen", "difficulty", "complaint"),
    [
        (float("nan"), 1, None, "the predicted score is nan"),
        (5, 0.5, None, "must be at least 1"),
        (5, float("inf"), None, "the widening is inf"),
        (5, 1, 2.0, "takes no difficulty"),
    ],
)
def test_what_it_cannot_take_is_refused(guess: float, widen: float, difficulty: Any, complaint: str) -> None:
    with pytest.raises(ReviewerError, match=complaint):
        ScoreInterval(alpha=0.1, half_width=1, n=99).interval(guess, widen, difficulty)


@pytest.mark.parametrize(("difficulty", "complaint"), [(None, "needs a difficulty"), (0.0, "must be above 0")])
def test_a_normalised_one_needs_a_difficulty(difficulty: Any, complaint: str) -> None:
    with pytest.raises(ReviewerError, match=complaint):
        ScoreInterval(alpha=0.1, half_width=1, n=99, is_normalised=True).interval(5, 1, difficulty)


@pytest.mark.parametrize(
    ("human", "alpha", "difficulty", "complaint"),
    [
        ([5.0] * 19, 0.1, None, "20 predictions for 19"),
        ([5.0] * 20, 0.01, None, "too few for alpha 0.01"),
        ([5.0] * 20, 1.5, None, "too few for alpha 1.5"),
        ([5.0] * 20, 0.1, [0.0] * 20, "difficulty must be above 0"),
        ([float("nan")] * 20, 0.1, None, "human scores: 20 of 20"),
    ],
)
def test_what_cannot_be_fitted_is_refused(human: Any, alpha: float, difficulty: Any, complaint: str) -> None:
    with pytest.raises(ReviewerError, match=complaint):
        fit_interval([4.0] * 20, human, alpha, difficulty)
