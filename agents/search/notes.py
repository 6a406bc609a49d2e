"""What a search has taught so far, in a few lines for whoever makes the next experiment. Guides, proves nothing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agents.schema import Config, Experiment, KnobValue, Metric, kind_of

MOST_NOTES = 5
_LATEST = 500
"""Only so many nodes are read, the last ones: notes are taken for every experiment anew."""
_LONGEST_VALUE = 40


def take_notes(nodes: Sequence[Experiment], metric: Metric, baseline: Config) -> tuple[str, ...]:
    """Return at most five lines: settings that gained, lost and failed most, and how the kinds of step did.

    A step is counted from the node's parent, that of a draft from the first node. Means are ranked after shrinking them
    towards no gain while there are few steps, so that one lucky run is not the first thing to read.
    """
    steps = list(_steps(nodes, metric, baseline))
    settings: dict[str, _Tally] = {}
    kinds: dict[str, _Tally] = {}
    for step in steps:
        kinds.setdefault(step.kind, _Tally()).add(step.gain)
        for name in step.settings:
            settings.setdefault(name, _Tally()).add(step.gain)
    show = _Show(metric)
    notes = [*_best(settings, show), *_worst(settings, show), *_failing(settings), *_by_kind(kinds, show)]
    return tuple(notes[:MOST_NOTES])


class _Step(NamedTuple):
    """What one node changed; `gain` is None where it failed."""

    kind: str
    settings: tuple[str, ...]
    gain: float | None


@dataclass(slots=True)
class _Tally:
    """Gains and failures of the steps to one setting, or of one kind."""

    gains: list[float] = field(default_factory=list[float])
    failures: int = 0

    def add(self, gain: float | None) -> None:
        if gain is None:
            self.failures += 1
        else:
            self.gains.append(gain)

    @property
    def tries(self) -> int:
        return len(self.gains) + self.failures

    @property
    def worth(self) -> float:
        """The mean gain, shrunk as if one more step had gained nothing."""
        return sum(self.gains) / (len(self.gains) + 1)


class _Show(NamedTuple):
    """How gains of the metric are printed; better is always plus."""

    metric: Metric

    def __call__(self, tally: _Tally) -> str:
        mean = sum(tally.gains) / len(tally.gains)
        unit = self.metric.gain_unit
        return f"{mean:+.{self.metric.decimals}f}{' ' if unit else ''}{unit} in the mean of {len(tally.gains)}"


def _steps(nodes: Sequence[Experiment], metric: Metric, baseline: Config) -> Iterator[_Step]:
    """Steps that ended. One from a node without a value has nothing to be compared with: only its failure counts."""
    known = {node.id: node for node in nodes}
    first = nodes[0] if nodes else None
    for node in nodes[1:][-_LATEST:]:
        parent = known.get(node.parent) if node.parent else None
        origin = parent or first
        if node.outcome is None or origin is None or node.patch == "repeat":
            continue
        value, reference = node.value(metric.name), origin.value(metric.name)
        moved = tuple(
            _setting(name, node.config[name])
            for name in baseline
            if name in node.config and node.config[name] != origin.config.get(name)
        )
        if value is None:
            yield _Step(kind_of(parent, node.patch), moved, None)
        elif reference is not None:
            yield _Step(kind_of(parent, node.patch), moved, metric.gain(value, reference))


def _setting(name: str, value: KnobValue) -> str:
    return f"{name}={json.dumps(value)[:_LONGEST_VALUE]}"


def _best(settings: dict[str, _Tally], show: _Show) -> list[str]:
    ranked = sorted((name for name in settings if settings[name].worth > 0), key=lambda name: -settings[name].worth)
    return [f"{name} gained: {show(settings[name])}" for name in ranked[:2]]


def _worst(settings: dict[str, _Tally], show: _Show) -> list[str]:
    ranked = sorted((name for name in settings if settings[name].worth < 0), key=lambda name: settings[name].worth)
    return [f"{name} lost: {show(settings[name])}" for name in ranked[:1]]


def _failing(settings: dict[str, _Tally]) -> list[str]:
    """The setting that failed most of its tries, by Laplace's rule of succession; none that failed less than half."""

    def rate(name: str) -> float:
        return (settings[name].failures + 1) / (settings[name].tries + 2)

    failing = [name for name in settings if 2 * settings[name].failures >= settings[name].tries]
    worst = max(failing, key=rate, default=None)
    return [] if worst is None else [f"{worst} failed in {settings[worst].failures} of {settings[worst].tries}"]


def _by_kind(kinds: dict[str, _Tally], show: _Show) -> list[str]:
    told = [f"{kind} {show(kinds[kind])}" for kind in sorted(kinds) if kinds[kind].gains]
    return [f"by kind of step: {'; '.join(told)}"] if len(told) > 1 else []
