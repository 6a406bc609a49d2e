"""How every figure looks: print size, fonts, colours safe for the colour-blind; and how it becomes a PDF.

matplotlib keeps its settings in one global table, so drawing happens under a lock and the table is put back afterwards.
"""

import io
import textwrap
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from agents.files import write_atomic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMN_IN: Final = 3.3
"""Width of one column of the paper, inches; figures are drawn at print size."""
PAGE_IN: Final = 6.9
"""Width of both columns, inches."""

# Okabe and Ito (2008), "Color universal design".
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK, GREY = "#CC79A7", "#56B4E9", "#000000", "#666666"

ARM_STYLES: Final[dict[str, tuple[str, str, str]]] = {
    "treatment": (BLUE, "-", "o"),
    "control": (VERMILLION, "--", "s"),
    "baseline": (GREY, ":", "^"),
}
"""Colour, line style and marker by arm: arms stay apart in grey print too."""

_SETTINGS: Final[dict[str, Any]] = {
    "font.family": "STIXGeneral",  # ships with matplotlib and matches the paper's Times
    "mathtext.fontset": "stix",
    "font.size": 8.0,
    "axes.titlesize": 8.0,
    "axes.labelsize": 8.0,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#333333",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.limits": (-3, 5),
    "lines.linewidth": 1.2,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "svg.hashsalt": "naturalist",
    "figure.dpi": 100.0,
}
_DRAWING = threading.RLock()


@contextmanager
def house_style() -> Generator[None]:
    """Draw inside this: matplotlib's settings are ours within, and untouched outside."""
    import matplotlib as mpl

    with _DRAWING, mpl.rc_context():
        mpl.rcdefaults()
        _table(mpl.rcParams).update(_SETTINGS)
        yield


def _table(settings: Any) -> dict[str, Any]:
    """matplotlib types its settings by a list of known names; ours are plain text."""
    return settings


def new_axes(width_in: float, height_in: float) -> "tuple[Figure, Axes]":
    """Return an empty figure of print size; no pyplot, so nothing global holds on to it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot()


def save_pdf(figure: "Figure", path: Path) -> None:
    """Write a vector PDF whose bytes depend on the drawing alone; the layout stays as lint_figure found it."""
    figure.set_layout_engine(None)  # "none" would leave a placeholder, for which all is drawn once more
    buffer = io.BytesIO()
    figure.savefig(buffer, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": "matplotlib"})
    write_atomic(path, buffer.getvalue())


def wrapped(text: str, width: int) -> str:
    """Break a label into lines of at most `width` characters; dollars print as dollars."""
    return textwrap.fill(" ".join(text.split()), width).replace("$", r"\$")


def with_unit(label: str, unit: str) -> str:
    """An axis label: capital first, unit in parentheses."""
    return capital(f"{label} ({unit})" if unit else label)


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
