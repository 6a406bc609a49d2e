"""Step curves as SVG, small enough to need no plotting library: one panel, axes with round numbers, a key."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from agents.cli.trees.look import escaped

_LEFT, _RIGHT, _TOP, _BOTTOM = 62.0, 22.0, 26.0, 40.0
DASHES: Final = ("", "6 3", "2 2", "8 3 2 3")
"""Curves that share a colour, or are printed in grey, stay apart."""


class Series(NamedTuple):
    """A curve that keeps its value until the next point. A `level` is one value all along, drawn thin."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    dashes: str = ""
    is_level: bool = False


class Panel(NamedTuple):
    """What is drawn in one frame; `is_log` is about x, which must be positive then."""

    x_label: str
    y_label: str
    series: Sequence[Series]
    is_log: bool = False


class _Frame(NamedTuple):
    """From values to pixels."""

    x0: float
    x1: float
    y0: float
    y1: float
    width: float
    height: float
    is_log: bool

    def x(self, value: float) -> float:
        low, high, at = (math.log10(each) if self.is_log else each for each in (self.x0, self.x1, value))
        return _LEFT + (self.width - _LEFT - _RIGHT) * ((at - low) / (high - low))

    def y(self, value: float) -> float:
        share = (value - self.y0) / (self.y1 - self.y0)
        return self.height - _BOTTOM - (self.height - _TOP - _BOTTOM) * share


def draw_panel(panel: Panel, width: float, height: float) -> str:
    """Return the elements of one panel, to be put into an <svg> or <g>."""
    frame = _frame(panel, width, height)
    if frame is None:
        return f'<text x="{_LEFT:g}" y="{height / 2:g}" font-size="12" fill="#555555">nothing to draw yet</text>\n'
    curves = "".join(_curve(series, frame) for series in panel.series if series.points)
    return _axes(panel, frame) + f'<g class="curves" fill="none">\n{curves}</g>\n'


def draw_key(series: Sequence[Series], x: float = _LEFT) -> str:
    """Names of curves, one under another."""
    return "".join(
        f'<g transform="translate({x:g} {16 * place + 8})"><path d="M0 0H22" fill="none" stroke="{each.colour}" '
        f'stroke-width="{1.2 if each.is_level else 2}" stroke-dasharray="{each.dashes}"/>'
        f'<text x="28" y="4" font-size="11" fill="#222222">{escaped(each.name)}</text></g>\n'
        for place, each in enumerate(series)
    )


def round_steps(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers within a range, at most about `most`: steps of 1, 2 or 5 times a power of ten."""
    if not high > low:
        return [low]
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [place * step for place in range(first, last + 1)]


def _frame(panel: Panel, width: float, height: float) -> _Frame | None:
    points = [point for series in panel.series for point in series.points]
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    x0, x1 = min(xs), max(xs)
    x1 = x1 if x1 > x0 else x0 + 1.0
    room = 0.06 * (max(ys) - min(ys)) or 0.05 * abs(max(ys)) or 0.5
    return _Frame(x0, x1, min(ys) - room, max(ys) + room, width, height, panel.is_log)


def _curve(series: Series, frame: _Frame) -> str:
    """Steps: along to each next point, then up or down to it."""
    (x, y), *others = series.points
    steps = [f"M{frame.x(x):.1f} {frame.y(y):.1f}"]
    for place, (later, value) in enumerate(others):
        is_last = place == len(others) - 1
        if value != y or is_last:
            steps.append(f"H{frame.x(later):.1f}" + (f"V{frame.y(value):.1f}" if value != y else ""))
            y = value
    return (
        f'<path d="{"".join(steps)}" stroke="{series.colour}" stroke-width="{1.2 if series.is_level else 2}" '
        f'stroke-dasharray="{series.dashes}"/>\n'
    )


def _axes(panel: Panel, frame: _Frame) -> str:
    bottom, right = frame.height - _BOTTOM, frame.width - _RIGHT
    lines = "".join(f"M{_LEFT:g} {frame.y(y):.1f}H{right:g}" for y in round_steps(frame.y0, frame.y1))
    lines += "".join(f"M{frame.x(x):.1f} {bottom:g}v4" for x in _x_steps(frame))
    names = [
        f'<text x="{_LEFT - 6:g}" y="{frame.y(y) + 4:.1f}" text-anchor="end">{y:.6g}</text>\n'
        for y in round_steps(frame.y0, frame.y1)
    ]
    names += [
        f'<text x="{frame.x(x):.1f}" y="{bottom + 16:g}" text-anchor="middle">{x:.6g}</text>\n' for x in _x_steps(frame)
    ]
    middle, foot = (_LEFT + right) / 2, frame.height - 6
    return (
        f'<path class="grid" fill="none" stroke="#dddddd" d="{lines}"/>\n'
        f'<g class="axes" font-size="11" fill="#444444">\n{"".join(names)}'
        f'<text x="{middle:g}" y="{foot:g}" text-anchor="middle">{escaped(panel.x_label)}</text>\n'
        f'<text x="6" y="14">{escaped(panel.y_label)}</text></g>\n'
    )


def _x_steps(frame: _Frame) -> list[float]:
    if not frame.is_log:
        return round_steps(frame.x0, frame.x1)
    powers = range(math.floor(math.log10(frame.x0)), math.ceil(math.log10(frame.x1)) + 1)
    each = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
    return [step for step in each if frame.x0 <= step <= frame.x1 * 1.0001]
