"""Sums from which counts, means and deviations follow, on the scale of a tree."""

from dataclasses import dataclass
from typing import NamedTuple


class Scaled(NamedTuple):
    """Count, mean and sum of squared deviations on the scale of a tree."""

    n: int
    mean: float
    deviations: float


class Scale(NamedTuple):
    """Maps gains to scores: `low` to 0, `low + span` to 1."""

    low: float = 0.0
    span: float = 1.0

    def __call__(self, gain: float) -> float:
        return (gain - self.low) / self.span


@dataclass(slots=True)
class Sums:
    """Sufficient statistics of some gains."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, n: int, total: float, squares: float) -> None:
        self.n += n
        self.total += total
        self.squares += squares

    def note(self, gain: float) -> None:
        self.add(1, gain, gain * gain)

    @property
    def mean(self) -> float:
        """Raises ZeroDivisionError where there is nothing."""
        return self.total / self.n

    @property
    def sd(self) -> float:
        """Standard deviation of the gains themselves, not of what they were drawn from."""
        return max(0.0, self.squares / self.n - self.mean**2) ** 0.5

    def scaled(self, scale: Scale) -> Scaled:
        """An empty one has mean 0."""
        if self.n == 0:
            return Scaled(0, 0.0, 0.0)
        deviations = max(0.0, self.squares - self.total * self.mean)
        return Scaled(self.n, scale(self.mean), deviations / scale.span / scale.span)
