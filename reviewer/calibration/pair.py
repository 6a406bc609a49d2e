"""The Venn-Abers pair of a score: two probabilities, one of which is calibrated whatever the distribution."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from pydantic import model_validator

from reviewer.calibration.values import Finite, Share, is_rising, is_strictly_rising, require_finite
from reviewer.schema import Record


class Pair(NamedTuple):
    """What isotonic regression says of a paper if it were rejected (p0) and if it were accepted (p1); p0 <= p1."""

    p0: float
    p1: float

    @property
    def merged(self) -> float:
        """The probability that loses least in log loss whichever is right (Vovk & Petej 2014, section 4)."""
        return self.p1 / (1 - self.p0 + self.p1)


class VennAbersMap(Record):
    """Both isotonic regressions of the inductive predictor as steps (Vovk, Petej & Fedorova 2015, algorithms 5 and 6).

    `scores` (k) are where a step may be, `p0` and `p1` (k + 1) the values below, between and above them. At a stored
    score itself p0 has taken its step and p1 has not: the hypothetical paper joins the ones of its own score.
    """

    scores: tuple[Finite, ...]
    p0: tuple[Share, ...]
    p1: tuple[Share, ...]

    @model_validator(mode="after")
    def _is_monotone(self) -> "VennAbersMap":
        if not len(self.p0) == len(self.p1) == len(self.scores) + 1:
            raise ValueError("p0 and p1 must have one value more than scores")
        if not (is_strictly_rising(self.scores) and is_rising(self.p0) and is_rising(self.p1)):
            raise ValueError("scores, p0 and p1 must rise")
        if any(low > high for low, high in zip(self.p0[1:], self.p1, strict=False)) or self.p0[0] > self.p1[0]:
            raise ValueError("p0 must not be above p1")
        return self

    def pair(self, score: float) -> Pair:
        score = require_finite("the score", score)
        return Pair(self.p0[bisect_right(self.scores, score)], self.p1[bisect_left(self.scores, score)])
