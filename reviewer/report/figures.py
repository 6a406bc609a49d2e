"""The records that a report's figures stand in. A figure that cannot be had is None and says why, never NaN."""

from pydantic import Field

from reviewer.schema import Record


class Measured(Record):
    """A figure with its 95 % bootstrap interval over papers; `why_not` tells why one of them is None."""

    value: float | None
    low: float | None = None
    high: float | None = None
    why_not: str | None = None

    @property
    def is_above_zero(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.low is not None and self.low > 0


class CalibrationError(Record):
    """Expected calibration error beside that of a perfect model, whose labels are drawn from the probabilities.

    Few papers in many bins give an error above zero to any model: `floor_mean` and `floor_p95` say how much.
    Resamples carry that noise twice, so the interval is moved to be about the error; judge by the floor.
    """

    error: Measured
    floor_mean: float | None = None
    floor_p95: float | None = None

    @property
    def is_within_floor(self) -> bool | None:
        """Whether a perfect model would do worse than this one time in twenty; None where the error is."""
        value, limit = self.error.value, self.floor_p95
        return None if value is None or limit is None else value <= limit


class Figures(Record):
    """How good probabilities and expected scores are on `n` papers of which `n_rejected` were rejected.

    auc, balanced_accuracy, f1 in [0, 1]; brier (lower is better) and its skill over the prevalence of these papers;
    ece over 15 bins of equal width and of equal mass; slope and intercept of the labels' logistic regression on logit p
    (1 and 0 are best); Spearman correlation of the expected score with the human mean, over all and over the rejected.
    """

    n: int = Field(ge=0)
    n_rejected: int = Field(ge=0)
    threshold: float
    auc: Measured
    balanced_accuracy: Measured
    f1: Measured
    brier: Measured
    brier_skill: Measured
    ece: CalibrationError
    ece_equal_mass: CalibrationError
    slope: Measured
    intercept: Measured
    spearman: Measured
    spearman_rejected: Measured


class Difference(Record):
    """How much better than a baseline on the same papers, resampled in pairs; above zero is better, for Brier too."""

    auc: Measured
    balanced_accuracy: Measured
    brier: Measured
    spearman: Measured
    spearman_rejected: Measured
