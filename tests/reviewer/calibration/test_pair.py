"""The Venn-Abers pair: what the package says, and what the definition says, for stored scores and between them."""

import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from reviewer.calibration import Pair, VennAbersMap
from reviewer.calibration.fitting import fit_pair
from reviewer.calibration.fitting.extra import load
from reviewer.errors import ReviewerError
from tests.reviewer.calibration.samples import papers

PAPERS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from((0, 1))), min_size=2, max_size=40).filter(
    lambda rows: len({label for _, label in rows}) == 2
)


def package_pairs(scores: Any, labels: Any, asked: Any) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        fitted: Any = load("venn_abers").VennAbers()
        fitted.fit(np.column_stack((1 - scores, scores)), labels)
        return fitted.predict_proba(np.column_stack((1 - asked, asked)))


def test_it_says_what_the_package_says_at_below_between_and_above_its_scores() -> None:
    found = papers(400)
    scores = 1 / (1 + np.exp(5 - np.round(found.text, 2)))
    asked = np.concatenate((scores, np.linspace(0, 1, 1001)))
    merged, pairs = package_pairs(scores, found.labels, asked)
    fitted = fit_pair(scores, found.labels)
    said = [fitted.pair(score) for score in asked.tolist()]
    assert np.array(said) == pytest.approx(pairs, abs=1e-9)
    assert [pair.merged for pair in said] == pytest.approx(merged[:, 1].tolist(), abs=1e-9)


@given(PAPERS, st.integers(-1, 26))
def test_it_is_isotonic_regression_with_the_new_paper_rejected_or_accepted(
    rows: list[tuple[int, int]], doubled: int
) -> None:
    scores, labels = (list(column) for column in zip(*rows, strict=True))
    score = doubled / 2
    expected: list[float] = []
    for label in (0, 1):
        model: Any = IsotonicRegression()
        model.fit([*scores, score], [*labels, label])
        expected.append(model.predict([score]).item())
    assert fit_pair(scores, labels).pair(score) == pytest.approx(tuple(expected), abs=1e-9)


@given(PAPERS, st.floats(-2, 14), st.floats(-2, 14))
def test_both_rise_within_0_and_1_and_p0_stays_below(rows: list[tuple[int, int]], one: float, other: float) -> None:
    fitted = fit_pair(*zip(*rows, strict=True))
    left, right = (fitted.pair(score) for score in sorted((one, other)))
    assert 0 <= left.p0 <= right.p0 <= right.p1 <= 1
    assert left.p1 <= right.p1
    assert left.p0 <= left.merged <= left.p1
    assert VennAbersMap.model_validate_json(fitted.model_dump_json()) == fitted


def test_only_scores_where_it_steps_are_kept() -> None:
    found = papers(800)
    assert len(fit_pair(found.text, found.labels).scores) < 100


def test_fitting_leaves_the_warnings_of_numpy_as_they_were() -> None:
    """The package, when first imported, switches those of division off for the whole process."""
    program = (
        "import numpy as np; from reviewer.calibration.fitting import fit_pair; before = np.geterr();"
        "fit_pair([1, 2, 3], [0, 1, 1]); assert np.geterr() == before, np.geterr()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ReviewerError, match=r"fitting needs no_such_package: pip install 'naturalist\[reviewer\]'"):
        load("no_such_package")


@pytest.mark.parametrize(
    ("scores", "p0", "p1"),
    [
        ((1, 2), (0, 0.5), (0.5, 1)),
        ((2, 1), (0, 0.1, 0.2), (0.5, 0.6, 0.7)),
        ((1, 2), (0, 0.2, 0.1), (0.5, 0.6, 0.7)),
        ((1, 2), (0, 0.1, 0.2), (0.5, 0.7, 0.6)),
        ((1,), (0.6, 0.6), (0.5, 0.7)),
        ((1,), (0.1, 0.6), (0.5, 0.7)),
        ((1,), (0, 0.1), (0.5, 1.1)),
    ],
)
def test_steps_that_are_no_pair_are_refused(scores: Any, p0: Any, p1: Any) -> None:
    with pytest.raises(ValueError, match="VennAbersMap"):
        VennAbersMap(scores=scores, p0=p0, p1=p1)


def test_a_score_that_is_no_number_is_refused() -> None:
    fitted = VennAbersMap(scores=(1,), p0=(0, 0.5), p1=(0.5, 1))
    with pytest.raises(ReviewerError, match="the score is inf"):
        fitted.pair(float("inf"))
    assert fitted.pair(1.0) == Pair(0.5, 0.5)
