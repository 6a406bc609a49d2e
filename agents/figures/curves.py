"""Learning curves: the mean over seeds of each arm, with a band of one standard deviation."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from agents.figures.data import Band, arm_experiments, curve_band
from agents.figures.drawing import Drawing, in_caption
from agents.figures.style import ARM_STYLES, COLUMN_IN, capital, new_axes, wrapped
from agents.schema import Evidence, Experiment, Template

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_curves(
    evidence: Evidence, template: Template, experiments: Sequence[Experiment], folder: Path
) -> Drawing | None:
    """Draw treatment, control and, where it is another arm, baseline; None when no curve can be read."""
    arms = _distinct_arms(evidence, experiments)
    bands = {arm: band for arm, found in arms.items() if (band := curve_band(found, folder))}
    if not bands:
        return None
    figure, axes = new_axes(COLUMN_IN, 2.15)
    for arm, band in bands.items():
        _draw_band(axes, arm, band)
    _scale(axes, list(bands.values()))
    axes.set_xlabel(wrapped(capital(template.curve.x), 52))
    axes.set_ylabel(wrapped(capital(template.curve.y), 36))
    axes.margins(x=0.01)
    if len(bands) > 1:
        axes.legend()
    used = tuple(item.id for arm in bands for item in arms[arm])
    keys = tuple(key for arm in bands if (key := f"arm.{arm}.mean") in evidence.quantities)
    return Drawing("curves", figure, _caption(template, bands, keys), keys, used)


def _distinct_arms(evidence: Evidence, experiments: Sequence[Experiment]) -> dict[str, list[Experiment]]:
    """Arms in order; one that shares all its experiments with an earlier one is left out."""
    arms: dict[str, list[Experiment]] = {}
    for arm in ARM_STYLES:
        found = arm_experiments(evidence, arm, experiments)
        if found and found not in arms.values():
            arms[arm] = found
    return arms


def _draw_band(axes: "Axes", arm: str, band: Band) -> None:
    colour, line, _ = ARM_STYLES[arm]
    axes.plot(band.x, band.mean, line, color=colour, label=arm)
    if band.seeds > 1:
        axes.fill_between(band.x, band.mean - band.sd, band.mean + band.sd, color=colour, alpha=0.18, linewidth=0)


def _scale(axes: "Axes", bands: list[Band]) -> None:
    """Take a logarithmic scale when values are positive and span more than two orders of magnitude."""
    low = min(float((band.mean - band.sd).min()) for band in bands)
    high = max(float(band.mean.max()) for band in bands)
    if low > 0 and high / low > 100:
        axes.set_yscale("log")


def _caption(template: Template, bands: dict[str, Band], keys: tuple[str, ...]) -> str:
    arms = " and ".join(", ".join(bands).rsplit(", ", 1))
    seeds = rf"\evn{{{keys[0]}}} " if keys else ""
    same = _coinciding(bands)
    spread = f" Lines are means over {seeds}seeds, bands one standard deviation either side." if keys else ""
    what, over = in_caption(_lower(template.curve.y)), in_caption(_lower(template.curve.x))
    return f"Curves of {arms}: {what} over {over}.{spread}{same}"


def _coinciding(bands: dict[str, Band]) -> str:
    """Says which arms lie on one another, for of two lines the eye sees one."""
    from numpy import allclose

    alike = [
        f" The curves of {one} and {other} coincide."
        for one, other in combinations(bands, 2)
        if len(bands[one].x) == len(bands[other].x) and allclose(bands[one].mean, bands[other].mean, rtol=1e-3)
    ]
    return "".join(alike)


def _lower(label: str) -> str:
    """A label in mid-sentence: without its unit, small first letter unless it begins an abbreviation."""
    name = label.split(" (")[0]
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
