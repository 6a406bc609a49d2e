"""What a search has taught so far, in a few lines for whoever makes the next experiment. Guides, proves nothing."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agents.schema import Experiment, Knob, KnobValue, Metric, Status, Template
from agents.search.effects import LATEST, Effect, Setting, estimate_effects, measure_noise, settings_of

MOST_NOTES = 5
_MOST_LEVELS, _MOST_UNTRIED = 4, 8
_LONGEST_VALUE = 20
_BLAMELESS: tuple[Status, ...] = ("skipped", "infra")
"""An experiment that ended so says nothing of its settings."""


def take_notes(
    nodes: Sequence[Experiment], template: Template, factors: Sequence[str], searched: Sequence[str]
) -> tuple[str, ...]:
    """Return at most five lines on the knobs in `searched`, the idea's factors before its companions.

    A knob's line says what its settings gained over its default, all else alike (see `effects`), and which levels are
    not tried. One more says what fails, one which rewritten program is the best, one how noisy a value is.
    """
    if len(nodes) < 2:
        return ()
    effects = estimate_effects(nodes, template)
    told = [_Told.of(template.knob(name), name in factors, effects, nodes) for name in searched]
    ranked = sorted((each for each in told if each.is_news), key=lambda each: (not each.is_factor, -each.largest))
    last = [*_program(effects, template.metric), *_failing(nodes, template), *_noise(nodes, template.metric)]
    return (*(each.line(template.metric) for each in ranked[: MOST_NOTES - len(last)]), *last)


@dataclass(frozen=True, slots=True)
class _Told:
    """What there is to say of a knob: effects of its measured settings, and levels that are not tried."""

    knob: Knob
    is_factor: bool
    effects: dict[KnobValue, Effect]
    untried: tuple[KnobValue, ...]

    @classmethod
    def of(cls, knob: Knob, is_factor: bool, effects: Mapping[Setting, Effect], nodes: Sequence[Experiment]) -> "_Told":
        own = {setting.value: effect for setting, effect in effects.items() if setting.knob == knob.name}
        tried = {knob.default, *(node.config.get(knob.name, knob.default) for node in nodes)}
        return cls(knob, is_factor, own, tuple(level for level in knob.values if level not in tried))

    @property
    def is_news(self) -> bool:
        """An untried companion is none: there are always many."""
        return bool(self.effects) or (self.is_factor and bool(self.untried))

    @property
    def largest(self) -> float:
        return max((abs(each.gain) for each in self.effects.values() if not each.is_noise), default=0.0)

    def line(self, metric: Metric) -> str:
        said = ", ".join(f"{_show(value)} {_say(self.effects[value], metric)}" for value in self._shown())
        untried = ", ".join(map(_show, self.untried[:_MOST_UNTRIED]))
        parts = [*([said] if said else []), *([f"not tried: {untried}"] if untried else [])]
        return f"{'factor' if self.is_factor else 'companion'} {self.knob.name}: {'; '.join(parts)}"

    def _shown(self) -> list[KnobValue]:
        """The settings with the largest effects, numbers in their order, so that a dose can be read off."""
        largest = sorted(self.effects, key=lambda value: -abs(self.effects[value].gain))[:_MOST_LEVELS]
        return sorted(largest, key=lambda value: value if isinstance(value, int | float) else 0.0)


def _program(effects: Mapping[Setting, Effect], metric: Metric) -> list[str]:
    """The program of its own that gained most; every node that was built on it has the gain too."""
    own = {setting.value: each for setting, each in effects.items() if not setting.knob and each.gain > 0}
    best = max(own, key=lambda node: own[node].gain, default=None)
    return [] if best is None or own[best].is_noise else [f"program changed in {best}: {_say(own[best], metric)}"]


def _failing(nodes: Sequence[Experiment], template: Template) -> list[str]:
    """The setting that failed in most of the steps to it, by Laplace's rule of succession; none below one half."""
    tries, failures = Counter[Setting](), Counter[Setting]()
    for moved, has_failed in _steps(nodes, template):
        tries.update(moved)
        failures.update(moved if has_failed else ())
    failing = [setting for setting in failures if 2 * failures[setting] >= tries[setting]]
    worst = max(failing, key=lambda each: (failures[each] + 1) / (tries[each] + 2), default=None)
    if worst is None:
        return []
    return [f"{worst.knob}={_show(worst.value)} failed in {failures[worst]} of {tries[worst]}"]


def _steps(nodes: Sequence[Experiment], template: Template) -> Iterator[tuple[set[Setting], bool]]:
    """What each finished node of late set beyond its parent, a draft beyond the first node, and whether it failed."""
    known = {node.id: node for node in nodes}
    for node in nodes[1:][-LATEST:]:
        if node.outcome and node.outcome.status not in _BLAMELESS and not node.is_repeat:
            origin = known.get(node.parent or nodes[0].id, nodes[0])
            yield {*settings_of(node, template)} - {*settings_of(origin, template)}, not node.outcome.is_ok


def _noise(nodes: Sequence[Experiment], metric: Metric) -> list[str]:
    noise = measure_noise(nodes, metric)
    if noise is None:
        return ["noise: not known, nothing was measured twice yet"]
    unit = f" {metric.gain_unit}" if metric.gain_unit else ""
    times = f"{noise.repeats} repeat{'s' if noise.repeats > 1 else ''}"
    return [f"noise: {_round(noise.sd, metric)}{unit} between seeds (standard deviation from {times})"]


def _say(effect: Effect, metric: Metric) -> str:
    if effect.is_noise:
        return f"within the noise ({effect.experiments})"
    is_sure = effect.is_apart and effect.is_noise is not None
    gain = f"{'+' if effect.gain >= 0 else '-'}{_round(abs(effect.gain), metric)}"
    return f"{'' if is_sure else 'perhaps '}{gain} ({effect.experiments})"


def _round(value: float, metric: Metric) -> str:
    return f"{value:.{metric.decimals}f}" if value < 1e6 else f"{value:.3g}"


def _show(value: KnobValue) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value)[:_LONGEST_VALUE]
