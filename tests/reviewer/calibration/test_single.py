"""The map of one score: isotonic only above 1,000 labels, and exactly scikit-learn's."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from reviewer.calibration import IsotonicMap, PlattMap
from reviewer.calibration.fitting import fit_calibrator, fit_isotonic
from reviewer.errors import ReviewerError
from tests.reviewer.calibration.samples import papers


def stepped(n: int) -> tuple[Any, Any]:
    """Return scores and labels that no sigmoid can follow: plateaus at .1, .5 and .9."""
    scores = np.linspace(0, 1, n)
    chance = np.select([scores < 0.05, scores < 0.95], [0.02, 0.5], 0.98)
    return scores, (np.random.default_rng(0).random(n) < chance).astype(float)


def test_an_isotonic_map_says_what_scikit_learn_says() -> None:
    found = papers(1200)
    rounded = np.round(found.text, 1)  # with ties
    model: Any = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(rounded, found.labels)
    asked = [*rounded.tolist(), *np.linspace(-5, 15, 999).tolist()]
    said = [fit_isotonic(rounded, found.labels).apply(score) for score in asked]
    assert said == pytest.approx(model.predict(asked).tolist(), abs=1e-9)


def test_isotonic_at_1000_labels_is_refused() -> None:
    found = papers(1000)
    with pytest.raises(ReviewerError, match="more than 1,000 labels, got 1,000; use platt"):
        fit_calibrator(found.text, found.labels, method="isotonic")


def test_auto_is_platt_up_to_1000_labels_even_where_steps_would_fit() -> None:
    assert isinstance(fit_calibrator(*stepped(1000)), PlattMap)


def test_auto_above_1000_labels_takes_what_predicts_better() -> None:
    found = papers(1001)
    assert isinstance(fit_calibrator(*stepped(3000)), IsotonicMap)
    assert isinstance(fit_calibrator(found.text, found.labels), PlattMap)
    assert isinstance(fit_calibrator(*stepped(3000), method="platt"), PlattMap)


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20, unique=True),
    st.lists(st.floats(0, 1), min_size=20, max_size=20),
    st.floats(-2e3, 2e3),
    st.floats(-2e3, 2e3),
)
def test_it_rises_within_0_and_1(scores: list[float], shares: list[float], one: float, other: float) -> None:
    knots = tuple(sorted(shares[: len(scores)]))
    fitted = IsotonicMap(scores=tuple(sorted(scores)), probabilities=knots, n=1001)
    low, high = sorted((one, other))
    assert 0 <= fitted.apply(low) <= fitted.apply(high) <= 1
    assert IsotonicMap.model_validate_json(fitted.model_dump_json()) == fitted


@pytest.mark.parametrize(
    ("scores", "probabilities", "n"),
    [((0, 1), (0.5,), 2000), ((1, 0), (0.1, 0.2), 2000), ((0, 1), (0.2, 0.1), 2000), ((0, 1), (0.1, 0.2), 1000)],
)
def test_a_record_that_falls_or_has_too_few_labels_is_none(scores: Any, probabilities: Any, n: int) -> None:
    with pytest.raises(ValueError, match="IsotonicMap"):
        IsotonicMap(scores=scores, probabilities=probabilities, n=n)


def test_no_number_is_refused() -> None:
    with pytest.raises(ReviewerError, match="score is nan"):
        IsotonicMap(scores=(0,), probabilities=(0.5,), n=1001).apply(float("nan"))
