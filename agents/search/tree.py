"""What policies ask of a search tree: its order, its successes, its open failures. All from one view, nothing kept."""

import random
from collections.abc import Iterator
from operator import attrgetter

from agents.schema import Experiment, SearchView


def ordered_nodes(view: SearchView) -> list[Experiment]:
    """Nodes by index, so that the order of the view cannot matter."""
    return sorted(view.nodes, key=attrgetter("index"))


def successful_nodes(view: SearchView) -> list[Experiment]:
    name = view.metric.name
    return [node for node in ordered_nodes(view) if node.value(name) is not None]


def best_node(view: SearchView) -> Experiment | None:
    """The successful node with the best metric; of equals the first."""
    nodes, name = ordered_nodes(view), view.metric.name
    values = [node.value(name) for node in nodes]
    known = [value for value in values if value is not None]
    if not known:
        return None
    return nodes[values.index(max(known) if view.metric.direction == "maximize" else min(known))]


def open_failures(view: SearchView, max_depth: int) -> list[Experiment]:
    """Failed nodes that nothing was built on yet, with room for one more in a chain of `max_depth` repairs."""
    failed = [node for node in ordered_nodes(view) if is_failed(node)]
    parents = {node.parent for node in view.nodes} if failed else set[str | None]()
    by_id = {node.id: node for node in failed}
    leaves = [node for node in failed if node.id not in parents]
    return [node for node in leaves if _count(_failed_ancestors(by_id, node)) < max_depth]


def repairs_so_far(view: SearchView, node: Experiment) -> int:
    """Length of the unbroken chain of failed ancestors that this node was meant to mend."""
    return _count(_failed_ancestors({other.id: other for other in view.nodes}, node))


def is_failed(node: Experiment) -> bool:
    return node.outcome is not None and not node.outcome.is_ok


def seeded(view: SearchView) -> random.Random:
    """Random numbers for one decision. Seeding by text goes through SHA-512, so PYTHONHASHSEED has no say."""
    return random.Random(f"{view.seed}/{view.index}")


def _count(nodes: Iterator[Experiment]) -> int:
    return sum(1 for _ in nodes)


def _failed_ancestors(by_id: dict[str, Experiment], node: Experiment) -> Iterator[Experiment]:
    parent = by_id.get(node.parent or "")
    while parent is not None and is_failed(parent):
        yield parent
        parent = by_id.get(parent.parent or "")
