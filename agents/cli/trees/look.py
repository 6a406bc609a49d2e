"""How nodes look: colour by what they scored, shape by how they came to be, outline by who proposed them."""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import cycle
from statistics import quantiles
from typing import Final, NamedTuple

from agents.cli.text import clean
from agents.figures.style import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILLION
from agents.schema import Metric, NodeKind

CIVIDIS: Final = (
    "#00224e", "#083370", "#35456c", "#4f576c", "#666970", "#7d7c78", "#948e77", "#aea371", "#c8b866",
    "#e5cf52", "#fee838",
)  # fmt: skip
"""Perceptually even, and the same to eyes that do not tell red from green (Nunez, Anderton, Renslow, 2018)."""
MODEL_COLOURS: Final = ("#333333", VERMILLION, BLUE, GREEN, PURPLE, ORANGE, SKY, BLACK)
KIND_COLOURS: Final[dict[NodeKind, str]] = {
    "draft": BLUE, "debug": VERMILLION, "improve": GREEN, "rewrite": ORANGE, "cross": PURPLE, "repeat": SKY,
}  # fmt: skip
_REACH: Final = 3.0
"""Values this many interquartile ranges away from the middle half take the last colour."""


class Span(NamedTuple):
    """The values between which colours run."""

    low: float
    high: float


def colour_span(values: Sequence[float]) -> Span | None:
    """Spread colours over the bulk: one diverged run must not make all others look alike. None where none differ."""
    if len(set(values)) < 2:
        return None
    quarter, _, three_quarters = quantiles(values, n=4, method="inclusive")
    reach = _REACH * (three_quarters - quarter)
    whole = Span(min(values), max(values))
    return Span(max(whole.low, quarter - reach), min(whole.high, three_quarters + reach)) if reach > 0 else whole


def colour_of(value: float, span: Span | None, metric: Metric) -> str:
    """The better the brighter."""
    if span is None:
        return CIVIDIS[len(CIVIDIS) // 2]
    share = min(1.0, max(0.0, (value - span.low) / (span.high - span.low)))
    return mix(share if metric.direction == "maximize" else 1.0 - share)


def mix(share: float) -> str:
    """The colour at a share of the way along the map, 0 to 1."""
    place = share * (len(CIVIDIS) - 1)
    index = min(int(place), len(CIVIDIS) - 2)
    below, above = (_channels(CIVIDIS[index + step]) for step in (0, 1))
    mixed = (round(a + (b - a) * (place - index)) for a, b in zip(below, above, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def model_colours(models: Iterable[str]) -> dict[str, str]:
    """A colour for each model; more models than colours share them."""
    return dict(zip(models, cycle(MODEL_COLOURS), strict=False))


def shape_of(kind: NodeKind, radius: float) -> str:
    """The outline of a kind as an SVG path around (0, 0)."""
    return _SHAPES[kind](radius)


def cross_of(radius: float) -> str:
    """The mark of a failed node."""
    arm = _n(0.5 * radius)
    return f"M-{arm}-{arm}L{arm} {arm}M{arm}-{arm}L-{arm} {arm}"


def escaped(text: str) -> str:
    """Text of an experiment or a model, on one line, safe within an element or a quoted attribute."""
    return escape(clean(text), quote=True)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def _circle(radius: float) -> str:
    r = _n(radius)
    return f"M-{r} 0A{r} {r} 0 1 1 {r} 0A{r} {r} 0 1 1-{r} 0Z"


def _polygon(*corners: tuple[float, float]) -> Callable[[float], str]:
    def draw(radius: float) -> str:
        return "M" + "L".join(f"{_n(x * radius)} {_n(y * radius)}" for x, y in corners) + "Z"

    return draw


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"


_ARM = 0.42
_SHAPES: Final[dict[NodeKind, Callable[[float], str]]] = {
    "draft": _circle,
    "debug": _polygon((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0)),
    "improve": _polygon((0, -1.15), (1.1, 0.8), (-1.1, 0.8)),
    "rewrite": _polygon((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    "cross": _polygon(
        (-_ARM, -1.1), (_ARM, -1.1), (_ARM, -_ARM), (1.1, -_ARM), (1.1, _ARM), (_ARM, _ARM), (_ARM, 1.1),
        (-_ARM, 1.1), (-_ARM, _ARM), (-1.1, _ARM), (-1.1, -_ARM), (-_ARM, -_ARM),
    ),
    "repeat": _polygon((-0.55, -0.95), (0.55, -0.95), (1.1, 0), (0.55, 0.95), (-0.55, 0.95), (-1.1, 0)),
}  # fmt: skip
