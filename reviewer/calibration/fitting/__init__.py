"""Fits the maps of a calibration with scikit-learn, venn-abers and crepes. Loads them: never imported by a review."""

from reviewer.calibration.fitting.calibration import fit_calibration
from reviewer.calibration.fitting.distance import fit_extrapolation
from reviewer.calibration.fitting.interval import fit_interval
from reviewer.calibration.fitting.logistic import fit_platt, fit_stacker
from reviewer.calibration.fitting.pair import fit_pair
from reviewer.calibration.fitting.single import fit_calibrator, fit_isotonic
from reviewer.calibration.fitting.training import describe_training

__all__ = [
    "describe_training",
    "fit_calibration",
    "fit_calibrator",
    "fit_extrapolation",
    "fit_interval",
    "fit_isotonic",
    "fit_pair",
    "fit_platt",
    "fit_stacker",
]
