"""Logistic maps to a probability: Platt's of one score, and the stacker of one to four named inputs."""

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import Field, model_validator

from reviewer.calibration.odds import sigmoid
from reviewer.calibration.values import Finite, Mapped, Positive, require_finite
from reviewer.schema import Record

MOST_INPUTS = 4


class PlattMap(Record):
    """sigmoid(slope * score + intercept) (Platt 1999), never falling. `input` names the score among the inputs."""

    kind: Literal["platt"] = "platt"
    input: str = "score"
    slope: float = Field(ge=0, allow_inf_nan=False)
    intercept: Finite

    def apply(self, score: float) -> float:
        return sigmoid(self.slope * require_finite(self.input, score) + self.intercept)

    def map_inputs(self, values: Mapping[str, float]) -> Mapped | None:
        return Mapped(self.apply(values[self.input]), (self.input,)) if self.input in values else None


class LogisticFit(Record):
    """sigmoid of a weighted sum of standardised inputs, in the order of `inputs`, fitted on `n` papers."""

    inputs: tuple[str, ...] = Field(min_length=1, max_length=MOST_INPUTS)
    means: tuple[Finite, ...]
    scales: tuple[Positive, ...]
    weights: tuple[Finite, ...]
    intercept: Finite
    n: int = Field(gt=0)

    @model_validator(mode="after")
    def _is_even(self) -> "LogisticFit":
        if not len(self.inputs) == len(self.means) == len(self.scales) == len(self.weights):
            raise ValueError("inputs, means, scales and weights differ in length")
        return self

    def apply(self, values: Mapping[str, float]) -> float:
        parts = zip(self.inputs, self.means, self.scales, self.weights, strict=True)
        terms = (weight * (require_finite(name, values[name]) - mean) / scale for name, mean, scale, weight in parts)
        return sigmoid(sum(terms) + self.intercept)


class LogisticStacker(Record):
    """One fit for each subset of the inputs that had enough papers, the largest and best-fitting first."""

    kind: Literal["stacker"] = "stacker"
    fits: tuple[LogisticFit, ...] = Field(min_length=1)

    def choose(self, available: Iterable[str]) -> LogisticFit | None:
        """Return the largest fit whose inputs are all available, the better of two of a size; None if there is none."""
        names = set(available)
        found = [fit for fit in self.fits if names.issuperset(fit.inputs)]
        return max(found, key=lambda fit: len(fit.inputs), default=None)  # max keeps the first of equals

    def map_inputs(self, values: Mapping[str, float]) -> Mapped | None:
        fit = self.choose(values)
        return Mapped(fit.apply(values), fit.inputs) if fit else None
