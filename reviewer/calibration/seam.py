"""The seam where a calibrated probability of acceptance comes in. Until one is fitted, a review says "uncalibrated"."""

from collections.abc import Mapping
from typing import Protocol


class Calibrator(Protocol):
    """Turns features and the uncalibrated overall score into a probability of acceptance."""

    @property
    def label(self) -> str:
        """What the probability was fitted on, for the review's `calibration` field."""
        ...

    def probability(self, features: Mapping[str, float], overall: float) -> float | None:
        """Return a probability in [0, 1], or None where the calibration does not reach."""
        ...


class Uncalibrated:
    """Knows no probability and says so."""

    label = "uncalibrated"

    def probability(self, features: Mapping[str, float], overall: float) -> float | None:
        del features, overall  # whatever they are
        return None
