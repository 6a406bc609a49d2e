"""How often papers of like probability were accepted, with Wilson intervals; and how often intervals held."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from reviewer.report.predictions import Prediction
from reviewer.report.statistics import Floats, bins_of
from reviewer.schema import Record

N_BINS = 10  # drawn; the calibration error has its own 15


class Share(Record):
    """`hits` of `n`, with the Wilson interval of the share at 95 % (Wilson, 1927). None where n is 0."""

    n: int
    hits: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


class Bin(Record):
    """Papers whose probability lies in [low, high), their mean probability, and the share that was accepted."""

    low: float
    high: float
    mean_probability: float | None
    accepted: Share


class Coverage(Record):
    """How well intervals held: the human mean within the conformal one, the accepted share within the mean pair.

    A Venn-Abers pair promises that the accepted share lies between its ends on average: `pair_low` and `pair_high` are
    the means of the ends, `accepted` the share.
    """

    score: Share
    score_width: float | None
    pair_low: float | None
    pair_high: float | None
    pair_width: float | None
    accepted: Share
    extrapolated: Share


def count_share(hits: int, n: int) -> Share:
    if n == 0:
        return Share(n=0, hits=0)
    interval = _scipy_stats().binomtest(hits, n).proportion_ci(method="wilson")
    return Share(n=n, hits=hits, share=hits / n, low=float(interval.low), high=float(interval.high))


def bin_reliability(labels: Floats, probabilities: Floats, n_bins: int = N_BINS) -> tuple[Bin, ...]:
    """Bins of equal width over [0, 1], empty ones too."""
    places = bins_of(probabilities, n_bins, False)
    return tuple(
        _bin(index / n_bins, (index + 1) / n_bins, labels[places == index], probabilities[places == index])
        for index in range(n_bins)
    )


def _bin(low: float, high: float, labels: Floats, probabilities: Floats) -> Bin:
    mean = float(probabilities.mean()) if len(probabilities) else None
    return Bin(low=low, high=high, mean_probability=mean, accepted=count_share(int(labels.sum()), len(labels)))


def measure_coverage(predictions: Sequence[Prediction]) -> Coverage:
    scores = [
        (one.e_low, one.human_mean, one.e_high)
        for one in predictions
        if one.e_low is not None and one.e_high is not None and one.human_mean is not None
    ]
    pairs = [(one.p_low, one.p_high, one.label) for one in predictions if None not in (one.p_low, one.p_high)]
    lows, highs = _means([low for low, _, _ in pairs]), _means([high for _, high, _ in pairs])
    return Coverage(
        score=count_share(sum(low <= mean <= high for low, mean, high in scores), len(scores)),
        score_width=_means([high - low for low, _, high in scores]),
        pair_low=lows,
        pair_high=highs,
        pair_width=None if lows is None or highs is None else highs - lows,
        accepted=count_share(sum(label for _, _, label in pairs), len(pairs)),
        extrapolated=count_share(sum(one.is_extrapolated for one in predictions), len(predictions)),
    )


def _means(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _scipy_stats() -> Any:
    """scipy.stats, untyped as it is, loaded when first used."""
    from scipy import stats

    return stats
