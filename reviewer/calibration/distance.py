"""How far a draft is from the papers that a calibration was fitted on, and how much less it then says."""

import math
from collections.abc import Mapping

from pydantic import Field, model_validator

from reviewer.calibration.values import Finite, Positive, require_finite
from reviewer.errors import ReviewerError
from reviewer.schema import Record

_AT_LIMIT = 1.5  # times that intervals are widened for a paper at the 99th percentile of those fitted


class Extrapolation(Record):
    """Mahalanobis distance of robustly scaled, asinh-squashed features, by a shrunk covariance (Ledoit & Wolf 2004).

    A feature x becomes z = asinh((x - median) / scale) - center, for counts and lengths have heavy tails. `root` holds
    the rows (1, 2, ..., d numbers) of a lower triangle R with R R' = inverse covariance, so distance = |R' z|. `usual`
    and `limit` are the 90th and 99th percentiles of the fitted papers' own distances, each measured out of fold.
    """

    names: tuple[str, ...] = Field(min_length=1)
    medians: tuple[Finite, ...]
    scales: tuple[Positive, ...]
    centers: tuple[Finite, ...]
    root: tuple[tuple[Finite, ...], ...]
    usual: Positive
    limit: Positive

    @model_validator(mode="after")
    def _is_even(self) -> "Extrapolation":
        if not len(self.names) == len(self.medians) == len(self.scales) == len(self.centers) == len(self.root):
            raise ValueError("names, medians, scales, centers and root differ in length")
        if any(len(row) != at + 1 for at, row in enumerate(self.root)):
            raise ValueError("root is no lower triangle")
        if self.usual >= self.limit:
            raise ValueError("usual must be below limit")
        return self

    def distance(self, features: Mapping[str, float]) -> float:
        """Return the distance, >= 0; others are ignored. Raises ReviewerError if a feature is missing or not finite."""
        z = self._standardise(features)
        columns = [0.0] * len(z)
        for value, row in zip(z, self.root, strict=True):
            for at, weight in enumerate(row):
                columns[at] += weight * value
        return math.hypot(*columns)

    def is_beyond(self, features: Mapping[str, float]) -> bool:
        """Say whether the draft is farther out than 99 in 100 of the fitted papers."""
        return self.distance(features) > self.limit

    def widening(self, features: Mapping[str, float]) -> float:
        """Return the factor >= 1 for intervals: 1 up to the 90th percentile, 1.5 at the 99th, then about linear."""
        return self.widening_at(self.distance(features))

    def widening_at(self, distance: float) -> float:
        excess = max(0.0, (distance - self.usual) / (self.limit - self.usual))
        return math.hypot(1.0, math.sqrt(_AT_LIMIT**2 - 1) * excess)

    def _standardise(self, features: Mapping[str, float]) -> list[float]:
        missing = [name for name in self.names if name not in features]
        if missing:
            raise ReviewerError(f"features that the calibration was fitted with are missing: {', '.join(missing[:3])}")
        parts = zip(self.names, self.medians, self.scales, self.centers, strict=True)
        return [
            math.asinh((require_finite(name, features[name]) - median) / scale) - center
            for name, median, scale, center in parts
        ]
