from collections.abc import Mapping
from importlib import import_module

import numpy as np
import pytest

from reviewer.report.figures import CalibrationError, Measured
from reviewer.report.resampling import Statistics, measure, noise_floor
from reviewer.report.statistics import Floats, Places, bins_of, ece


def mean_of(values: Floats) -> Statistics:
    def statistics(papers: Places) -> Mapping[str, Floats]:
        return {"mean": values[papers].mean(-1)}

    return statistics


def draw(n: int, seed: int = 0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 3, n)
    return (rng.random(n) < p).astype(float), p


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    hits = 0
    for seed in range(200):
        one = measure(mean_of(np.random.default_rng(seed).exponential(1, 80)), 80, "", seed)["mean"]
        assert one.low is not None and one.high is not None
        hits += one.low <= 1 <= one.high
    assert 0.88 * 200 <= hits <= 0.99 * 200


def test_interval_is_that_of_scipy_for_a_statistic_that_every_resample_has() -> None:
    values = np.random.default_rng(0).exponential(1, 200)
    theirs = (
        import_module("scipy.stats")
        .bootstrap((values,), np.mean, method="percentile", rng=np.random.default_rng(1))
        .confidence_interval
    )
    ours = measure(mean_of(values), 200, "", 0)["mean"]
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_resamples_in_many_blocks_are_all_there() -> None:
    seen: list[int] = []

    def statistics(papers: Places) -> Mapping[str, Floats]:
        seen.append(len(papers))
        return {"share": (papers == 0).mean(-1)}

    measure(statistics, 30_000, "", 0)
    assert sum(seen) == 2000 + 1
    assert max(seen) * 30_000 <= 1_000_000


def test_undefined_is_none_with_the_reason() -> None:
    one = measure(mean_of(np.full(50, np.nan)), 50, "no such thing", 0)["mean"]
    assert one == Measured(value=None, why_not="no such thing")


def test_centring_puts_the_interval_about_the_value() -> None:
    """Resampled calibration errors lie above the error itself, as the bins' noise is in them twice."""
    y, p = draw(200, 1)
    bins = bins_of(p, 15, False)

    def statistics(papers: Places) -> Mapping[str, Floats]:
        return {"ece": ece((p - y)[papers], bins[papers], 15)}

    plain, centred = (measure(statistics, 200, "", 0, is_centred=is_centred)["ece"] for is_centred in (False, True))
    assert plain.low is not None and centred.low is not None and centred.high is not None and centred.value is not None
    assert centred.low < plain.low
    assert 0 <= centred.low < centred.value < centred.high


@pytest.mark.parametrize(("n", "expected"), [(200, 0.08), (500, 0.05)])
def test_noise_floor_of_a_perfect_model(n: int, expected: float) -> None:
    _, p = draw(n)
    assert noise_floor(p, bins_of(p, 15, False), 15, 0)[0] == pytest.approx(expected, abs=0.012)


def test_a_perfect_model_is_within_its_noise_floor_nineteen_times_in_twenty() -> None:
    within = 0
    for seed in range(100):
        y, p = draw(250, seed)
        bins = bins_of(p, 15, False)
        mean, p95 = noise_floor(p, bins, 15, seed)
        error = Measured(value=float(ece(p - y, bins, 15)))
        within += bool(CalibrationError(error=error, floor_mean=mean, floor_p95=p95).is_within_floor)
    assert 88 <= within <= 99
