"""Where nodes stand in a drawing of a tree: tidy, compact, and without recursion.

Subtrees are pushed together until their outlines touch (Reingold and Tilford, "Tidier drawings of trees", 1981); an
outline is merged into the deeper one, so that n nodes take O(n). Many childless siblings share a box instead of a row.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

LEVEL: Final = 1.6
"""Height of a generation, where neighbours are 1 apart."""
_BOX_FROM: Final = 7
_MARGIN: Final = 0.35
"""Room between the nodes of a box and its edge."""


class Place(NamedTuple):
    """The middle of a node: 1 is the distance between neighbours, y grows downwards."""

    x: float
    y: float


class Box(NamedTuple):
    """Childless nodes built on one node, `parent`; None for fresh drafts."""

    parent: str | None
    left: float
    top: float
    width: float
    height: float


class Layout(NamedTuple):
    """Places by node id; everything lies within (0, 0) and (width, height)."""

    places: dict[str, Place]
    boxes: list[Box]
    width: float
    height: float


@dataclass(slots=True)
class _Outline:
    """Left and right ends of a subtree by generation, the deepest first; `shift` is yet to be added to both."""

    left: list[float]
    right: list[float]
    shift: float = 0.0

    def room_before(self, other: "_Outline") -> float:
        """How far `other` has to move to stand right of this one."""
        shared = min(len(self.left), len(other.left))
        gaps = (self.right[-level] - other.left[-level] for level in range(1, shared + 1))
        return max(gaps) + self.shift - other.shift + 1.0

    def joined(self, other: "_Outline", move: float) -> "_Outline":
        """Both together, `other` moved; the shallower one is written into the deeper."""
        other.shift += move
        if len(self.left) >= len(other.left):
            _overwrite(self.right, other.right, other.shift - self.shift)
            return self
        _overwrite(other.left, self.left, self.shift - other.shift)
        return other


@dataclass(slots=True)
class _Units:
    """What stands side by side below a node: subtrees and boxes, in units of their own until they are placed."""

    names: list[str] = field(default_factory=list[str])
    box: list[str] = field(default_factory=list[str])


def lay_out(parents: Mapping[str, str | None]) -> Layout:
    """Place nodes given their parents; a parent must come before its children, or else counts as none."""
    below = _children(parents)
    order = _preorder(below)
    outlines: dict[str, _Outline] = {}
    offsets: dict[str, float] = {}
    boxes: dict[str | None, float] = {}
    for name in (*reversed(order), None):
        units = _units(below.get(name, ()), below)
        outline = _place_below(name, units, outlines, offsets, boxes)
        if name is not None:
            outlines[name] = outline
    return _settle(order, below, offsets, boxes)


def box_shape(count: int) -> tuple[int, int]:
    """Columns and rows of a box: about two and a half times as wide as high."""
    columns = math.ceil(math.sqrt(2.5 * count))
    return columns, math.ceil(count / columns)


def _children(parents: Mapping[str, str | None]) -> dict[str | None, list[str]]:
    below: dict[str | None, list[str]] = {}
    seen: set[str] = set()
    for name, parent in parents.items():
        below.setdefault(parent if parent in seen else None, []).append(name)
        seen.add(name)
    return below


def _preorder(below: Mapping[str | None, Sequence[str]]) -> list[str]:
    order: list[str] = []
    stack = list(reversed(below.get(None, ())))
    while stack:
        name = stack.pop()
        order.append(name)
        stack.extend(reversed(below.get(name, ())))
    return order


def _units(names: Sequence[str], below: Mapping[str | None, Sequence[str]]) -> _Units:
    leaves = [name for name in names if name not in below]
    if len(leaves) < _BOX_FROM:
        return _Units(list(names))
    return _Units([name for name in names if name in below], leaves)


def _place_below(
    name: str | None,
    units: _Units,
    outlines: dict[str, _Outline],
    offsets: dict[str, float],
    boxes: dict[str | None, float],
) -> _Outline:
    """Put units side by side and the node above the middle of them; offsets count from the node."""
    whole: _Outline | None = None
    moves: list[float] = []
    for outline in (
        *(outlines.pop(each) for each in units.names),
        *([_box_outline(len(units.box))] if units.box else []),
    ):
        move = whole.room_before(outline) if whole else 0.0
        moves.append(move)
        whole = whole.joined(outline, move) if whole else outline
    if whole is None:
        return _Outline([0.0], [0.0])
    last = moves[-1] + (box_shape(len(units.box))[0] - 1 if units.box else 0)
    middle = (moves[0] + last) / 2
    offsets.update({each: move - middle for each, move in zip(units.names, moves, strict=False)})
    if units.box:
        boxes[name] = moves[-1] - middle
    whole.shift -= middle
    whole.left.append(-whole.shift)
    whole.right.append(-whole.shift)
    return whole


def _box_outline(count: int) -> _Outline:
    columns, rows = box_shape(count)
    depth = math.floor((rows - 1 + 2 * _MARGIN) / LEVEL) + 1
    return _Outline([-_MARGIN] * depth, [columns - 1 + _MARGIN] * depth)


def _overwrite(ends: list[float], others: Sequence[float], shift: float) -> None:
    for level in range(1, len(others) + 1):
        ends[-level] = others[-level] + shift


def _settle(
    order: Sequence[str],
    below: Mapping[str | None, Sequence[str]],
    offsets: Mapping[str, float],
    starts: Mapping[str | None, float],
) -> Layout:
    """Add up offsets from the top down and move everything into view."""
    found: dict[str, Place] = {}
    boxes: list[Box] = []
    for name in (None, *order):
        at = found[name] if name is not None else Place(0.0, -LEVEL)
        units = _units(below.get(name, ()), below)
        found |= {each: Place(at.x + offsets[each], at.y + LEVEL) for each in units.names}
        if units.box:
            corner = Place(at.x + starts[name], at.y + LEVEL)
            columns, rows = box_shape(len(units.box))
            spots = enumerate(units.box)
            found |= {each: Place(corner.x + k % columns, corner.y + k // columns) for k, each in spots}
            edge = 2 * _MARGIN
            width, height = columns - 1 + edge, rows - 1 + edge
            boxes.append(Box(name, corner.x - _MARGIN, corner.y - _MARGIN, width, height))
    return _in_view(found, boxes)


def _in_view(places: dict[str, Place], boxes: list[Box]) -> Layout:
    left = min((place.x for place in places.values()), default=0.0) - 0.5
    moved = {name: Place(place.x - left, place.y + 0.5) for name, place in places.items()}
    shown = [box._replace(left=box.left - left, top=box.top + 0.5) for box in boxes]
    width = max((place.x for place in moved.values()), default=0.0) + 0.5
    height = max((place.y for place in moved.values()), default=0.0) + 0.5
    return Layout(moved, shown, width, height)
