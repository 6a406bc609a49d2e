"""Populations of a search tree that mix rarely: which island a node lives on, and which nodes represent an island."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agents.search.pareto import crowding, has_objectives, non_dominated, vectors_of
from agents.search.tree import ROOT, Node, SearchTree

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NEIGHBOURS = 3
_MOST_CELLS = 128
"""So many cells compete by novelty at most, the best ones: each decision works out the distances of all to all."""


def home_islands(tree: SearchTree, islands: int, migrate_every: int) -> list[int]:
    """Return the island of every node by its number; it follows from the tree alone.

    Drafts settle on the islands in turn. A child lives with its parent, but a node whose number is a multiple of
    `migrate_every` goes over to the next island, and its descendants stay there.
    """
    homes, drafts = [0] * len(tree.nodes), 0
    for node in tree.nodes[1:]:
        if node.parent == ROOT:
            homes[node.number], drafts = drafts % islands, drafts + 1
        else:
            homes[node.number] = (homes[node.parent] + is_migrant(node.number, migrate_every)) % islands
    return homes


def is_migrant(number: int, migrate_every: int) -> bool:
    """Whether a child with this number leaves its parent's island."""
    return number % migrate_every == 0


def keep_elites(nodes: Sequence[Node], size: int) -> list[Node]:
    """Return at most `size` of the successful `nodes`, which come with the best first and leave in that order.

    The best node of every niche has a place, as in MAP-Elites (Mouret and Clune, arXiv:1504.04909); for more niches
    than places those compete by dominated novelty. With several objectives the Pareto front comes first, the least
    crowded of it if it is too large. Places left over go to the best of the rest.
    """
    niches: dict[str, Node] = {}
    for node in nodes:
        niches.setdefault(_niche(node), node)
    champions = _most_novel(list(niches.values()), size)
    chosen: dict[int, Node] = {}
    for node in (*_front(nodes, size), *champions, *nodes):
        if len(chosen) < size:
            chosen[node.number] = node
    return [node for node in nodes if node.number in chosen]


def _front(nodes: Sequence[Node], size: int) -> list[Node]:
    """The Pareto front, least crowded first; empty where there is one objective only."""
    if not has_objectives(nodes):
        return []
    import numpy as np

    vectors = vectors_of(nodes)
    places = np.flatnonzero(non_dominated(vectors))
    roomy = np.argsort(-crowding(vectors[places]), kind="stable")
    return [nodes[place] for place in places[roomy][:size].tolist()]


def _most_novel(nodes: Sequence[Node], size: int) -> list[Node]:
    """The `size` nodes farthest from those that are better than they are; `nodes` come with the best first.

    Dominated novelty search (Bahlous-Boldi et al., arXiv:2502.00593): a node counts for its mean distance to the
    nearest fitter ones, the fittest for more than any. Distances are Jaccard's between the sets that niches name.
    """
    if len(nodes) <= size:
        return list(nodes)
    import numpy as np

    apart = _distances([_niche(node) for node in nodes[:_MOST_CELLS]])
    fitter = np.tri(len(apart), k=-1, dtype=np.bool_)
    nearest = np.sort(np.where(fitter, apart, np.inf), axis=1)[:, :_NEIGHBOURS]
    counted = np.isfinite(nearest)
    novelty = np.where(counted, nearest, 0.0).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)
    novelty[0] = np.inf
    return [nodes[place] for place in np.argsort(-novelty, kind="stable")[:size].tolist()]


def _distances(niches: Sequence[str]) -> "NDArray[np.float64]":
    """Jaccard distances [n, n] between niches as sets of the names joined by "+"."""
    import numpy as np

    sets = [set(niche.split("+")) - {""} for niche in niches]
    names = sorted(set[str]().union(*sets))
    has = np.array([[name in each for name in names] for each in sets], dtype=np.float64).reshape(len(sets), len(names))
    shared, sizes = has @ has.T, has.sum(axis=1)
    either = sizes[:, None] + sizes[None, :] - shared
    return 1.0 - np.divide(shared, either, out=np.ones_like(shared), where=either > 0)


def _niche(node: Node) -> str:
    return node.trial.niche if node.trial else ""
