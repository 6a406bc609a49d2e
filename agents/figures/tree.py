"""The search tree: every node under the one it was built on, coloured by what it scored.

A repeat is no node: the node that it measured again has a thin ring, and keeps the colour of its own run, which has
the seed of all the others.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from agents.figures.data import best_node, repeated_nodes, search_nodes
from agents.figures.drawing import Drawing, better_word, in_caption
from agents.figures.style import BLACK, BLUE, COLUMN_IN, PAGE_IN, VERMILLION, new_axes, with_unit, wrapped
from agents.schema import Evidence, Experiment, Template

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Place = tuple[float, int]
_WIDE_FROM = 48
"""Trees with more nodes than this take both columns."""
_CHAR_IN = 0.085
"""Height that a letter of the colour bar's label takes, with some room to spare."""


def draw_tree(evidence: Evidence, template: Template, experiments: Sequence[Experiment]) -> Drawing | None:
    """Draw the search; None when no node was made."""
    nodes = search_nodes(experiments)
    if not nodes:
        return None
    places = lay_out(nodes)
    is_wide = len(nodes) > _WIDE_FROM
    depth = max(level for _, level in places.values())
    figure, axes = new_axes(PAGE_IN if is_wide else COLUMN_IN, min(1.55 + (0.3 if is_wide else 0.2) * depth, 4.0))
    size = _marker_size(len(nodes), max(x for x, _ in places.values()), is_wide)
    _draw_edges(axes, nodes, places)
    _draw_scored(figure, axes, template, nodes, places, size)
    _draw_marks(axes, nodes, places, size, best_node(evidence, template, nodes))
    is_numbered = _draw_numbers(axes, nodes, places, size, is_wide)
    _draw_repeated(axes, [place for name, place in places.items() if name in repeated_nodes(experiments)], size)
    _label(axes, depth, max(x for x, _ in places.values()))
    keys = tuple(key for key in ("search.nodes", "search.failed") if key in evidence.quantities)
    values = [value for node in nodes if (value := node.value(template.metric.name)) is not None]
    caption = _caption(evidence, template, values, is_numbered)
    return Drawing("search_tree", figure, caption, keys, tuple(node.id for node in nodes), is_wide)


def lay_out(nodes: Sequence[Experiment]) -> dict[str, Place]:
    """Give every node a place (x, depth): leaves side by side in order of age, parents above the middle of theirs.

    A node whose parent is unknown stands at the top. Iterative, so that a chain of any length can be drawn.
    """
    known = {node.id for node in nodes}
    children: dict[str | None, list[str]] = {}
    for node in nodes:
        children.setdefault(node.parent if node.parent in known else None, []).append(node.id)
    order: list[tuple[str, int]] = []
    stack = [(name, 0) for name in reversed(children.get(None, []))]
    while stack:
        name, depth = stack.pop()
        order.append((name, depth))
        stack += [(child, depth + 1) for child in reversed(children.get(name, []))]
    return _settle(order, children)


def _settle(order: list[tuple[str, int]], children: dict[str | None, list[str]]) -> dict[str, Place]:
    leaf_x = {name: float(x) for x, name in enumerate(name for name, _ in order if not children.get(name))}
    places: dict[str, Place] = {}
    for name, depth in reversed(order):
        below = [places[child][0] for child in children.get(name, [])]
        places[name] = (leaf_x[name] if not below else (below[0] + below[-1]) / 2, depth)
    return places


def _marker_size(count: int, widest: float, is_wide: bool) -> float:
    """Marker diameter in points that leaves a gap between neighbours."""
    room = (PAGE_IN if is_wide else COLUMN_IN) * 72 * 0.75 / (widest + 1)
    return max(2.4, min(7.0 if count <= 24 else 5.5, 0.8 * room))


def _draw_edges(axes: "Axes", nodes: Sequence[Experiment], places: dict[str, Place]) -> None:
    from matplotlib.collections import LineCollection

    edges = [(places[node.parent], places[node.id]) for node in nodes if node.parent in places and node.parent]
    axes.add_collection(LineCollection(edges, colors="#9a9a9a", linewidths=0.6, zorder=1))


def _draw_scored(
    figure: "Figure",
    axes: "Axes",
    template: Template,
    nodes: Sequence[Experiment],
    places: dict[str, Place],
    size: float,
) -> None:
    """Successful nodes in the colours of cividis, made for the colour-blind: the better the brighter."""
    scored = [(places[node.id], value) for node in nodes if (value := node.value(template.metric.name)) is not None]
    if not _has_colours(template, nodes):
        for place, _ in scored:
            axes.plot(*place, "o", color=BLUE, markersize=size, zorder=2)
        return
    colours = "cividis" if template.metric.direction == "maximize" else "cividis_r"
    xs, ys = zip(*(place for place, _ in scored), strict=True)
    values = [value for _, value in scored]
    low, high = _colour_range(values)
    dots = axes.scatter(
        xs, ys, c=values, cmap=colours, vmin=low, vmax=high, s=size**2, edgecolors="#444444",
        linewidths=0.3 if size > 3 else 0.0, zorder=2,
    )  # fmt: skip
    label = wrapped(with_unit(template.metric.label, template.metric.unit), int(figure.get_figheight() / _CHAR_IN))
    figure.colorbar(dots, ax=axes, label=label, fraction=0.06, pad=0.02, extend=_beyond(values))


def _has_colours(template: Template, nodes: Sequence[Experiment]) -> bool:
    """Colours say something once two nodes scored differently."""
    return len({value for node in nodes if (value := node.value(template.metric.name)) is not None}) > 1


def _colour_range(values: list[float]) -> tuple[float, float]:
    """Spread colours over the bulk (Tukey's fences): a diverged run must not make all others look alike."""
    import numpy as np

    low, quarter, three_quarters, high = (float(x) for x in np.quantile(values, (0, 0.25, 0.75, 1)))
    reach = 1.5 * (three_quarters - quarter)
    return (max(low, quarter - reach), min(high, three_quarters + reach)) if reach > 0 else (low, high)


def _beyond(values: list[float]) -> Literal["neither", "both", "min", "max"]:
    """At which ends of the colour range values lie beyond it."""
    low, high = _colour_range(values)
    is_below, is_above = min(values) < low, max(values) > high
    return "both" if is_below and is_above else "min" if is_below else "max" if is_above else "neither"


def _draw_numbers(
    axes: "Axes", nodes: Sequence[Experiment], places: dict[str, Place], size: float, is_wide: bool
) -> bool:
    """The end of each node's id beside it, where there is room for that; whether there was."""
    room = (PAGE_IN if is_wide else COLUMN_IN) * 72 * 0.7 / (max(x for x, _ in places.values()) + 1)
    if room < size + 12 + 4 * len(str(nodes[-1].index)):
        return False
    for node in nodes:
        axes.annotate(
            str(node.index), places[node.id], (size / 2 + 6, 0), textcoords="offset points", va="center", fontsize=7
        )
    return True


def _draw_marks(
    axes: "Axes", nodes: Sequence[Experiment], places: dict[str, Place], size: float, best: Experiment | None
) -> None:
    """Crosses for failures, a ring round the winner, a square round the baseline."""
    failed = [places[node.id] for node in nodes if node.outcome and not node.outcome.is_ok]
    first = [places[node.id] for node in nodes if node.index == 0]
    if first:
        axes.scatter(
            *zip(*first, strict=True), marker="s", s=(1.7 * size) ** 2, facecolors="none", edgecolors=BLACK,
            linewidths=0.8, label="baseline", zorder=3,
        )  # fmt: skip
    if best:
        axes.scatter(
            *places[best.id], marker="o", s=(size + 4) ** 2, facecolors="none", edgecolors=VERMILLION,
            linewidths=1.4, label="winner", zorder=4,
        )  # fmt: skip
    if failed:
        axes.scatter(
            *zip(*failed, strict=True),
            marker="x",
            s=(0.8 * size) ** 2,
            c=BLACK,
            linewidths=0.9,
            label="failed",
            zorder=3,
        )


def _draw_repeated(axes: "Axes", places: Sequence[Place], size: float) -> None:
    """A thin ring, wider than the winner's, round what was measured again."""
    if places:
        axes.scatter(
            *zip(*places, strict=True), marker="o", s=(size + 8) ** 2, facecolors="none", edgecolors=BLUE,
            linewidths=0.8, label="repeated", zorder=3,
        )  # fmt: skip


def _label(axes: "Axes", depth: int, widest: float) -> None:
    from matplotlib.ticker import FixedLocator, MaxNLocator

    axes.set_ylim(depth + 0.5, -0.5)
    axes.set_xlim(-0.5 - 0.03 * widest, widest + 0.5 + 0.03 * widest)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6) if depth else FixedLocator([0]))
    axes.set_ylabel("Depth in the tree")
    count = len(axes.get_legend_handles_labels()[1])
    if count > 1:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.02), ncols=count, handletextpad=0.3, columnspacing=1.2)


def _caption(evidence: Evidence, template: Template, values: list[float], is_numbered: bool) -> str:
    counts = r" of \ev{search.nodes} nodes" if "search.nodes" in evidence.quantities else ""
    failed = evidence.quantities.get("search.failed")
    crosses = "" if failed is None or not failed.value else r"; crosses mark failed nodes, \ev{search.failed} in all"
    colour = f"{in_caption(template.metric.label)} on the search split, where {better_word(template)} is better"
    told = f". Colour is the {colour}" if len(set(values)) > 1 else ""
    if told and _beyond(values) != "neither":
        told += "; values beyond the bulk have the colour of the bar's end, which is pointed"
    numbers = "; a node's number is the end of its id" if is_numbered else ""
    return f"Search tree{counts}; a line leads from each node to those built on it{numbers}{told}{crosses}."
