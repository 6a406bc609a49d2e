"""Probabilities and expected scores held against what people decided: `evaluate` alone, `compare` with a baseline."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reviewer.report import statistics as st
from reviewer.report.figures import CalibrationError, Difference, Figures, Measured
from reviewer.report.resampling import measure, noise_floor
from reviewer.report.statistics import Floats, Places

N_BINS = 15
_ONE_CLASS = "all papers have one label"
_NO_LINE = "predictions are constant or part the labels perfectly"


class _Judged(NamedTuple):
    """Papers as arrays of one length; expected scores and human means are NaN where there is none."""

    labels: Floats
    probabilities: Floats
    human: Floats
    expected: Floats


def evaluate(
    labels: Sequence[int] | NDArray[Any],
    probabilities: Sequence[float] | Floats,
    human_means: Sequence[float | None] | Floats | None = None,
    expected: Sequence[float | None] | Floats | None = None,
    threshold: float = 0.5,
    seed: int = 0,
) -> Figures:
    """Every figure of the report for papers with labels 0 or 1 and probabilities of acceptance.

    `expected` are predicted human scores; without them the probabilities are correlated with `human_means`.
    Intervals are over 2,000 resamples of papers. Raises ValueError for arrays that do not go together.
    """
    judged = _judge(labels, probabilities, human_means, expected)
    found = _measure_decisions(judged, threshold, seed)
    return Figures(
        n=len(judged.labels),
        n_rejected=int((judged.labels == 0).sum()),
        threshold=threshold,
        ece=_calibration_error(judged, False, seed),
        ece_equal_mass=_calibration_error(judged, True, seed),
        spearman=_correlate(judged, seed),
        spearman_rejected=_correlate(_rejected(judged), seed),
        **found,
    )


def compare(
    labels: Sequence[int] | NDArray[Any],
    ours: Sequence[float] | Floats,
    theirs: Sequence[float] | Floats,
    human_means: Sequence[float | None] | Floats | None = None,
    expected: Sequence[float | None] | Floats | None = None,
    threshold: float = 0.5,
    their_threshold: float | None = None,
    seed: int = 0,
) -> Difference:
    """How much better `ours` is than `theirs` (a baseline's probabilities) on the same resamples of papers."""
    us = _judge(labels, ours, human_means, expected)
    them = _judge(labels, theirs, human_means, None)
    limit = threshold if their_threshold is None else their_threshold

    def decisions(papers: Places) -> Mapping[str, Floats]:
        y, p, q = us.labels[papers], us.probabilities[papers], them.probabilities[papers]
        return {
            "auc": st.auc(y, p) - st.auc(y, q),
            "balanced_accuracy": st.balanced_accuracy(y, p, threshold) - st.balanced_accuracy(y, q, limit),
            "brier": st.brier(y, q) - st.brier(y, p),
        }

    found = measure(decisions, len(us.labels), _ONE_CLASS, seed)
    return Difference(
        auc=found["auc"],
        balanced_accuracy=found["balanced_accuracy"],
        brier=found["brier"],
        spearman=_contrast(us, them, seed),
        spearman_rejected=_contrast(_rejected(us), _rejected(them), seed),
    )


def _judge(labels: object, probabilities: object, human: object, expected: object) -> _Judged:
    y, p = np.asarray(labels, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    missing = np.full(y.shape, np.nan)
    means = missing if human is None else np.asarray(human, dtype=np.float64)
    scores = p if expected is None else np.asarray(expected, dtype=np.float64)
    if y.ndim != 1 or not y.shape == p.shape == means.shape == scores.shape:
        raise ValueError(f"expected arrays of one length, got {[a.shape for a in (y, p, means, scores)]}")
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("expected labels 0 and 1")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("expected probabilities in [0, 1]")
    return _Judged(y, p, means, scores)


def _measure_decisions(judged: _Judged, threshold: float, seed: int) -> dict[str, Measured]:
    def decisions(papers: Places) -> Mapping[str, Floats]:
        y, p = judged.labels[papers], judged.probabilities[papers]
        return {
            "auc": st.auc(y, p),
            "balanced_accuracy": st.balanced_accuracy(y, p, threshold),
            "f1": st.f1(y, p, threshold),
            "brier": st.brier(y, p),
            "brier_skill": st.brier_skill(y, p),
        }

    def line(papers: Places) -> Mapping[str, Floats]:
        slope, intercept = st.calibration_line(judged.labels[papers], judged.probabilities[papers])
        return {"slope": slope, "intercept": intercept}

    n = len(judged.labels)
    found, lines = measure(decisions, n, _ONE_CLASS, seed), measure(line, n, _NO_LINE, seed)
    names = ("auc", "balanced_accuracy", "f1", "brier", "brier_skill")
    return {name: found[name] for name in names} | {name: lines[name] for name in ("slope", "intercept")}


def _calibration_error(judged: _Judged, is_equal_mass: bool, seed: int) -> CalibrationError:
    """Bins are those of all papers, in every resample too."""
    n = len(judged.labels)
    gaps = judged.probabilities - judged.labels
    bins = st.bins_of(judged.probabilities, N_BINS, is_equal_mass) if n else np.zeros(0, dtype=np.intp)

    def error(papers: Places) -> Mapping[str, Floats]:
        return {"ece": st.ece(gaps[papers], bins[papers], N_BINS)}

    measured = measure(error, n, "", seed, is_centred=True)["ece"]
    if measured.value is None:
        return CalibrationError(error=measured)
    mean, p95 = noise_floor(judged.probabilities, bins, N_BINS, seed)
    return CalibrationError(error=measured, floor_mean=mean, floor_p95=p95)


def _correlate(judged: _Judged, seed: int) -> Measured:
    known = _with_scores(judged)

    def correlation(papers: Places) -> Mapping[str, Floats]:
        return {"spearman": st.spearman(known.human[papers], known.expected[papers])}

    return measure(correlation, len(known.labels), "all scores are equal", seed)["spearman"]


def _contrast(us: _Judged, them: _Judged, seed: int) -> Measured:
    is_known = np.isfinite(us.human) & np.isfinite(us.expected)
    one, two = _take(us, is_known), _take(them, is_known)

    def correlation(papers: Places) -> Mapping[str, Floats]:
        human = one.human[papers]
        return {"spearman": st.spearman(human, one.expected[papers]) - st.spearman(human, two.expected[papers])}

    return measure(correlation, len(one.labels), "all scores are equal", seed)["spearman"]


def _rejected(judged: _Judged) -> _Judged:
    return _take(judged, judged.labels == 0)


def _with_scores(judged: _Judged) -> _Judged:
    return _take(judged, np.isfinite(judged.human) & np.isfinite(judged.expected))


def _take(judged: _Judged, is_taken: NDArray[np.bool_]) -> _Judged:
    return _Judged(*(array[is_taken] for array in judged))
