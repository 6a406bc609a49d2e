"""A rising, piecewise linear map of one score to a probability. Only for more than 1,000 labels: fewer overfit it."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from reviewer.calibration.values import Finite, Mapped, Share, is_rising, is_strictly_rising, require_finite
from reviewer.schema import Record

LEAST_ABOVE = 1000
"""Labels that must be exceeded before isotonic regression may be used (Niculescu-Mizil & Caruana 2005, figure 7)."""


class IsotonicMap(Record):
    """Linear between the knots (scores, probabilities), constant outside them, as scikit-learn predicts with "clip"."""

    kind: Literal["isotonic"] = "isotonic"
    input: str = "score"
    scores: tuple[Finite, ...] = Field(min_length=1)
    probabilities: tuple[Share, ...]
    n: int = Field(gt=LEAST_ABOVE)

    @model_validator(mode="after")
    def _is_monotone(self) -> "IsotonicMap":
        if len(self.scores) != len(self.probabilities):
            raise ValueError("scores and probabilities differ in length")
        if not (is_strictly_rising(self.scores) and is_rising(self.probabilities)):
            raise ValueError("scores and probabilities must rise")
        return self

    def apply(self, score: float) -> float:
        at = bisect_right(self.scores, require_finite(self.input, score))
        if at == 0:
            return self.probabilities[0]
        if at == len(self.scores):
            return self.probabilities[-1]
        share = (score - self.scores[at - 1]) / (self.scores[at] - self.scores[at - 1])
        low, high = self.probabilities[at - 1], self.probabilities[at]
        return min(high, low + share * (high - low))

    def map_inputs(self, values: Mapping[str, float]) -> Mapped | None:
        return Mapped(self.apply(values[self.input]), (self.input,)) if self.input in values else None
