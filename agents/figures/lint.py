"""What is wrong with a figure by rule: no labels, no data, a missing or idle legend, text too small or piled up."""

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import BboxBase

SMALLEST_FONT_PT = 7.0
_SLACK_PX = 1.0
"""Text may stick out or touch by this much before it counts."""


class _Placed(NamedTuple):
    text: str
    size: float
    box: "BboxBase"


def lint_figure(figure: "Figure") -> tuple[str, ...]:
    """Return one line per problem; empty for a clean figure. The figure must have been made at print size."""
    figure.draw_without_rendering()
    texts = [_place(text) for text in _visible_texts(figure)]
    problems = [*_unlabelled(figure), *_legends(figure), *_empty(figure)]
    problems += [f"text {item.text!r} is {item.size:g} pt" for item in texts if item.size < SMALLEST_FONT_PT]
    problems += [f"text {item.text!r} is cut off" for item in texts if not _is_inside(item.box, figure.bbox)]
    problems += [f"{a.text!r} and {b.text!r} overlap" for a, b in combinations(texts, 2) if _overlap(a.box, b.box)]
    return tuple(dict.fromkeys(problems))


def _unlabelled(figure: "Figure") -> Iterator[str]:
    """Axes with a numeric scale need a label, a colour bar one; names of categories speak for themselves."""
    for axes in figure.axes:
        labels = {"x": axes.get_xlabel(), "y": axes.get_ylabel()}
        if _is_colorbar(axes):
            if not any(labels.values()):
                yield "colour bar without a label"
            continue
        for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
            if not labels[name].strip() and _is_numeric(axis):
                yield f"{name} axis without a label"


def _legends(figure: "Figure") -> Iterator[str]:
    shared = len(figure.legends) > 0
    for axes in figure.axes:
        series = len(axes.get_legend_handles_labels()[1])
        has_legend = axes.get_legend() is not None
        if series > 1 and not (has_legend or shared):
            yield f"{series} labelled series without a legend"
        if series <= 1 and has_legend:
            yield "legend for a single series"


def _empty(figure: "Figure") -> Iterator[str]:
    from numpy import isfinite

    if not figure.axes:
        yield "no axes"
    for axes in figure.axes:
        if not _is_colorbar(axes) and not (axes.has_data() and isfinite(axes.dataLim.get_points()).all()):
            yield "axes without data"


def _visible_texts(figure: "Figure") -> "Iterator[Text]":
    """Every text that prints: tick labels outside the view are kept by matplotlib but never drawn."""
    from matplotlib.text import Text

    hidden = {id(text) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for text in _unseen_ticks(axis)}
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip() and id(text) not in hidden:
            yield text


def _unseen_ticks(axis: "Axis") -> "Iterator[Text]":
    low, high = sorted(axis.get_view_interval())
    margin = 1e-9 * max(abs(low), abs(high), high - low)
    for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
        is_out = not low - margin <= float(tick.get_loc()) <= high + margin
        if is_out or not axis.get_visible() or not axis.axes.axison:
            yield from (tick.label1, tick.label2)


def _is_numeric(axis: "Axis") -> bool:
    hidden = {id(text) for text in _unseen_ticks(axis)}
    shown = [text.get_text() for text in axis.get_ticklabels() if text.get_visible() and id(text) not in hidden]
    return any(char.isdigit() for text in shown for char in text)


def _is_colorbar(axes: "Axes") -> bool:
    return getattr(axes, "_colorbar", None) is not None


def _place(text: "Text") -> _Placed:
    return _Placed(text.get_text(), float(text.get_fontsize()), text.get_window_extent())


def _is_inside(box: "BboxBase", canvas: "BboxBase") -> bool:
    return (
        box.x0 >= canvas.x0 - _SLACK_PX
        and box.y0 >= canvas.y0 - _SLACK_PX
        and box.x1 <= canvas.x1 + _SLACK_PX
        and box.y1 <= canvas.y1 + _SLACK_PX
    )


def _overlap(a: "BboxBase", b: "BboxBase") -> bool:
    wide = min(a.x1, b.x1) - max(a.x0, b.x0)
    high = min(a.y1, b.y1) - max(a.y0, b.y0)
    return wide > _SLACK_PX and high > _SLACK_PX
