"""What a score means: probability of acceptance, expected human score and how far both can be trusted.

Maps are fitted with libraries in `reviewer.calibration.fitting` (imported only there), kept as JSON and applied here in
plain Python, so that a review loads no heavy package for them.
"""

from reviewer.calibration.distance import Extrapolation
from reviewer.calibration.interval import ScoreInterval
from reviewer.calibration.isotonic import IsotonicMap
from reviewer.calibration.logistic import LogisticFit, LogisticStacker, PlattMap
from reviewer.calibration.odds import open_interval, shift_prior
from reviewer.calibration.pair import Pair, VennAbersMap
from reviewer.calibration.record import Calibration, CalibrationKey, Estimate, Training
from reviewer.calibration.store import CalibrationStore

__all__ = [
    "Calibration",
    "CalibrationKey",
    "CalibrationStore",
    "Estimate",
    "Extrapolation",
    "IsotonicMap",
    "LogisticFit",
    "LogisticStacker",
    "Pair",
    "PlattMap",
    "ScoreInterval",
    "Training",
    "VennAbersMap",
    "open_interval",
    "shift_prior",
]
