"""The blend: finds planted weights, keeps to its least weights, and scores what it was fitted to."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.estimate.blend import LEAST, Blend, Term, fit_blend


def draw(n: int = 400, seed: int = 0) -> dict[str, Any]:
    dice = np.random.default_rng(seed)
    return {
        "trees": dice.normal(5, 0.4, n), "abstract": dice.normal(0, 2, n), "rigour": dice.normal(0.5, 0.1, n)
    }  # fmt: skip


def deviations(column: Any) -> Any:
    return (column - column.mean()) / column.std()


def test_planted_weights_are_found() -> None:
    columns = draw()
    target = 5 + 0.9 * deviations(columns["trees"]) + 0.3 * deviations(columns["abstract"])
    target = target + 0.2 * deviations(columns["rigour"])
    blend = fit_blend(columns, target)
    weights = {name: term.weight for name, term in blend.terms.items()}
    assert weights == pytest.approx({"trees": 0.9, "abstract": 0.3, "rigour": 0.2}, abs=1e-6)
    assert blend.intercept == pytest.approx(target.mean())


def test_an_input_that_points_the_wrong_way_gets_no_weight_and_rigour_its_least() -> None:
    columns = draw()
    target = deviations(columns["trees"]) - deviations(columns["abstract"]) - deviations(columns["rigour"])
    weights = {name: term.weight for name, term in fit_blend(columns, target).terms.items()}
    assert weights["abstract"] == pytest.approx(0, abs=1e-4)
    assert weights["rigour"] == pytest.approx(LEAST["rigour"], abs=1e-4) and weights["trees"] > 0.8


@settings(max_examples=25, deadline=None)
@given(signs=st.tuples(*[st.floats(-2, 2)] * 3), seed=st.integers(0, 99))
def test_no_weight_is_below_its_least_so_that_more_never_lowers(signs: tuple[float, ...], seed: int) -> None:
    columns = draw(60, seed)
    target = sum(sign * deviations(column) for sign, column in zip(signs, columns.values(), strict=True))
    blend = fit_blend(columns, target + np.random.default_rng(seed).normal(size=60))
    assert all(term.weight >= LEAST.get(name, 0.0) - 1e-9 for name, term in blend.terms.items())
    usual = {name: term.mean for name, term in blend.terms.items()}
    for name in columns:
        assert blend.score(usual | {name: usual[name] + 1}) >= blend.score(usual) - 1e-9


def test_score_of_usual_inputs_is_the_intercept() -> None:
    terms = {
        "a": Term(mean=2, scale=4, weight=3, low=-9, high=9),
        "b": Term(mean=-1, scale=1, weight=1, low=-9, high=9),
    }
    blend = Blend(terms=terms, intercept=5)
    assert blend.score({"a": 2, "b": -1}) == 5
    assert blend.score({"a": 6, "b": -3, "unknown": 9}) == 5 + 3 - 2


def test_an_input_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="a"):
        Blend(terms={"a": Term(mean=0, scale=1, weight=1, low=0, high=1)}, intercept=0).score({"b": 1})


def test_an_input_counts_no_further_than_it_was_seen() -> None:
    blend = Blend(terms={"a": Term(mean=0, scale=1, weight=2, low=-1, high=3)}, intercept=5)
    assert [blend.score({"a": value}) for value in (-50, -1, 0, 3, 50)] == [3, 3, 5, 11, 11]


def test_a_column_that_never_changes_does_no_harm() -> None:
    columns = draw() | {"wording": np.full(400, 3.0)}
    blend = fit_blend(columns, 5 + deviations(columns["trees"]))
    assert blend.terms["wording"].scale == 1.0
    assert np.isfinite(blend.score({name: float(column[0]) for name, column in columns.items()}))


def test_it_goes_through_json() -> None:
    columns = draw()
    blend = fit_blend(columns, columns["trees"])
    assert Blend.model_validate_json(blend.model_dump_json()) == blend
