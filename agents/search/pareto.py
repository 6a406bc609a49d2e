"""Several objectives at once: which nodes no other beats, in which front a node lies, how crowded its place is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from agents.search.tree import Node, SearchTree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float64]
    Mask: TypeAlias = NDArray[np.bool_]
    Ranks: TypeAlias = NDArray[np.int64]

_EDGE = 1e300
"""Nothing counts for more or less than this: differences stay finite. What was not measured counts as minus this."""


def front(tree: SearchTree) -> list[Node]:
    """Return the nodes that no other beats by (gain, *objectives), the best gain first.

    With one objective that is the best node alone. Of nodes that are equal in everything the first told stands for all.
    """
    nodes = tree.ranked()
    if not has_objectives(nodes):
        return nodes[:1]
    vectors = vectors_of(nodes)
    best: dict[bytes, Node] = {}
    for row, node, wanted in zip(vectors, nodes, non_dominated(vectors).tolist(), strict=True):
        if wanted:
            best.setdefault(row.tobytes(), node)
    return list(best.values())


def has_objectives(nodes: Sequence[Node]) -> bool:
    """Whether any of the nodes has an objective beside its value."""
    return any(node.trial is not None and node.trial.objectives for node in nodes)


def vectors_of(nodes: Sequence[Node]) -> "Vectors":
    """One row (gain, *objectives) a node, higher is better; what a node lacks or has not finite is worst."""
    import numpy as np

    objectives = [node.trial.objectives if node.trial else () for node in nodes]
    lacking = (-_EDGE,) * max(map(len, objectives), default=0)
    rows = [(bounded_gain(node), *more, *lacking[len(more) :]) for node, more in zip(nodes, objectives, strict=True)]
    vectors = np.array(rows, dtype=np.float64).reshape(len(rows), 1 + len(lacking))
    return np.clip(np.nan_to_num(vectors, nan=-_EDGE, posinf=-_EDGE, neginf=-_EDGE), -_EDGE, _EDGE)


def bounded_gain(node: Node) -> float:
    """The gain within bounds whose difference is finite; the lower bound for a node that has none."""
    return -_EDGE if node.gain is None else min(max(node.gain, -_EDGE), _EDGE)


def non_dominated(vectors: "Vectors") -> "Mask":
    """Mark the rows [n] of [n, m] that no row dominates, i.e. reaches in every column and passes in one.

    The greatest row in dictionary order is dominated by none; what it reaches in every column is struck off; then the
    same with what is left. Costs n times the size of the front.
    """
    import numpy as np

    found = np.zeros(len(vectors), dtype=np.bool_)
    left = np.lexsort(-vectors.T[::-1])
    while left.size:
        rows, best = vectors[left], vectors[left[0]]
        found[left[(rows == best).all(axis=1)]] = True
        left = left[(rows > best).any(axis=1)]
    return found


def sort_fronts(vectors: "Vectors") -> "Ranks":
    """Return each row's front [n]: 0 is dominated by none, 1 only by those of 0, and so on.

    Non-dominated sorting (Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", 2002).
    """
    import numpy as np

    if vectors.shape[1] == 1:
        return np.unique(-vectors[:, 0], return_inverse=True)[1].astype(np.int64)
    ranks = np.zeros(len(vectors), dtype=np.int64)
    left, rank = np.arange(len(vectors)), 0
    while left.size:
        beaten_by_none = non_dominated(vectors[left])
        ranks[left[beaten_by_none]] = rank
        left, rank = left[~beaten_by_none], rank + 1
    return ranks


def crowding(vectors: "Vectors") -> "Vectors":
    """Return each row's crowding distance [n] within its front: infinite at an end of any column, else the sum over
    columns of the gap between its two neighbours as a share of the column's range (NSGA-II, as above)."""
    import numpy as np

    distances = np.zeros(len(vectors))
    for column in vectors.T:
        order = np.argsort(column, kind="stable")
        values = column[order]
        if not len(values) or values[-1] == values[0]:
            continue
        distances[order[[0, -1]]] = np.inf
        distances[order[1:-1]] += (values[2:] - values[:-2]) / (values[-1] - values[0])
    return distances
