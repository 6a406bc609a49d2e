"""The search tree as lines of text, folded to the room there is: the way to the best, what runs, the newest stay."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from agents.cli.run_view import Node

_WIDEST_PREFIX = 24


class TreeLine(NamedTuple):
    """A node behind its branches; `node` is None on the last line of a folded tree, which counts the `hidden` ones."""

    prefix: str
    node: Node | None
    hidden: int = 0


def tree_lines(nodes: Sequence[Node], best: str | None, limit: int) -> list[TreeLine]:
    """Lay out nodes under their parents, at most `limit` lines; the nearest shown ancestor stands for a parent."""
    if limit < 1 or not nodes:
        return []
    shown = _choose(nodes, best, limit)
    lines = _branch([node for node in nodes if node.id in shown], _parents(nodes))
    hidden = len(nodes) - len(shown)
    return [*lines, TreeLine("", None, hidden)] if hidden else lines


def _choose(nodes: Sequence[Node], best: str | None, limit: int) -> set[str]:
    if len(nodes) <= limit:
        return {node.id for node in nodes}
    newest = [node.id for node in reversed(nodes)]
    running = [node.id for node in reversed(nodes) if node.status == "running"]
    path = list(_path(best, _parents(nodes)))[: limit // 2] if best in set(newest) else []
    wanted = dict.fromkeys([*path, *running, *newest])
    return set(list(wanted)[: limit - 1])


def _parents(nodes: Iterable[Node]) -> dict[str, str | None]:
    """Parent by node; one that is not among the nodes, or not older, makes a root."""
    known = {node.id for node in nodes}
    return {node.id: node.parent if node.parent in known and (node.parent or "") < node.id else None for node in nodes}


def _path(node: str | None, parents: dict[str, str | None]) -> Iterator[str]:
    """The node, its parent, and so on up to a root."""
    while node is not None:
        yield node
        node = parents[node]


def _branch(shown: Sequence[Node], parents: dict[str, str | None]) -> list[TreeLine]:
    children: dict[str | None, list[Node]] = {}
    visible = {node.id for node in shown}
    for node in shown:
        ancestor = next((each for each in _path(parents[node.id], parents) if each in visible), None)
        children.setdefault(ancestor, []).append(node)
    lines: list[TreeLine] = []
    # a stack, since a search of thousands of improvements is deeper than Python recurses
    stack = [(node, "", is_last) for node, is_last in _backwards(children.get(None, []))]
    while stack:
        node, stem, is_last = stack.pop()
        lines.append(TreeLine(_fit(stem + ("└─ " if is_last else "├─ ")), node))
        deeper = stem + ("   " if is_last else "│  ")
        stack.extend((child, deeper, last) for child, last in _backwards(children.get(node.id, [])))
    return lines


def _backwards(nodes: Sequence[Node]) -> list[tuple[Node, bool]]:
    return [(node, position == 0) for position, node in enumerate(reversed(nodes))]


def _fit(prefix: str) -> str:
    return prefix if len(prefix) <= _WIDEST_PREFIX else "… " + prefix[2 - _WIDEST_PREFIX :]
