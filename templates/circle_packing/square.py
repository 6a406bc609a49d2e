"""Circles in the unit square: how many, how far they lie from each other and from the walls, and what makes them fit.

Fixed and hashed with the evaluator, which trusts nothing else about a packing; experiment.py has a copy.
"""

from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

COUNT = 26
FIRST, SECOND = np.triu_indices(COUNT, 1)  # every pair of circles once
Array: TypeAlias = NDArray[Any]


def distances(centres: Array) -> Array:
    """Distances between the centres of all pairs; centres (n, 2) gives (pairs,)."""
    return np.hypot(*(centres[FIRST] - centres[SECOND]).T)


def wall_distances(centres: Array) -> Array:
    """Distance of every centre to its nearest wall, negative outside; (n, 2) gives (n,)."""
    return np.minimum(centres, 1 - centres).min(axis=1)


def scale(circles: Array) -> Array:
    """All radii times the largest factor up to one with which, but for rounding, the circles fit.

    Rows are x, y, radius; centres must lie in the square and radii must not be negative.
    """
    centres, radii = circles[:, :2], circles[:, 2]
    room = np.concatenate([distances(centres), wall_distances(centres)])
    need = np.concatenate([radii[FIRST] + radii[SECOND], radii])
    tight = need > room
    factor = (room[tight] / need[tight]).min(initial=1.0)
    return np.column_stack([centres, factor * radii])


def shrink(circles: Array) -> Array:
    """As `scale`, and then as little smaller still as makes them fit in exact arithmetic."""
    scaled = scale(circles)
    shrunk, slack = scaled.copy(), 2.0**-52
    while not is_packing(shrunk):
        shrunk[:, 2] = max(0.0, 1 - slack) * scaled[:, 2]
        slack *= 2
    return shrunk


def is_packing(circles: Array) -> bool:
    """Whether the circles lie in the square and do not overlap, in rational arithmetic: no rounding, no tolerance."""
    rows = [[Fraction(float(value)) for value in row] for row in circles]
    inside = all(r >= 0 and r <= min(x, y, 1 - x, 1 - y) for x, y, r in rows)
    pairs = ((rows[i], rows[j]) for i, j in zip(FIRST, SECOND, strict=True))
    return inside and all((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 >= (a[2] + b[2]) ** 2 for a, b in pairs)
