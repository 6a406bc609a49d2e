"""The children of a node and the sums of what they and their descendants scored; all of them, or those of one model."""

from collections.abc import Sequence
from typing import NamedTuple

from agents.search.scores import Row, added, row_of, without
from agents.search.tree import Node, SearchTree
from agents.search.view import SearchView


class Brood(NamedTuple):
    """`fresh` sums the children's own gains, `later` those of their descendants; `crashes` counts failed children."""

    children: Sequence[Node]
    fresh: Row
    later: Row
    crashes: int

    @property
    def open(self) -> list[Node]:
        """Children that can be built on: they, or something below them, succeeded."""
        return [child for child in self.children if child.holds_success]

    @property
    def row(self) -> Row:
        """All gains together."""
        return added((self.fresh, self.later))


def whole_brood(tree: SearchTree, node: Node) -> Brood:
    """All children of a node; their sums are at hand."""
    fresh = row_of(node.fresh)
    return Brood(tree.children(node), fresh, without(row_of(node.below), row_of(node.own), fresh), node.crashes)


def broods_by_model(tree: SearchTree, node: Node, models: Sequence[str]) -> dict[str, Brood]:
    """The children that each of these models made, also of those that made none."""
    broods: dict[str, list[Node]] = {model: [] for model in models}
    for child in tree.children(node):
        if child.model in broods:
            broods[child.model].append(child)
    return {model: _sum_up(children) for model, children in broods.items()}


def usable_broods(view: SearchView, node: Node) -> dict[str, Brood]:
    """Of the view's models, and of former ones whose children can be built on; of a failed node only what can be."""
    makers = dict.fromkeys(child.model for child in view.tree.children(node) if child.holds_success)
    models = makers if node.has_failed else dict.fromkeys((*view.models, *makers))
    return broods_by_model(view.tree, node, tuple(models))


def _sum_up(children: Sequence[Node]) -> Brood:
    fresh, below = added(row_of(child.own) for child in children), added(row_of(child.below) for child in children)
    return Brood(children, fresh, without(below, fresh), sum(child.has_failed for child in children))
