"""Scores of groups of trials as arrays, all that Bayesian policies know of them: counts and moments."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from agents.search.tree import Scale, SearchTree, Sums

Floats: TypeAlias = NDArray[np.float64]
Row: TypeAlias = tuple[float, float, float]
"""Count, sum and sum of squares of some gains."""


class Scores(NamedTuple):
    """Count, mean and sum of squared deviations of the scores of k groups; each of shape (k,). No score: mean 0."""

    n: Floats
    mean: Floats
    deviations: Floats

    def take(self, which: "slice | Sequence[int] | NDArray[np.intp]") -> "Scores":
        return Scores(self.n[which], self.mean[which], self.deviations[which])

    def followed_by(self, n: Sequence[float]) -> "Scores":
        """These groups, and behind them one of n[i] scores of 0 for each i."""
        zeros = np.zeros(len(n))
        return Scores(*(np.append(mine, more) for mine, more in zip(self, (np.array(n), zeros, zeros), strict=True)))

    def with_zeros(self, zeros: Sequence[float]) -> "Scores":
        """The same with zeros[i] more scores of 0 in group i."""
        n = self.n + np.array(zeros, dtype=float)
        share = self.n / np.maximum(n, 1)
        return Scores(n, self.mean * share, self.deviations + share * zeros * self.mean**2)


def row_of(sums: Sums) -> Row:
    return sums.n, sums.total, sums.squares


def added(rows: Iterable[Row]) -> Row:
    n, total, squares = 0.0, 0.0, 0.0
    for row in rows:
        n, total, squares = n + row[0], total + row[1], squares + row[2]
    return n, total, squares


def without(row: Row, *taken: Row) -> Row:
    """What is left of a row when others are taken out of it."""
    n, total, squares = added(taken)
    return row[0] - n, row[1] - total, row[2] - squares


def scores_of(rows: Sequence[Row], scale: Scale) -> Scores:
    n, total, squares = np.array(rows, dtype=float).reshape(-1, 3).T
    gain = total / np.maximum(n, 1)
    deviations = np.maximum(squares - total * gain, 0) / scale.span / scale.span
    return Scores(n, np.where(n > 0, (gain - scale.low) / scale.span, 0), np.where(n > 0, deviations, 0))


def score_with_crashes(tree: SearchTree, rows: Sequence[Row], crashes: Sequence[float]) -> Scores:
    """Scores of groups in which so many trials failed; where scores are relative to what was seen, these count as 0."""
    scores = scores_of(rows, tree.scale)
    return scores.with_zeros(crashes) if tree.is_rescaled else scores
