"""How the report's figures look, and how one becomes a PDF, an SVG and a PNG. Nothing of matplotlib stays changed."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito (2008), "Color universal design".
BLUE, ORANGE, GREEN, VERMILLION, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7"
GREY, INK = "#8A8A8A", "#333333"
GROUP_COLOURS: Final = (BLUE, VERMILLION, GREEN, PURPLE)
BASELINE_STYLES: Final[dict[str, tuple[str, str]]] = {
    "length": ("#5F5F5F", "--"),
    "tfidf": ("#8A8A8A", "-."),
    "constant": ("#B5B5B5", ":"),
}
"""Grey and line style by baseline: what is judged has colour, what it is held against has none."""

_SETTINGS: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 8.0,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "lines.linewidth": 1.4,
    "svg.hashsalt": "naturalist",
}
_DPI: Final = 200
_METADATA: Final[dict[str, dict[str, None]]] = {
    "svg": {"Date": None},
    "png": {},
}


@contextmanager
def calm_style() -> Generator[None]:
    """Draw inside this: matplotlib's settings are ours within, and untouched outside."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        _table(mpl.rcParams).update(_SETTINGS)
        yield


def _table(settings: Any) -> dict[str, Any]:
    """matplotlib types its settings by a list of known names; ours are plain text."""
    return settings


def new_figure(width_in: float, height_in: float) -> "Figure":
    """An empty figure; no pyplot, so nothing global holds on to it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: "Figure", folder: Path, name: str) -> str:
    """Write name.svg and name.png, the same bytes for the same drawing; return the name of the PNG."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # laid out once for both
    for kind, metadata in _METADATA.items():
        figure.savefig(folder / f"{name}.{kind}", format=kind, dpi=_DPI, metadata=metadata)
    return f"{name}.png"
