"""Numbers for figures: which experiments stand behind an arm, their learning curves, what the search saw."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from agents.files import read_untrusted
from agents.schema import Evidence, Experiment, Template, is_finite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Point: TypeAlias = tuple[float, float]
CURVE_LIMIT_BYTES = 1_000_000
POINTS_DRAWN = 200
"""More points than this are invisible in print and only make the PDF heavy."""


class Band(NamedTuple):
    """Curves of one arm over seeds: the mean and one standard deviation either side of it."""

    x: "Array"
    mean: "Array"
    sd: "Array"
    seeds: int


def arm_experiments(evidence: Evidence, arm: str, experiments: Sequence[Experiment]) -> list[Experiment]:
    """Experiments of an arm as the ledger has them, since coinciding arms share theirs; in order of seed."""
    quantity = evidence.quantities.get(f"arm.{arm}.mean")
    named = set(quantity.experiments) if quantity else set[str]()
    found = [item for item in experiments if (item.id in named if named else item.arm == arm)]
    return sorted((item for item in found if item.outcome and item.outcome.is_ok), key=lambda item: item.seed)


def judged_by(evidence: Evidence, template: Template) -> Template:
    """The template with the hypothesis' metric, which may be a secondary one, in the place of the primary."""
    claim = evidence.registration.idea.hypothesis
    chosen = next((metric for metric in template.secondary if metric.name == claim.metric), template.metric)
    return template.model_copy(update={"metric": chosen.model_copy(update={"direction": claim.direction})})


def search_nodes(experiments: Sequence[Experiment]) -> list[Experiment]:
    """The nodes of the search tree; a repeat measures one of them again and is none."""
    found = (item for item in experiments if item.stage == "search" and not item.is_repeat)
    return sorted(found, key=lambda item: item.index)


def repeated_nodes(experiments: Sequence[Experiment]) -> set[str]:
    """Ids of the nodes that the search measured more than once."""
    return {item.parent for item in experiments if item.stage == "search" and item.is_repeat and item.parent}


def best_node(evidence: Evidence, template: Template, nodes: Sequence[Experiment]) -> Experiment | None:
    """The search's winner as the ledger names it, else the best successful node with a factor away from its default."""
    named = evidence.quantities["search.best"].experiments if "search.best" in evidence.quantities else ()
    if named:  # the winner comes first, then its repeats
        return next((node for node in nodes if node.id == named[0]), None)
    factors, metric = evidence.registration.idea.hypothesis.factors, template.metric
    baseline = evidence.registration.baseline
    scored = [
        (metric.gain(value, 0.0), -node.index, node)
        for node in nodes
        if (value := node.value(metric.name)) is not None
        and any(node.config.get(name) != baseline.get(name) for name in factors)
    ]
    return max(scored, key=lambda item: item[:2])[2] if scored else None


def read_curve(path: Path) -> list[tuple[float, float]] | None:
    """Points of a curve.csv in order of x; None when the file is missing, malformed, too large or not a plain file."""
    try:
        text = read_untrusted(path, CURVE_LIMIT_BYTES).decode()
        header, *rows = list(csv.reader(io.StringIO(text)))
        points = [(float(x), float(y)) for x, y in rows]
    except (OSError, ValueError, csv.Error):
        return None
    finite = {x: y for x, y in points if math.isfinite(x) and math.isfinite(y)}
    is_curve = [name.strip() for name in header] == ["x", "y"] and len(finite) > 1
    return sorted(finite.items()) if is_curve else None


def curve_band(experiments: Sequence[Experiment], folder: Path) -> Band | None:
    """Mean and spread of the learning curves of an arm, on the range that all its seeds cover."""
    import numpy as np

    read = (read_curve(folder / item.id / "artefacts" / "curve.csv") for item in experiments)
    curves = [np.asarray(points, dtype=np.float64) for points in read if points]
    if not curves:
        return None
    start, end = max(curve[0, 0] for curve in curves), min(curve[-1, 0] for curve in curves)
    every = np.unique(np.concatenate([curve[:, 0] for curve in curves]))
    grid = every[(every >= start) & (every <= end)]
    if len(grid) < 2:
        return None
    grid = grid[np.unique(np.linspace(0, len(grid) - 1, POINTS_DRAWN).astype(int))]
    values = np.stack([np.interp(grid, curve[:, 0], curve[:, 1]) for curve in curves])
    spread = values.std(axis=0, ddof=1) if len(curves) > 1 else np.zeros(len(grid))
    return Band(grid, values.mean(axis=0), spread, len(curves))


def paired_values(first: Sequence[Experiment], second: Sequence[Experiment], metric: str) -> list[tuple[float, float]]:
    """Values of two arms for each seed that both have."""
    other = {item.seed: item.value(metric) for item in second}
    pairs = [(item.value(metric), other.get(item.seed)) for item in first]
    return [(a, b) for a, b in pairs if a is not None and b is not None]


def dose_lines(knob: str, metric: str, nodes: Sequence[Experiment]) -> list[list[Point]]:
    """For every set of nodes that are alike but for the knob, its levels with the metric, if there are two or more.

    Of nodes that are alike in the knob too the mean counts.
    """
    groups: dict[str, dict[float, list[float]]] = {}
    for node in nodes:
        level, value = node.config.get(knob), node.value(metric)
        if value is not None and is_finite(level):
            rest = sorted((name, repr(each)) for name, each in node.config.items() if name != knob)
            by_level = groups.setdefault(f"{node.code_sha256} {rest}", {})
            by_level.setdefault(float(level), []).append(value)
    return [[(x, fmean(group[x])) for x in sorted(group)] for group in groups.values() if len(group) > 1]


def dose_points(knob: str, metric: str, nodes: Sequence[Experiment]) -> list[tuple[float, float]]:
    """Level and metric of every successful search node, for a knob whose levels are numbers; in order of level."""
    read = [(item.config.get(knob), item.value(metric)) for item in nodes]
    return sorted((float(x), y) for x, y in read if y is not None and is_finite(x))
