"""The search tree as SVG: for a paper, and in the page. Presentation attributes only, so that CSS may win."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from agents.cli.text import number
from agents.cli.trees.layout import Layout, Place, lay_out
from agents.cli.trees.look import (
    CIVIDIS,
    Span,
    colour_of,
    colour_span,
    cross_of,
    escaped,
    model_colours,
    shape_of,
)
from agents.cli.trees.study import StudyTree
from agents.figures.style import VERMILLION, capital, with_unit
from agents.schema import Experiment, NodeKind

_FONT: Final = 'font-family="Helvetica, Arial, sans-serif"'
_NAMED_UP_TO: Final = 60
"""Trees with more nodes than this name the best path alone."""
_LEGEND: Final = 86.0
_LEAST_WIDTH: Final = 560.0
KINDS: Final[tuple[NodeKind, ...]] = ("draft", "debug", "improve", "rewrite", "cross", "repeat")


class Drawn(NamedTuple):
    """SVG elements, and the size of what they fill in pixels."""

    body: str
    width: float
    height: float


def draw_svg(tree: StudyTree) -> str:
    """Return a whole SVG file: the tree, below it the legend."""
    drawn = draw_tree(tree)
    width = max(_LEAST_WIDTH, drawn.width)
    height = drawn.height + _LEGEND
    title = escaped(f"Search tree of {tree.study}: {tree.title}")
    moved = f'<g transform="translate({_n((width - drawn.width) / 2)} 0)">{drawn.body}</g>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}" height="{_n(height)}" '
        f'viewBox="0 0 {_n(width)} {_n(height)}" {_FONT} role="img">\n<title>{title}</title>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{moved}\n'
        f'<g class="legend" transform="translate(14 {_n(drawn.height + 16)})">\n'
        f"{_legend(tree, width - 28)}</g>\n</svg>\n"
    )


def draw_tree(tree: StudyTree, *, for_page: bool = False) -> Drawn:
    """Draw edges, boxes and nodes. For the page nodes carry their index and no tooltip: the page tells more."""
    parents = {node.id: above.id if (above := tree.parent(node)) else None for node in tree.nodes}
    layout = lay_out(parents)
    cell = cell_size(len(tree.nodes))
    path = tree.best_path
    nodes = "".join(_nodes(tree, layout, cell, for_page))
    parts = [
        f'<g class="boxes" fill="#f3f3f3" stroke="#cccccc">\n{_boxes(layout, cell)}</g>',
        f'<path class="edges" fill="none" stroke="#b0b0b0" d="{_edges(parents, layout, cell)}"/>',
        f'<path class="best-path" fill="none" stroke="{VERMILLION}" stroke-width="{_n(max(2.0, cell / 7))}" '
        f'd="{_links(path, layout, cell)}"/>',
        f'<g class="nodes" stroke-width="{_n(max(0.6, cell / 18))}">\n{nodes}</g>',
        f'<g class="names" font-size="9" fill="#444444">\n{_names(tree, layout, cell)}</g>',
    ]
    return Drawn("\n".join(parts), layout.width * cell + 16, layout.height * cell + 16)


def cell_size(count: int) -> float:
    """Pixels from node to node: the more nodes the closer."""
    return 30.0 if count <= _NAMED_UP_TO else 18.0 if count <= 300 else 13.0


def _at(place: Place, cell: float) -> tuple[float, float]:
    return 8 + place.x * cell, 8 + place.y * cell


def _boxes(layout: Layout, cell: float) -> str:
    return "".join(
        f'<rect x="{_n(8 + box.left * cell)}" y="{_n(8 + box.top * cell)}" width="{_n(box.width * cell)}" '
        f'height="{_n(box.height * cell)}" rx="{_n(cell / 4)}"/>\n'
        for box in layout.boxes
    )


def _edges(parents: dict[str, str | None], layout: Layout, cell: float) -> str:
    """Lines to children that stand alone, and one line to each box."""
    boxed = _boxed(layout, parents)
    lines = [
        (layout.places[above], layout.places[name])
        for name, above in parents.items()
        if above and name not in boxed
    ]  # fmt: skip
    tops = [(layout.places[box.parent], Place(box.left + box.width / 2, box.top)) for box in layout.boxes if box.parent]
    return "".join(_line(upper, lower, cell) for upper, lower in (*lines, *tops))


def _boxed(layout: Layout, parents: dict[str, str | None]) -> set[str]:
    """Nodes in boxes: the childless ones of a parent that has a box."""
    owners = {box.parent for box in layout.boxes}
    with_children = set(parents.values())
    return {name for name, above in parents.items() if above in owners and name not in with_children}


def _links(path: Sequence[str], layout: Layout, cell: float) -> str:
    places = [layout.places[name] for name in path]
    return "".join(_line(upper, lower, cell) for lower, upper in pairwise(places))


def _line(upper: Place, lower: Place, cell: float) -> str:
    """A curve that leaves and arrives upright."""
    (x0, y0), (x1, y1) = _at(upper, cell), _at(lower, cell)
    if x0 == x1:
        return f"M{_n(x0)} {_n(y0)}V{_n(y1)}"
    bend = y0 + 0.5 * (y1 - y0)
    return f"M{_n(x0)} {_n(y0)}C{_n(x0)} {_n(bend)} {_n(x1)} {_n(bend)} {_n(x1)} {_n(y1)}"


def _nodes(tree: StudyTree, layout: Layout, cell: float, for_page: bool) -> Iterator[str]:
    span, colours = span_of(tree), model_colours(tree.models)
    for node in tree.nodes:
        x, y = _at(layout.places[node.id], cell)
        value = tree.value(node)
        is_best = tree.best is not None and node.id == tree.best.id
        radius = (0.42 if is_best else 0.32) * cell
        shape = shape_of(tree.kinds[node.id], radius) + (cross_of(radius) if is_failed(node) else "")
        fill = "#ffffff" if value is None else colour_of(value, span, tree.metric)
        dashes = "" if node.outcome else ' stroke-dasharray="2 2"'
        outline = f'stroke="{colours[node.model]}"{dashes}'
        width = ' stroke-width="3"' if is_best else ""
        place = f'transform="translate({_n(x)} {_n(y)})"'
        if for_page:
            yield f'<path data-i="{node.index}" d="{shape}" {place} fill="{fill}" {outline}{width}/>\n'
        else:
            told = f"<title>{escaped(describe(tree, node))}</title>"
            yield f'<path d="{shape}" {place} fill="{fill}" {outline}{width}>{told}</path>\n'


def is_failed(node: Experiment) -> bool:
    return node.outcome is not None and not node.outcome.is_ok


def span_of(tree: StudyTree) -> Span | None:
    return colour_span([value for node in tree.nodes if (value := tree.value(node)) is not None])


def describe(tree: StudyTree, node: Experiment) -> str:
    """A node in a line."""
    status = node.outcome.status if node.outcome else "open"
    result = f"{tree.metric.name} {number(tree.value(node))}" if status == "ok" else status
    return f"{node.id} {tree.kinds[node.id]}: {node.change}; {result}"


def _names(tree: StudyTree, layout: Layout, cell: float) -> str:
    """Numbers of nodes; in a large tree those of the best path alone."""
    named: Iterable[Experiment] = tree.nodes if len(tree.nodes) <= _NAMED_UP_TO else tree.path(tree.best)
    return "".join(_name(node, layout.places[node.id], cell) for node in named)


def _name(node: Experiment, place: Place, cell: float) -> str:
    x, y = _at(place, cell)
    return f'<text x="{_n(x + 0.4 * cell)}" y="{_n(y - 0.3 * cell)}">{node.index}</text>\n'


def _legend(tree: StudyTree, room: float) -> str:
    made = set(tree.kinds.values())
    shapes: list[NodeKind] = [kind for kind in KINDS if kind in made]
    marks = [_mark(shape_of(kind, 5), str(kind), fill="#dddddd") for kind in shapes]
    if any(is_failed(node) for node in tree.nodes):
        marks.append(_mark(shape_of("draft", 5) + cross_of(5), "failed"))
    if any(node.outcome is None for node in tree.nodes):
        marks.append(_mark(shape_of("draft", 5), "not finished", extra=' stroke-dasharray="2 2"'))
    marks.append(_mark("M-8 0H8", "best path", stroke=VERMILLION, extra=' stroke-width="3"'))
    if lay_out({node.id: node.parent for node in tree.nodes}).boxes:
        marks.append(_mark("M-6-4H6V4H-6Z", "tried on the same node", fill="#f3f3f3", stroke="#cccccc"))
    models = model_colours(tree.models) if len(tree.models) > 1 else {}
    marks += [_mark("M-6 0H6", name or "no model", stroke=colour) for name, colour in models.items()]
    return _colour_bar(tree) + _flow(marks, room)


def _colour_bar(tree: StudyTree) -> str:
    """A strip of the colours with the values at its ends, the better one right."""
    label = escaped(capital(with_unit(tree.metric.label, tree.metric.unit)))
    span = span_of(tree)
    if span is None:
        return f'<text y="9" font-size="11" fill="#222222">{label}</text>\n'
    low, high = (span.low, span.high) if tree.metric.direction == "maximize" else (span.high, span.low)
    strip = "".join(
        f'<rect x="{12 * place}" width="12.5" height="10" fill="{each}"/>' for place, each in enumerate(CIVIDIS)
    )
    end = 12 * len(CIVIDIS)
    return (
        f'<g font-size="11" fill="#222222">{strip}<text y="22">{number(low)}</text>'
        f'<text x="{end}" y="22" text-anchor="end">{number(high)}</text>'
        f'<text x="{end + 10}" y="9">{label} (brighter is better)</text></g>\n'
    )


class _Mark(NamedTuple):
    drawing: str
    text: str


def _mark(shape: str, text: str, fill: str = "none", stroke: str = "#333333", extra: str = "") -> _Mark:
    return _Mark(f'<path d="{shape}" fill="{fill}" stroke="{stroke}"{extra}/>', text)


def _flow(marks: Sequence[_Mark], room: float) -> str:
    """Marks with their words, in lines as wide as the picture."""
    lines: list[str] = []
    x, y = 8.0, 42.0
    for mark in marks:
        text = mark.text if len(mark.text) <= 40 else mark.text[:39] + "…"
        width = 26 + 6.2 * len(text)
        if x + width > room and x > 8:
            x, y = 8.0, y + 18
        lines.append(
            f'<g transform="translate({_n(x)} {_n(y)})">{mark.drawing}'
            f'<text x="12" y="4" font-size="11" fill="#222222">{escaped(text)}</text></g>\n'
        )
        x += width
    return "".join(lines)


def _n(value: float) -> str:
    """A coordinate to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
