"""Logistic maps: what scikit-learn fits is what is applied, monotone where told, and missing inputs are borne."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from reviewer.calibration import LogisticFit, LogisticStacker, PlattMap
from reviewer.calibration.fitting import fit_platt, fit_stacker
from reviewer.errors import ReviewerError
from tests.reviewer.calibration.samples import papers

FINITE = st.floats(-1e6, 1e6)


def sklearn_probabilities(x: Any, labels: Any, penalty: float) -> list[float]:
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    model: Any = LogisticRegression(C=penalty, tol=1e-10, max_iter=10_000)
    model.fit(z, labels)
    return model.predict_proba(z)[:, 1].tolist()


def test_a_platt_map_says_what_scikit_learn_says() -> None:
    found = papers(200)
    said = [fit_platt(found.text, found.labels).apply(score) for score in found.text.tolist()]
    assert said == pytest.approx(sklearn_probabilities(found.text[:, None], found.labels, 1e6), abs=1e-9)


def test_a_stacker_says_what_scikit_learn_says() -> None:
    found = papers(200)
    columns = {"text": found.text, "human": found.human}
    fit = fit_stacker(columns, found.labels).fits[0]
    said = [
        fit.apply(dict(zip(columns, row, strict=True)))
        for row in zip(*(c.tolist() for c in columns.values()), strict=True)
    ]
    expected = sklearn_probabilities(np.column_stack((found.text, found.human)), found.labels, 1.0)
    assert said == pytest.approx(expected, abs=1e-9)


def test_a_score_that_falls_with_acceptance_says_the_base_rate() -> None:
    found = papers(200)
    fitted = fit_platt(-found.text, found.labels)
    assert fitted.slope == 0
    assert fitted.apply(3.0) == pytest.approx(found.labels.mean())


def test_an_increasing_input_never_gets_a_negative_weight() -> None:
    found = papers(400)
    columns = {"good": found.human, "bad": -found.text}
    free, bound = (fit_stacker(columns, found.labels, rising).fits[0] for rising in ((), ("good", "bad")))
    assert free.weights[1] < 0
    assert bound.weights[1] == 0
    alone = next(fit for fit in fit_stacker(columns, found.labels).fits if fit.inputs == ("good",))
    assert bound.weights[0] == pytest.approx(alone.weights[0], abs=1e-6)


def test_separable_scores_have_a_finite_slope() -> None:
    fitted = fit_platt(np.arange(60.0), np.arange(60) >= 30)
    assert 0.99 < fitted.apply(40) <= 1
    assert fitted.apply(20) < 0.01


def test_the_largest_subset_at_hand_is_used() -> None:
    found = papers(400)
    stacker = fit_stacker({"text": found.text, "llm": found.llm}, found.labels, ("text", "llm"))
    assert [fit.inputs for fit in stacker.fits] == [
        ("text", "llm"),
        *sorted((("text",), ("llm",)), key=lambda i: _loss(stacker, i)),
    ]
    used = [
        stacker.map_inputs(given) for given in ({"text": 6.0, "llm": 7.0, "other": 1.0}, {"llm": 7.0}, {"other": 1.0})
    ]
    assert [mapped and mapped.inputs for mapped in used] == [("text", "llm"), ("llm",), None]


def _loss(stacker: LogisticStacker, inputs: tuple[str, ...]) -> int:
    return [fit.inputs for fit in stacker.fits].index(inputs)


def test_a_subset_is_fitted_on_the_papers_that_have_all_of_it() -> None:
    found = papers(400)
    sizes = {fit.inputs: fit.n for fit in fit_stacker({"text": found.text, "llm": found.llm}, found.labels).fits}
    with_llm = int(np.isfinite(found.llm).sum())
    assert sizes == {("text", "llm"): with_llm, ("llm",): with_llm, ("text",): 400}


def test_a_subset_with_too_few_papers_is_left_out() -> None:
    found = papers(400)
    rare = np.where(np.arange(400) < 30, found.llm, np.nan)
    assert [fit.inputs for fit in fit_stacker({"text": found.text, "llm": rare}, found.labels).fits] == [("text",)]


@pytest.mark.parametrize(
    ("inputs", "labels", "complaint"),
    [
        ({}, [0, 1], "one length"),
        ({"a": [1, 2, 3], "b": [1, 2]}, [0, 1, 0], "one length"),
        ({name: [1, 2] for name in "abcde"}, [0, 1], "1 to 4 inputs"),
        ({"a": [1, np.inf]}, [0, 1], "a: 1 of 2 values are not finite"),
        ({"a": [[1, 2]]}, [0, 1], "list of numbers"),
        ({"a": [1, 2, 3]}, [0, 1], "2 for 3 papers"),
        ({"a": [1, 2]}, [1, 1], "expected 0 and 1"),
        ({"a": [1, 2]}, [0, 2], "expected 0 and 1"),
        ({"a": [1, 2]}, [0, 1], "no input has 20"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_one_line(inputs: Any, labels: Any, complaint: str) -> None:
    with pytest.raises(ReviewerError, match=complaint) as raised:
        fit_stacker(inputs, labels)
    assert "\n" not in str(raised.value)


@given(st.floats(0, 100), FINITE, FINITE, FINITE)
def test_a_platt_map_rises_within_0_and_1(slope: float, intercept: float, one: float, other: float) -> None:
    fitted = PlattMap(slope=slope, intercept=intercept)
    low, high = sorted((one, other))
    assert 0 <= fitted.apply(low) <= fitted.apply(high) <= 1


@given(st.lists(st.tuples(FINITE, st.floats(0.01, 1e3), FINITE), min_size=1, max_size=4), FINITE)
def test_a_fit_comes_back_from_json_as_it_was(columns: list[tuple[float, float, float]], intercept: float) -> None:
    means, scales, weights = zip(*columns, strict=True)
    names = tuple("abcd"[: len(columns)])
    fit = LogisticFit(inputs=names, means=means, scales=scales, weights=weights, intercept=intercept, n=9)
    stacker = LogisticStacker(fits=(fit,))
    assert LogisticStacker.model_validate_json(stacker.model_dump_json()) == stacker
    assert 0 <= fit.apply(dict.fromkeys(names, 1.0)) <= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_score_that_is_no_number_is_refused(value: float) -> None:
    fitted = LogisticFit(inputs=("llm",), means=(0,), scales=(1,), weights=(1,), intercept=0, n=9)
    with pytest.raises(ReviewerError, match=r"llm is .* leave out an input that is missing"):
        LogisticStacker(fits=(fitted,)).map_inputs({"llm": value})
    with pytest.raises(ReviewerError, match="score is"):
        PlattMap(slope=1, intercept=0).apply(value)


def test_lists_of_unlike_lengths_are_no_fit() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        LogisticFit(inputs=("a", "b"), means=(0,), scales=(1, 1), weights=(1, 1), intercept=0, n=9)
