"""Evolution on islands with an archive of many niches: what is good and little built upon has offspring."""

import math
import random
from collections.abc import Sequence
from statistics import median
from typing import Self

from pydantic import Field, model_validator

from agents.schema import Choice, Patch, Record
from agents.search.islands import home_islands, is_migrant, keep_elites
from agents.search.model_bandit import ModelBandit
from agents.search.pareto import bounded_gain, front, has_objectives, sort_fronts, vectors_of
from agents.search.tree import Node, SearchTree
from agents.search.view import SearchView

_STEEPNESS = 10.0
_LEAST_DEVIATION = 1e-6
_FAR = 50.0
_POOL = 1000
"""So many nodes compete for the archive, the best ones, so that a decision costs the same in a tree of any size."""


class Evolution(Record):
    """Quality diversity after ShinkaEvolve (Lange et al., arXiv:2509.19349), with fresh drafts.

    The first `drafts` nodes are drafts, later ones with probability `draft_share`. Failures are repaired as in
    `best_first`; while nothing works there is nothing else to do. Otherwise an island is drawn, a parent from its part
    of the archive (`archive_size` nodes in all, see keep_elites), and how to build on it: by an edit, a rewrite, or a
    cross with a second node, in proportion to these three. `elites` nodes of the archive and the `top` best of all are
    shown beside the parent. Every `migrate_every`-th node is the child of an island's best and lives on the next one.
    """

    drafts: int = Field(default=3, ge=0)
    draft_share: float = Field(default=0.2, ge=0, le=1)
    debug_probability: float = Field(default=0.3, ge=0, le=1)
    longest_repair: int = Field(default=3, ge=0)
    islands: int = Field(default=2, ge=1)
    migrate_every: int = Field(default=5, ge=1)
    archive_size: int = Field(default=20, ge=1)
    elites: int = Field(default=1, ge=0)
    top: int = Field(default=1, ge=0)
    edit: float = Field(default=0.6, ge=0)
    rewrite: float = Field(default=0.3, ge=0)
    cross: float = Field(default=0.1, ge=0)
    bandit: ModelBandit = ModelBandit()

    @model_validator(mode="after")
    def _can_build(self) -> Self:
        if not 0 < self.edit + self.rewrite + self.cross < math.inf:
            raise ValueError("one of edit, rewrite, cross must be above 0, and none without end")
        return self

    def ask(self, view: SearchView) -> Choice:
        rng = view.rng()
        model = self.bandit.draw(view, rng)
        if view.index <= self.drafts:
            return Choice(model=model)
        failures, wants_repair = view.tree.open_failures(self.longest_repair), rng.random() < self.debug_probability
        works = view.tree.best() is not None
        if failures and (wants_repair or not works):
            return Choice(parent=rng.choice(failures).id, model=model)
        if not works or rng.random() < self.draft_share:
            return Choice(model=model)
        return self._breed(view.tree, rng, model)

    def _breed(self, tree: SearchTree, rng: random.Random, model: str) -> Choice:
        archive = self._archive(tree, rng)
        parent = archive[0] if self._migrates(tree) else _draw(archive, rng)
        others = [node for node in archive if node is not parent]
        patch = self._draw_patch(rng, bool(others))
        shown = self._inspirations(tree, others, rng, parent)
        if patch == "cross":
            partner = _draw(others, rng)
            shown = [partner, *(node for node in shown if node is not partner)]
        return Choice(parent=parent.id, patch=patch, inspirations=tuple(map(_id_of, shown)), model=model)

    def _archive(self, tree: SearchTree, rng: random.Random) -> list[Node]:
        """The elites of one of the islands where something works, the best first."""
        homes = home_islands(tree, self.islands, self.migrate_every)
        living: dict[int, list[Node]] = {}
        for node in _pool(tree):
            living.setdefault(homes[node.number], []).append(node)
        return keep_elites(living[rng.choice(sorted(living))], max(1, self.archive_size // self.islands))

    def _migrates(self, tree: SearchTree) -> bool:
        """Nodes are numbered in the order of decisions, so the next one's number is known."""
        return self.islands > 1 and is_migrant(len(tree.nodes), self.migrate_every)

    def _draw_patch(self, rng: random.Random, has_partner: bool) -> Patch:
        patches: tuple[Patch, ...] = ("edit", "rewrite", "cross")
        shares = (self.edit, self.rewrite, self.cross * has_partner)
        return rng.choices(patches, shares)[0] if sum(shares) > 0 else "edit"

    def _inspirations(self, tree: SearchTree, others: Sequence[Node], rng: random.Random, parent: Node) -> list[Node]:
        """The best other node of the island's archive and some more of it, and the best of all; the worst first."""
        leader, rest = others[: min(1, self.elites)], others[1:]
        drawn = rng.sample(rest, min(len(rest), max(0, self.elites - 1)))
        best = [node for node in tree.ranked(self.top + 1) if node is not parent][: self.top]
        shown = {node.number: node for node in (*leader, *drawn, *best)}
        return sorted(shown.values(), key=lambda node: (bounded_gain(node), -node.number))


def _pool(tree: SearchTree) -> list[Node]:
    """The nodes that may enter an archive, the best first; with several objectives those of the Pareto front too."""
    nodes = tree.ranked(_POOL)
    if not has_objectives(nodes):
        return nodes
    known = {node.number for node in nodes}
    return [*nodes, *(node for node in front(tree) if node.number not in known)]


def parent_weights(nodes: Sequence[Node]) -> list[float]:
    """Weigh nodes by fitness and by how little was built on them: sigmoid(10 (s - median) / MAD) / (1 + children).

    MAD is the median absolute deviation. s is the gain as a share of the nodes' range; with several objectives it is
    the front that a node lies in.
    """
    scores = _scores(nodes)
    middle = median(scores)
    deviation = max(median(abs(score - middle) for score in scores), _LEAST_DEVIATION)
    return [
        _sigmoid(_STEEPNESS * (score - middle) / deviation) / (1 + len(node.children))
        for score, node in zip(scores, nodes, strict=True)
    ]


def _scores(nodes: Sequence[Node]) -> list[float]:
    if has_objectives(nodes):
        return [-float(rank) for rank in sort_fronts(vectors_of(nodes)).tolist()]
    gains = [bounded_gain(node) for node in nodes]
    low, high = min(gains), max(gains)
    return [(gain - low) / (high - low) if high > low else 0.0 for gain in gains]


def _draw(nodes: Sequence[Node], rng: random.Random) -> Node:
    return rng.choices(nodes, parent_weights(nodes))[0]


def _sigmoid(x: float) -> float:
    """Never quite 0, so that every node of the archive keeps a chance."""
    return 1 / (1 + math.exp(-min(max(x, -_FAR), _FAR)))


def _id_of(node: Node) -> str:
    if node.id is None:
        raise ValueError("the root is no trial to build on")
    return node.id
