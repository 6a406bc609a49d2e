"""Extremely randomised trees (Geurts et al. 2006): fitted with scikit-learn, kept as plain arrays, read without it.

Arrays and no pickle, so that a file of trees can run nothing and outlives versions of scikit-learn.
"""

import zlib
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from reviewer.errors import ReviewerError

_LEAF = -1  # child of a leaf, as scikit-learn writes it


class Trees(NamedTuple):
    """All nodes of all trees in a row, (n_nodes,) each; children are places in that row, `roots` (n_trees,) too."""

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]

    def predict(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean over trees for rows x (n, n_features) -> (n,). Compared in single precision."""
        single = x.astype(np.float32)
        at = np.repeat(self.roots[None, :], len(x), axis=0)
        rows = np.arange(len(x))[:, None]
        while (inner := self.left[at] != _LEAF).any():
            goes_left = single[rows, self.feature[at]] <= self.threshold[at]
            at = np.where(inner, np.where(goes_left, self.left[at], self.right[at]), at)
        return self.value[at].mean(axis=1, dtype=np.float64)

    def save(self, path: Path) -> None:
        np.savez_compressed(path, **self._asdict())


def load_trees(path: Path) -> Trees:
    """Read what `save` wrote; raises ReviewerError where the file is absent or is none of ours."""
    try:
        with path.open("rb") as file:
            stored: Any = np.load(file, allow_pickle=False)
            trees = Trees(*(stored[name] for name in Trees._fields))
    except (OSError, EOFError, LookupError, ValueError, BadZipFile, zlib.error) as error:
        raise ReviewerError(f"cannot read the trees of the reviewer in {path}; fit it anew: {_brief(error)}") from error
    if not _are_sound(trees):
        raise ReviewerError(f"the trees of the reviewer in {path} are damaged; fit it anew")
    return trees


def fit_trees(
    x: NDArray[np.float64], target: NDArray[np.float64], directions: list[int], *, n_trees: int, seed: int
) -> Trees:
    """Fit trees to target (n,) on x (n, n_features), monotone where a direction is 1 and free where it is 0."""
    from sklearn.ensemble import ExtraTreesRegressor

    forest: Any = ExtraTreesRegressor(
        n_trees, min_samples_leaf=8, max_features=0.3, monotonic_cst=directions, random_state=seed, n_jobs=-1
    )
    return _flatten([one.tree_ for one in forest.fit(x, target).estimators_])


def _are_sound(trees: Trees) -> bool:
    """Whether all arrays go together, and each child comes after its parent, so that every walk down ends."""
    n, inner = len(trees.feature), trees.left != _LEAF
    if len(trees.roots) == 0 or not all(array.shape == (n,) for array in trees[:5]):
        return False
    places = np.arange(n)[inner]
    is_below = all((side[inner] > places).all() and (side[inner] < n).all() for side in (trees.left, trees.right))
    is_rooted = bool((trees.roots >= 0).all() and (trees.roots < n).all())
    return is_below and is_rooted and bool((trees.feature[inner] >= 0).all() and np.isfinite(trees.value).all())


def _brief(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _flatten(trees: list[Any]) -> Trees:
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(tree, name) for tree in trees])

    def children(side: str) -> NDArray[np.int32]:
        shift = np.repeat(starts, [tree.node_count for tree in trees])
        places = joined(side)
        return np.where(places == _LEAF, _LEAF, places + shift).astype(np.int32)

    return Trees(
        feature=joined("feature").astype(np.int16),
        threshold=joined("threshold").astype(np.float32),
        left=children("children_left"),
        right=children("children_right"),
        value=joined("value")[:, 0, 0].astype(np.float32),
        roots=starts.astype(np.int32),
    )
