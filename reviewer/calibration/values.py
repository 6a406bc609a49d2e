"""Numbers that a map takes and holds: always finite, probabilities in [0, 1]."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, NamedTuple, TypeAlias

from pydantic import Field

from reviewer.errors import ReviewerError

Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Positive: TypeAlias = Annotated[float, Field(allow_inf_nan=False, gt=0)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Mapped(NamedTuple):
    """A probability in [0, 1] and the names of the inputs that it was computed from."""

    probability: float
    inputs: tuple[str, ...]


def require_finite(name: str, value: float) -> float:
    """Return `value` as float; NaN and infinities raise ReviewerError."""
    if not math.isfinite(value):
        raise ReviewerError(f"{name} is {value}, not a finite number; leave out an input that is missing")
    return float(value)


def require_share(name: str, value: float) -> float:
    """Return `value` if it is in [0, 1], else raise ReviewerError."""
    if not 0 <= require_finite(name, value) <= 1:
        raise ReviewerError(f"{name} is {value}, not a probability; give a number from 0 to 1")
    return float(value)


def is_rising(values: Sequence[float]) -> bool:
    return all(left <= right for left, right in pairwise(values))


def is_strictly_rising(values: Sequence[float]) -> bool:
    return all(left < right for left, right in pairwise(values))
