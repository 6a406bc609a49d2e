"""Arrays at the door of every fit: float64, finite, of one length, or a ReviewerError that says which is not."""

from collections.abc import Mapping
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reviewer.errors import ReviewerError

Vector: TypeAlias = NDArray[np.float64]


def as_vector(name: str, values: ArrayLike, may_lack: bool = False) -> Vector:
    """Return values (n,) as float64. `may_lack` lets NaN stand for a missing value; infinities never pass."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or not found.size:
        raise ReviewerError(f"{name}: expected a list of numbers, got shape {found.shape}")
    if np.isinf(found).any() or (np.isnan(found).any() and not may_lack):
        raise ReviewerError(f"{name}: {np.count_nonzero(~np.isfinite(found))} of {found.size} values are not finite")
    return found


def as_labels(values: ArrayLike, n: int) -> Vector:
    """Return labels (n,) of 0 and 1 with both present."""
    found = as_vector("labels", values)
    if found.size != n:
        raise ReviewerError(f"labels: {found.size} for {n} papers")
    if set(np.unique(found)) != {0.0, 1.0}:
        raise ReviewerError("labels: expected 0 and 1, both at least once")
    return found


def as_columns(inputs: Mapping[str, ArrayLike]) -> dict[str, Vector]:
    """Return the named inputs, each (n,), NaN where a paper lacks one."""
    found = {name: as_vector(name, values, may_lack=True) for name, values in inputs.items()}
    sizes = {name: column.size for name, column in found.items()}
    if len(set(sizes.values())) != 1:
        raise ReviewerError(f"inputs must be of one length, got {sizes or 'none'}")
    return found


def as_matrix(features: ArrayLike, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return features (n, d) with a name for each column, all finite."""
    found = np.asarray(features, dtype=np.float64)
    if found.ndim != 2 or found.shape[1] != len(names) or not np.isfinite(found).all():
        raise ReviewerError(f"features: expected finite numbers (papers, {len(names)}), got shape {found.shape}")
    return found
