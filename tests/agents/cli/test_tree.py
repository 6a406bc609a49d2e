"""A tree is laid out whole where there is room, and folded to what matters where there is none."""

from hypothesis import given
from hypothesis import strategies as st

from agents.cli.run_view import Node
from agents.cli.tree import TreeLine, tree_lines


def node(index: int, parent: int | None = None, *, is_running: bool = False) -> Node:
    return Node(
        id=f"s1-{index:04d}",
        stage="search",
        parent=None if parent is None else f"s1-{parent:04d}",
        status="running" if is_running else "ok",
    )


def drawn(lines: list[TreeLine]) -> list[str]:
    return [f"{line.prefix}{line.node.id[-1] if line.node else f'{line.hidden} more'}" for line in lines]


def test_children_stand_under_their_parents() -> None:
    nodes = [node(0), node(1, 0), node(2), node(3, 1), node(4, 0)]
    assert drawn(tree_lines(nodes, None, 9)) == ["├─ 0", "│  ├─ 1", "│  │  └─ 3", "│  └─ 4", "└─ 2"]


def test_a_long_tree_keeps_the_way_to_the_best_what_runs_and_the_newest() -> None:
    nodes = [node(0), node(1, 0), node(2, 1), *map(node, range(3, 8)), node(8, is_running=True), node(9)]
    shown = drawn(tree_lines(nodes, "s1-0002", 6))
    assert shown == ["├─ 0", "│  └─ 1", "│     └─ 2", "├─ 8", "└─ 9", "5 more"]


def test_the_nearest_shown_ancestor_stands_for_a_hidden_parent() -> None:
    chain = [node(0), *(node(index, index - 1) for index in range(1, 9))]
    assert drawn(tree_lines(chain, None, 3)) == ["└─ 7", "   └─ 8", "7 more"]


def test_an_unknown_parent_makes_a_root() -> None:
    assert drawn(tree_lines([node(5, 2)], None, 3)) == ["└─ 5"]


def test_a_very_deep_tree_is_laid_out_within_bounds() -> None:
    chain = [node(0), *(node(index, index - 1) for index in range(1, 5000))]
    assert max(len(line.prefix) for line in tree_lines(chain, None, 6000)) == 24


@st.composite
def trees(draw: st.DrawFn) -> list[Node]:
    size = draw(st.integers(1, 30))
    parents = [draw(st.none() | st.integers(0, index - 1)) if index else None for index in range(size)]
    return [node(index, parent, is_running=draw(st.booleans())) for index, parent in enumerate(parents)]


@given(nodes=trees(), limit=st.integers(0, 35), pick=st.integers(0, 29))
def test_no_node_is_lost_or_shown_twice_whatever_the_room(nodes: list[Node], limit: int, pick: int) -> None:
    best = nodes[pick % len(nodes)].id
    lines = tree_lines(nodes, best, limit)
    shown = [line.node.id for line in lines if line.node]
    assert len(lines) <= limit
    assert len(set(shown)) == len(shown)
    assert limit == 0 or len(shown) + sum(line.hidden for line in lines) == len(nodes)
    assert limit < 2 or best in shown
    for each in nodes:
        if each.id in shown and each.parent in shown:
            assert shown.index(each.parent) < shown.index(each.id)
