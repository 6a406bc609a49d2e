"""Fits a whole calibration: stacker, Venn-Abers pairs, score interval, distance."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import StratifiedKFold

from reviewer.calibration.fitting.arrays import Vector, as_columns, as_labels
from reviewer.calibration.fitting.distance import fit_extrapolation
from reviewer.calibration.fitting.interval import fit_interval
from reviewer.calibration.fitting.logistic import fit_stacker
from reviewer.calibration.fitting.pair import fit_pair
from reviewer.calibration.interval import ScoreInterval
from reviewer.calibration.logistic import LogisticFit
from reviewer.calibration.pair import VennAbersMap
from reviewer.calibration.record import Calibration, CalibrationKey, Training, pair_key


class HumanScores(NamedTuple):
    """Out-of-fold predictions (n,) of mean human scores (n,); NaN in either leaves the paper out."""

    predictions: ArrayLike
    means: ArrayLike


def fit_calibration(
    key: CalibrationKey,
    training: Training,
    inputs: Mapping[str, ArrayLike],
    labels: ArrayLike,
    increasing: Collection[str] = (),
    human: HumanScores | None = None,
    features: ArrayLike | None = None,
    names: Sequence[str] = (),
) -> Calibration:
    """Fit all maps of a key to out-of-fold inputs by name, each (n,), NaN where missing, and labels (n,).

    `features` (n, d) with d names say where a draft is unlike these papers. Raises ReviewerError for arrays that do not
    fit together or too few papers.
    """
    columns = as_columns(inputs)
    y = as_labels(labels, next(iter(columns.values())).size)
    stacker = fit_stacker(columns, y, increasing)
    return Calibration(
        key=key,
        training=training,
        probability=stacker,
        pairs={pair_key(fit.inputs): _fit_pair(fit, columns, y, increasing) for fit in stacker.fits},
        score=_fit_interval(human) if human else None,
        extrapolation=fit_extrapolation(features, names) if features is not None else None,
    )


def stack_out_of_fold(
    columns: Mapping[str, ArrayLike], labels: ArrayLike, increasing: Collection[str] = (), seed: int = 0
) -> Vector:
    """Return probabilities (n,) of papers with all the inputs, each by a stacker fitted on the other four fifths."""
    inputs = as_columns(columns)
    x = np.column_stack(list(inputs.values()))
    y = as_labels(labels, len(x))
    said = np.zeros(len(x))
    folds: Any = StratifiedKFold(5, shuffle=True, random_state=seed)
    for fitted, held in folds.split(x, y):
        part = fit_stacker({name: column[fitted] for name, column in inputs.items()}, y[fitted], increasing)
        said[held] = [part.fits[0].apply(dict(zip(inputs, row, strict=True))) for row in x[held].tolist()]
    return said


def _fit_pair(fit: LogisticFit, columns: Mapping[str, Vector], y: Vector, increasing: Collection[str]) -> VennAbersMap:
    has_all = ~np.isnan([columns[name] for name in fit.inputs]).any(axis=0)
    chosen = {name: columns[name][has_all] for name in fit.inputs}
    return fit_pair(stack_out_of_fold(chosen, y[has_all], increasing), y[has_all])


def _fit_interval(human: HumanScores) -> ScoreInterval:
    predictions, means = (np.asarray(values, dtype=np.float64) for values in human)
    is_known = ~(np.isnan(predictions) | np.isnan(means)) if predictions.shape == means.shape else slice(None)
    return fit_interval(predictions[is_known], means[is_known])
