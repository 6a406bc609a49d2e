"""Best so far: what a search held after each of its experiments, and what it had spent by then."""

from collections.abc import Sequence
from typing import NamedTuple

from agents.cli.trees.study import StudyTree


class Point(NamedTuple):
    """After `made` finished experiments: the best value yet, None where none succeeded; seconds and US dollars spent.

    `seconds` add up what experiments took each, however many ran at once.
    """

    made: int
    best: float | None
    seconds: float
    usd: float


def best_so_far(tree: StudyTree) -> list[Point]:
    """A point for each finished node, in order. Repeats count as experiments, and no single one as the best."""
    points: list[Point] = []
    best, seconds, usd = None, 0.0, 0.0
    for node in tree.nodes:
        if node.outcome is None:
            continue
        seconds, usd = seconds + node.outcome.wall_s, usd + node.cost_usd
        value = tree.value(node) if node.patch != "repeat" else None
        if value is not None and (best is None or tree.metric.gain(value, best) > 0):
            best = value
        points.append(Point(len(points) + 1, best, seconds, usd))
    return points


def milestones(count: int) -> list[int]:
    """1, 2, 5, 10, 20, 50 and so on up to `count`, and `count` itself."""
    marks: list[int] = []
    step = 1
    while step <= count:
        marks += [step * factor for factor in (1, 2, 5) if step * factor <= count]
        step *= 10
    return marks if not marks or marks[-1] == count else [*marks, count]


def value_at(points: Sequence[Point], count: int) -> float | None:
    """The best after `count` experiments; None where there were fewer, or none that succeeded."""
    return points[count - 1].best if 0 < count <= len(points) else None
