"""How far a draft is from the fitted papers: few of their like are beyond, strange ones are, and it widens smoothly."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.covariance import LedoitWolf

from reviewer.calibration import Extrapolation
from reviewer.calibration.fitting import fit_extrapolation
from reviewer.errors import ReviewerError
from tests.reviewer.calibration.samples import NAMES, STRANGE, USUAL, papers

FITTED = fit_extrapolation(papers(500).features, NAMES)


def test_about_one_in_a_hundred_new_papers_of_the_same_kind_is_beyond() -> None:
    new = papers(3000, seed=7).features.tolist()
    beyond = [FITTED.is_beyond(dict(zip(NAMES, row, strict=True))) for row in new]
    assert 0.002 <= np.mean(beyond) <= 0.025


def test_with_many_features_the_percentiles_are_those_of_new_papers() -> None:
    dice = np.random.default_rng(0)
    mixed = dice.normal(size=(60, 60))
    names = tuple(f"f{at}" for at in range(60))
    fitted = fit_extrapolation(dice.normal(size=(300, 60)) @ mixed, names)
    new = (dice.normal(size=(500, 60)) @ mixed).tolist()
    assert np.mean([fitted.is_beyond(dict(zip(names, row, strict=True))) for row in new]) <= 0.03


def test_the_distance_is_that_of_scikit_learn() -> None:
    x = papers(500).features
    low, high = np.quantile(x, (0.25, 0.75), axis=0)
    z = np.arcsinh((x - np.median(x, axis=0)) / ((high - low) / 1.349))
    model: Any = LedoitWolf().fit(z)
    said = [FITTED.distance(dict(zip(NAMES, row, strict=True))) for row in x.tolist()]
    assert said == pytest.approx(np.sqrt(model.mahalanobis(z)).tolist(), abs=1e-9)


def test_a_strange_draft_is_beyond_and_a_usual_one_is_not_widened() -> None:
    assert FITTED.is_beyond(STRANGE)
    assert FITTED.widening(STRANGE) > 1.5
    assert not FITTED.is_beyond(USUAL)
    assert FITTED.widening(USUAL) == 1


def test_two_features_that_go_together_are_strange_apart() -> None:
    dice = np.random.default_rng(0)
    words = dice.normal(size=400)
    fitted = fit_extrapolation(np.column_stack((words, words + 0.1 * dice.normal(size=400))), ("words", "pages"))
    assert fitted.distance({"words": 1.5, "pages": -1.5}) > 3 * fitted.distance({"words": 1.5, "pages": 1.5})


@given(st.floats(0, 1e3), st.floats(0, 1e3))
def test_widening_grows_smoothly_with_distance(one: float, other: float) -> None:
    near, far = sorted((one, other))
    assert 1 <= FITTED.widening_at(near) <= FITTED.widening_at(far)
    slope = math.sqrt(1.25) / (FITTED.limit - FITTED.usual)
    assert FITTED.widening_at(far) - FITTED.widening_at(near) <= slope * (far - near) + 1e-9


def test_widening_is_one_and_a_half_at_the_99th_percentile() -> None:
    assert FITTED.widening_at(FITTED.usual) == 1
    assert FITTED.widening_at(FITTED.limit) == pytest.approx(1.5)


@given(st.floats(1, 1e9), st.floats(1, 1e9))
def test_more_of_a_feature_is_farther(one: float, other: float) -> None:
    near, far = sorted((one, other))
    alone = fit_extrapolation(papers(100).features[:, :1], ("words",))
    far_side = alone.medians[0] + 2 * alone.scales[0]
    assert alone.distance({"words": far_side + near}) <= alone.distance({"words": far_side + far})


def test_a_feature_that_never_varies_is_left_out() -> None:
    x = np.column_stack((papers(100).features, np.zeros(100)))
    fitted = fit_extrapolation(x, (*NAMES, "instructions"))
    assert fitted.names == NAMES
    assert fitted.distance(USUAL) == fitted.distance(USUAL | {"instructions": 9.0})


def test_a_feature_that_most_papers_lack_has_a_scale_too() -> None:
    rare = (np.arange(200) < 10).astype(float)
    fitted = fit_extrapolation(np.column_stack((papers(200).features, rare)), (*NAMES, "rare"))
    assert fitted.distance(USUAL | {"rare": 1.0}) < fitted.limit * 2


def test_it_comes_back_from_json_as_it_was() -> None:
    assert Extrapolation.model_validate_json(FITTED.model_dump_json()) == FITTED


@pytest.mark.parametrize(
    ("features", "complaint"),
    [({}, "are missing: words, figures, equations"), (USUAL | {"words": math.nan}, "words is nan")],
)
def test_a_draft_without_its_features_is_refused(features: dict[str, float], complaint: str) -> None:
    with pytest.raises(ReviewerError, match=complaint):
        FITTED.distance(features)


@pytest.mark.parametrize(
    ("features", "names", "complaint"),
    [
        (np.ones((60, 2)), ("a",), r"\(papers, 1\), got shape \(60, 2\)"),
        (np.full((60, 1), np.nan), ("a",), "finite numbers"),
        (np.ones((49, 1)), ("a",), "at least 50 of them, got 49"),
        (np.ones((60, 1)), ("a",), "no paper differs"),
    ],
)
def test_what_cannot_be_fitted_is_refused(features: Any, names: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(ReviewerError, match=complaint):
        fit_extrapolation(features, names)


@pytest.mark.parametrize(
    "change", [{"medians": (0, 0)}, {"root": ((1, 2), (1, 2), (1, 2, 3))}, {"usual": 9, "limit": 8}, {"names": ()}]
)
def test_a_damaged_record_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Extrapolation"):
        Extrapolation.model_validate(FITTED.model_dump() | change)
