import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from reviewer.report.predictions import TEXT_ONLY, Prediction
from reviewer.report.reliability import bin_reliability, count_share, measure_coverage


def predict(index: int, **given: float | int | bool | None) -> Prediction:
    return Prediction.model_validate({"id": f"p{index}", "group": TEXT_ONLY, "label": 0, "probability": 0.5} | given)


@given(some.integers(1, 400).flatmap(lambda n: some.tuples(some.integers(0, n), some.just(n))))
def test_wilson_interval_by_its_formula(counts: tuple[int, int]) -> None:
    hits, n = counts
    z, p = 1.959963984540054, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    found = count_share(hits, n)
    assert (found.low, found.high) == (pytest.approx(middle - half, abs=1e-9), pytest.approx(middle + half, abs=1e-9))


def test_share_of_nothing_is_none() -> None:
    assert count_share(0, 0).share is None


def test_bins_hold_every_paper_and_keep_the_empty_ones() -> None:
    labels, p = np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 0.12, 0.18, 1.0])
    bins = bin_reliability(labels, p)
    assert [one.accepted.n for one in bins] == [1, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    assert bins[1].mean_probability == pytest.approx(0.15)
    assert bins[1].accepted.share == 0.5
    assert bins[2].mean_probability is None and bins[2].accepted.share is None
    assert (bins[9].low, bins[9].high) == (0.9, 1.0)


def test_coverage_counts_human_means_within_the_interval() -> None:
    papers = [predict(i, human_mean=5.0, expected=5.0, e_low=4.0, e_high=7.0 if i else 4.5) for i in range(4)]
    others = [predict(9, human_mean=None, e_low=1.0, e_high=2.0), predict(10, human_mean=3.0)]
    coverage = measure_coverage([*papers, *others])
    assert (coverage.score.hits, coverage.score.n) == (3, 4)
    assert coverage.score_width == pytest.approx((3 * 3 + 0.5) / 4)


def test_pair_is_the_mean_of_its_ends_beside_the_accepted_share() -> None:
    papers = [predict(i, p_low=0.2, p_high=0.4, label=int(i == 0)) for i in range(4)]
    coverage = measure_coverage(papers)
    assert (coverage.pair_low, coverage.pair_high) == (pytest.approx(0.2), pytest.approx(0.4))
    assert coverage.pair_width == pytest.approx(0.2)
    assert coverage.accepted.share == 0.25


def test_intervals_not_given_are_not_counted() -> None:
    coverage = measure_coverage([predict(0), predict(1, is_extrapolated=True)])
    assert coverage.score.n == coverage.accepted.n == 0
    assert coverage.score_width is None and coverage.pair_width is None
    assert coverage.extrapolated.share == 0.5
