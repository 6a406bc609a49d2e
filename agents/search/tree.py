"""What policies ask of a search tree: its order, its successes, its open failures. All from one view, nothing kept."""

import random
from collections.abc import Iterator

from agents.schema import Experiment, SearchView


def ordered_nodes(view: SearchView) -> list[Experiment]:
    """Nodes by index, so that the order of the view cannot matter."""
    return sorted(view.nodes, key=lambda node: node.index)


def successful_nodes(view: SearchView) -> list[Experiment]:
    return [node for node in ordered_nodes(view) if node.value(view.metric.name) is not None]


def best_node(view: SearchView) -> Experiment | None:
    """The successful node with the best metric; of equals the first."""
    best: Experiment | None = None
    for node in successful_nodes(view):
        if best is None or view.metric.gain(_value(view, node), _value(view, best)) > 0:
            best = node
    return best


def open_failures(view: SearchView, max_depth: int) -> list[Experiment]:
    """Failed nodes that nothing was built on yet, with room for one more in a chain of `max_depth` repairs."""
    parents = {node.parent for node in view.nodes}
    leaves = (node for node in ordered_nodes(view) if is_failed(node) and node.id not in parents)
    return [node for node in leaves if repairs_so_far(view, node) < max_depth]


def repairs_so_far(view: SearchView, node: Experiment) -> int:
    """Length of the unbroken chain of failed ancestors that this node was meant to mend."""
    return sum(1 for _ in _failed_ancestors({other.id: other for other in view.nodes}, node))


def is_failed(node: Experiment) -> bool:
    return node.outcome is not None and not node.outcome.is_ok


def seeded(view: SearchView) -> random.Random:
    """Random numbers for one decision. Seeding by text goes through SHA-512, so PYTHONHASHSEED has no say."""
    return random.Random(f"{view.seed}/{view.index}")


def _failed_ancestors(by_id: dict[str, Experiment], node: Experiment) -> Iterator[Experiment]:
    parent = by_id.get(node.parent or "")
    while parent is not None and is_failed(parent):
        yield parent
        parent = by_id.get(parent.parent or "")


def _value(view: SearchView, node: Experiment) -> float:
    value = node.value(view.metric.name)
    if value is None:
        raise ValueError(f"{node.id} has no {view.metric.name}")
    return value
