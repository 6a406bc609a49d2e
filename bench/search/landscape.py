"""One problem: a ground with its hills laid out by a seed, and the true value of every place on it."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.search.grounds import Ground, Range

Array: TypeAlias = NDArray[np.float64]
_MARGIN = 0.2


class Place(NamedTuple):
    """What a program is in this world: a point (dimensions,) of the unit cube on one hill, and its true value."""

    hill: int
    point: Array
    value: float


@dataclass(frozen=True, slots=True)
class Landscape:
    """Summits (hills, dimensions), heights and widths (hills,), the share (hills,) of drafts that come to each hill."""

    ground: Ground
    summits: Array
    heights: Array
    widths: Array
    shares: Array

    def values(self, hills: NDArray[np.int64], points: Array) -> Array:
        """True values (n,) of points (n, dimensions) taken as places on the given hills (n,)."""
        heights = self.heights[hills]
        if self.ground.shape == "flat":
            return heights
        offsets = (points - self.summits[hills]) / self.widths[hills, None]
        squares = np.einsum("ij,ij->i", offsets, offsets)
        if self.ground.shape == "cone":
            return heights * np.maximum(0.0, 1.0 - np.sqrt(squares))
        return heights * np.exp(-0.5 * squares)

    def hills(self, uniforms: Array) -> NDArray[np.int64]:
        """The hills (n,) that drafts come to for uniform numbers (n,) in [0, 1)."""
        found = np.searchsorted(np.cumsum(self.shares), uniforms, side="right")
        return np.minimum(found, len(self.shares) - 1)

    @property
    def optimum(self) -> Place:
        """The highest summit."""
        hill = int(np.argmax(self.heights))
        return Place(hill, self.summits[hill], float(self.heights[hill]))


def make_landscape(ground: Ground, seed: int) -> Landscape:
    """Lay out the hills of a ground; the same seed gives the same landscape."""
    rng = np.random.default_rng([seed, *ground.name.encode()])
    heights, widths = _draw(rng, ground.heights, ground.hills), _draw(rng, ground.widths, ground.hills)
    shares = np.full(ground.hills, 1.0 / ground.hills)
    if ground.good is not None:
        heights, widths = np.append(heights, ground.good[0]), np.append(widths, ground.good[1])
        shares = np.append(shares * (1.0 - ground.good_share), ground.good_share)
    summits = rng.uniform(_MARGIN, 1.0 - _MARGIN, (len(heights), ground.dimensions))
    return Landscape(ground, summits, heights, widths, shares)


def _draw(rng: np.random.Generator, where: Range, count: int) -> Array:
    return where.low + (where.high - where.low) * rng.random(count) ** where.power
