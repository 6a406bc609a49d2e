"""What the problems are: kinds of ground with hills on them, and the three simulated models that walk there.

Widths and heights were fitted by hand until five simple policies reached about what they had reached on landscapes of
an earlier study of search methods; bench/search/README.md holds the comparison. The held-out grounds were written down
before any policy was tuned; they differ in dimensions, number of hills, heights and widths.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Shape: TypeAlias = Literal["bell", "cone", "flat"]


class Range(NamedTuple):
    """Where a number is drawn from: uniformly for `power` 1, closer to `low` the higher the power."""

    low: float
    high: float
    power: float = 1.0


@dataclass(frozen=True, slots=True)
class SimulatedModel:
    """A model that submits the best of `draws` attempts, `step` (per dimension) away from what it refines."""

    name: str
    draws: int
    step: float
    crash: float
    price: float


MODELS = (
    SimulatedModel("weak", draws=1, step=0.07, crash=0.10, price=1),
    SimulatedModel("medium", draws=2, step=0.05, crash=0.05, price=3),
    SimulatedModel("strong", draws=4, step=0.04, crash=0.03, price=10),
)


@dataclass(frozen=True, slots=True)
class Ground:
    """A kind of problem; a seed makes a problem of it. An idea is a hill, a refinement never leaves it.

    Summits lie in the middle 60 % of every dimension of the unit cube. `good` adds one hill of that height and width,
    found by `good_share` of the drafts. `stride` multiplies the models' steps, `noise` the noise, `crash` the crashes.
    """

    name: str
    hills: int
    heights: Range
    widths: Range
    shape: Shape = "bell"
    dimensions: int = 6
    is_lottery: bool = False
    good: tuple[float, float] | None = None
    good_share: float = 0.0
    stride: float = 1.0
    noise: float = 1.0
    crash: float = 1.0


FIVE = (
    Ground("unimodal", 1, Range(0.97, 0.97), Range(0.45, 0.45)),
    Ground("lottery", 1, Range(1.0, 1.0), Range(0.89, 0.89), is_lottery=True),
    Ground("basins", 24, Range(0.40, 0.95, 2), Range(0.6, 1.0)),
    Ground("trap", 15, Range(0.47, 0.55), Range(0.5, 0.75), good=(0.95, 0.60), good_share=1 / 16),
    Ground("crash", 24, Range(0.38, 0.90, 2.5), Range(0.6, 1.0), crash=5),
)
MORE = (
    Ground("chain", 1, Range(1.0, 1.0), Range(1.6, 1.6), shape="cone", dimensions=12),
    Ground("plateau", 24, Range(0.4, 0.7), Range(1, 1), shape="flat", noise=4),
)
HELD_OUT = (
    Ground("unimodal", 1, Range(0.9, 0.9), Range(0.55, 0.55), dimensions=8),
    Ground("lottery", 1, Range(0.95, 0.95), Range(0.6, 0.6), dimensions=4, is_lottery=True),
    Ground("basins", 40, Range(0.2, 0.9, 3), Range(0.7, 1.1), dimensions=7),
    Ground("trap", 7, Range(0.35, 0.5), Range(0.6, 0.9), dimensions=5, good=(0.85, 0.48), good_share=1 / 10),
    Ground("crash", 12, Range(0.25, 0.9, 2), Range(0.5, 0.8), dimensions=5, crash=4),
)
HELD_OUT_MORE = (
    Ground("chain", 1, Range(0.9, 0.9), Range(1.5, 1.5), shape="cone", dimensions=10, stride=0.8),
    Ground("plateau", 12, Range(0.3, 0.65), Range(1, 1), shape="flat", noise=3),
)
FIRST_HELD_OUT_SEED = 1000


def crash_chance(ground: Ground, model: SimulatedModel) -> float:
    return min(0.95, ground.crash * model.crash)
