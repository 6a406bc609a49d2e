"""The split-conformal interval of the mean score that human reviewers would give."""

from pydantic import Field

from reviewer.calibration.values import require_finite
from reviewer.errors import ReviewerError
from reviewer.schema import Record

LOWEST, HIGHEST = 1.0, 10.0
"""The scale of human scores."""


class ScoreInterval(Record):
    """prediction +- half_width * difficulty (Lei et al. 2018, section 5.2), which held 1 - alpha of `n` papers.

    `half_width` is in points of the human scale, or in units of the difficulty estimate if `is_normalised`.
    """

    alpha: float = Field(gt=0, lt=1)
    half_width: float = Field(ge=0, allow_inf_nan=False)
    n: int = Field(gt=0)
    is_normalised: bool = False

    def interval(self, prediction: float, widen: float = 1.0, difficulty: float | None = None) -> tuple[float, float]:
        """Return the ends in [1, 10]. `widen` >= 1 multiplies the width; a normalised interval needs `difficulty`."""
        half = self.half_width * _at_least_one(widen) * self._scale(difficulty)
        middle = clip_score(require_finite("the predicted score", prediction))
        return clip_score(middle - half), clip_score(middle + half)

    def _scale(self, difficulty: float | None) -> float:
        if self.is_normalised != (difficulty is not None):
            needed = "needs a" if self.is_normalised else "takes no"
            raise ReviewerError(f"this score interval {needed} difficulty estimate; give what it was fitted with")
        if difficulty is not None and not require_finite("the difficulty", difficulty) > 0:
            raise ReviewerError(f"the difficulty is {difficulty}; it must be above 0")
        return 1.0 if difficulty is None else difficulty


def clip_score(score: float) -> float:
    return min(max(score, LOWEST), HIGHEST)


def _at_least_one(widen: float) -> float:
    if require_finite("the widening", widen) < 1:
        raise ReviewerError(f"the widening is {widen}; it must be at least 1")
    return widen
