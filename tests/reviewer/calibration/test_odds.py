"""Another acceptance rate, and an interval opened for an unlike paper."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.calibration import open_interval, shift_prior
from reviewer.calibration.odds import sigmoid
from reviewer.errors import ReviewerError

SHARES = st.floats(0, 1)
RATES = st.floats(0.01, 0.99)


def test_the_base_rate_of_one_venue_becomes_that_of_the_other() -> None:
    assert shift_prior(0.4, fitted_rate=0.4, target_rate=0.25) == pytest.approx(0.25)


def test_odds_are_multiplied_by_the_ratio_of_the_prior_odds() -> None:
    assert shift_prior(0.5, fitted_rate=0.5, target_rate=0.2) == pytest.approx(0.2)
    assert shift_prior(0.8, fitted_rate=0.5, target_rate=0.2) == pytest.approx(0.5)  # odds of 4, a quarter of them


@given(SHARES, SHARES, RATES, RATES)
def test_a_shift_keeps_the_order_and_goes_back(one: float, other: float, fitted: float, target: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= shift_prior(low, fitted, target) <= shift_prior(high, fitted, target) + 1e-15 <= 1 + 1e-15
    assert shift_prior(shift_prior(one, fitted, target), target, fitted) == pytest.approx(one, abs=1e-9)
    assert shift_prior(one, fitted, fitted) == pytest.approx(one, abs=1e-12)


@pytest.mark.parametrize("rate", [0, 1, -0.1, 1.5, math.nan])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ReviewerError, match="the target acceptance rate"):
        shift_prior(0.5, 0.5, rate)
    with pytest.raises(ReviewerError, match="the fitted acceptance rate"):
        shift_prior(0.5, rate, 0.5)


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan, math.inf])
def test_a_probability_that_is_none_is_refused(probability: float) -> None:
    with pytest.raises(ReviewerError, match="the probability is"):
        shift_prior(probability, 0.5, 0.5)
    with pytest.raises(ReviewerError, match="the lower end is"):
        open_interval(probability, 1, 2)


@given(SHARES, SHARES, st.floats(1, 1e6), st.floats(1, 1e6))
def test_a_wider_opening_holds_a_narrower_and_the_interval_itself(
    one: float, other: float, some: float, more: float
) -> None:
    low, high = sorted((one, other))
    inner, outer = (open_interval(low, high, widening) for widening in sorted((some, more)))
    assert 0 <= outer[0] <= inner[0] <= low <= high <= inner[1] <= outer[1] <= 1


@given(SHARES, SHARES, RATES)
def test_a_far_paper_is_in_the_end_not_told_from_the_base_rate(one: float, other: float, rate: float) -> None:
    low, high = open_interval(min(one, other), max(one, other), 100)
    assert low <= rate <= high


def test_an_interval_is_not_opened_without_need() -> None:
    assert open_interval(0.2, 0.3, 1) == pytest.approx((0.2, 0.3))
    with pytest.raises(ReviewerError, match="at least 1"):
        open_interval(0.2, 0.3, 0.9)


def test_log_odds_of_any_size_have_a_probability() -> None:
    assert [sigmoid(at) for at in (-1e9, 0.0, 1e9)] == [0, 0.5, 1]
