"""What each setting is worth by itself: least squares over everything that a search measured. Proves nothing."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from agents.schema import Experiment, KnobValue, Metric, Template, measured_values

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LATEST = 300
"""Only so many experiments are read, the first and the last ones: effects are estimated for every experiment anew."""
_RIDGE = 0.3
"""Draws effects towards none, like a third of a measurement that showed none; equals share what nothing tells apart."""
_LEAST_SHARE = 0.5
"""A setting that always moved together with one other has less."""
_LARGEST = 1e150
_FENCE, _FENCE_FROM = 3.0, 8
"""Values this many interquartile ranges below the lower quartile count as if they lay there, once there are so many:
one diverged loss must not outweigh all others (Tukey's outer fence)."""


class Setting(NamedTuple):
    """A knob away from its default; with no knob a program of its own, from the node with that id on."""

    knob: str
    value: KnobValue


class Effect(NamedTuple):
    """Gain over the default with all other settings alike, how many experiments had it, and how sure that is.

    `is_apart` is False where it mostly moved together with other settings, which then share one gain in equal parts;
    `is_noise` True where noise alone may have made the gain, None where nobody knows the noise.
    """

    gain: float
    experiments: int
    is_apart: bool
    is_noise: bool | None


@dataclass(frozen=True, slots=True)
class Noise:
    """How far values of one program lie apart when only the seed changes: standard deviation over so many repeats."""

    sd: float
    repeats: int

    @property
    def limit(self) -> float:
        """A gain beyond so much, times its spread in units of the noise, is told with its sign: one standard error, two
        while one repeat is all that is known. It guides a search; two hide half of what is told rightly."""
        return self.sd * (1 + 1 / self.repeats)


def estimate_effects(nodes: Sequence[Experiment], template: Template) -> dict[Setting, Effect]:
    """Estimate the effect of every setting that was measured, in order of first appearance.

    Values are a common level plus one effect for each setting away from its default, and one for each program of its
    own that a node has or inherits. Ridge regression (Hoerl and Kennard, Technometrics 1970) solves it where settings
    moved together too. Counting from the baseline, not the parent, one lucky parent spoils no other node's gain.
    """
    rows = list(_measurements(nodes, template))
    counts = Counter(setting for _, settings in rows for setting in settings)
    if not counts:
        return {}
    places = {setting: place for place, setting in enumerate(counts)}
    fit = _fit([[places[each] for each in row] for _, row in rows], _fenced([gain for gain, _ in rows]), len(counts))
    noise = measure_noise(nodes, template.metric)
    return {
        setting: Effect(
            gain := float(f"{fit.gains[place]:.9g}"),  # further digits depend on the machine, and equals are ranked
            counts[setting],
            float(fit.shares[place]) >= _LEAST_SHARE,
            None if noise is None else abs(gain) <= noise.limit * float(fit.spreads[place]),
        )
        for setting, place in places.items()
    }


def measure_noise(nodes: Sequence[Experiment], metric: Metric) -> Noise | None:
    """Return the spread between repeats of one program, pooled over programs; None where none was repeated."""
    repeated = {node.parent for node in nodes if node.is_repeat}
    known = measured_values((each for each in nodes if each.is_repeat or each.id in repeated), metric.name)
    groups = [[_bounded(each) for each in group] for group in known.values()]
    repeats = sum(len(group) - 1 for group in groups)
    means = [math.fsum(group) / len(group) for group in groups]
    within = math.fsum((each - mean) ** 2 for group, mean in zip(groups, means, strict=True) for each in group)
    return Noise(math.sqrt(within / repeats), repeats) if repeats else None


def settings_of(node: Experiment, template: Template) -> tuple[Setting, ...]:
    """What is away from its default."""
    moved = ((knob, node.config.get(knob.name, knob.default)) for knob in template.knobs)
    return tuple(Setting(knob.name, value) for knob, value in moved if value != knob.default)


def _measurements(nodes: Sequence[Experiment], template: Template) -> Iterator[tuple[float, tuple[Setting, ...]]]:
    """Gain over the first node's value, if it has one, and settings of each experiment that succeeded."""
    metric = template.metric
    read = [*nodes[:1], *nodes[1:][-LATEST:]]
    origin = next((value for node in read if (value := node.value(metric.name)) is not None), 0.0)
    programs = _programs(read, template)
    for node in read:
        value = node.value(metric.name)
        if value is not None:
            yield _bounded(metric.gain(value, origin)), (*settings_of(node, template), *programs[node.id])


def _programs(nodes: Sequence[Experiment], template: Template) -> dict[str, tuple[Setting, ...]]:
    """By node, the programs of their own that it has: its parent's and, if it changed the text, one more. Where a code
    knob moved, the text had to change and is no program of its own."""
    known = {node.id: node for node in nodes}
    slots = [knob.name for knob in template.knobs if knob.kind == "code"]
    programs: dict[str, tuple[Setting, ...]] = {}
    for node in nodes:
        origin = known.get(node.parent or nodes[0].id)
        inherited = programs.get(node.parent or "", ())
        is_own = (
            origin is not None
            and node.code_sha256 != origin.code_sha256
            and all(node.config.get(name) == origin.config.get(name) for name in slots)
        )
        programs[node.id] = (*inherited, Setting("", node.id)) if is_own else inherited
    return programs


class _Fit(NamedTuple):
    """By column: the gain, how much of it the rows tell apart (0 to 1), its spread in units of the noise."""

    gains: "NDArray[np.float64]"
    shares: "NDArray[np.float64]"
    spreads: "NDArray[np.float64]"


def _fit(rows: list[list[int]], gains: list[float], columns: int) -> _Fit:
    """Solve for the columns' effects; the common level is not drawn towards anything."""
    import numpy as np

    design, values = np.zeros((len(rows), columns)), np.array(gains)
    for row, places in enumerate(rows):
        design[row, places] = 1.0
    centred = design - design.mean(axis=0)
    scale = float(np.abs(values).max()) or 1.0
    products = centred.T @ centred
    inverse = np.asarray(np.linalg.solve(products + _RIDGE * np.eye(columns), np.eye(columns)), dtype=np.float64)
    effects = inverse @ (centred.T @ (values / scale - (values / scale).mean()))
    return _Fit(effects * scale, (inverse * products).sum(axis=0), np.sqrt(inverse.diagonal()))


def _fenced(gains: list[float]) -> list[float]:
    ranked, n = sorted(gains), len(gains)
    lower, upper = ranked[n // 4], ranked[(3 * n) // 4]
    fence = lower - _FENCE * (upper - lower)
    return [max(gain, fence) for gain in gains] if n >= _FENCE_FROM and upper > lower else gains


def _bounded(value: float) -> float:
    """Squares, and sums of those, must stay finite."""
    return min(max(value, -_LARGEST), _LARGEST)
