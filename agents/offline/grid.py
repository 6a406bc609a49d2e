"""The settings that a study may try: its grid of levels, steps on it, and numbers between its levels."""

import itertools
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from agents.schema import Config, Experiment, Knob, KnobValue, Template, is_finite
from agents.tasks import ProposeChange

GRID_LIMIT = 200
"""Grids up to this size are ordered whole; of larger ones this many settings are drawn."""


class Step(NamedTuple):
    """One knob moved: which one, and to what."""

    knob: str
    value: KnobValue


class Grid:
    """The searched knobs of a study with their levels. Settings are tuples in the order of `names`.

    What the idea is about and a stage of the search does not move is `held` as in the parent.
    """

    def __init__(self, task: ProposeChange) -> None:
        self.template: Template = task.template
        self.factors = task.idea.hypothesis.factors
        self.knobs = [task.template.knob(name) for name in task.searched]
        self.names = tuple(task.searched)
        self.levels = [levels(knob) for knob in self.knobs]
        self.held: Config = task.held
        self.order_seed = f"{task.template.name}/{task.idea.id}"
        self._identity = (self.order_seed, self.names, self.factors, repr(self.knobs), repr(self.held))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Grid) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def setting(self, config: Config) -> tuple[KnobValue, ...]:
        return tuple(config[name] for name in self.names)

    def settings(self, nodes: Sequence[Experiment]) -> set[tuple[KnobValue, ...]]:
        """The settings of all nodes with what is held; knob by knob, which is faster than node by node."""
        configs = [node.config for node in nodes if self.held.items() <= node.config.items()]
        return set(zip(*([config[name] for config in configs] for name in self.names), strict=True))

    def config(self, setting: Sequence[KnobValue]) -> Config:
        """Every knob: the searched ones as in `setting`, the held ones as they are, the others at their defaults."""
        return self.template.baseline | self.held | dict(zip(self.names, setting, strict=True))

    def is_allowed(self, setting: Sequence[KnobValue]) -> bool:
        """At least one factor is away from its default."""
        defaults, values = self.template.baseline, self.held | dict(zip(self.names, setting, strict=True))
        return any(name in values and values[name] != defaults[name] for name in self.factors)

    def spread(self) -> list[tuple[KnobValue, ...]]:
        """All allowed settings, each next one as far as can be from those before it (maximin, Johnson et al. 1990).

        The order depends on the study alone, so that nodes that cannot see each other take different places in it.
        """
        return list(_spread(self))

    def candidates(self, rng: random.Random) -> list[tuple[KnobValue, ...]]:
        """The allowed settings in an order that `rng` gives; of a large grid as many as are drawn."""
        size = math.prod(len(known) for known in self.levels)
        if size <= GRID_LIMIT:
            found = [setting for setting in itertools.product(*self.levels) if self.is_allowed(setting)]
        else:
            drawn = (tuple(rng.choice(known) for known in self.levels) for _ in range(4 * GRID_LIMIT))
            found = list(dict.fromkeys(setting for setting in drawn if self.is_allowed(setting)))[:GRID_LIMIT]
        rng.shuffle(found)
        return found

    def steps(self, setting: Sequence[KnobValue]) -> Iterator[Step]:
        """One knob to the next level up or down; any other choice where levels have no order."""
        for knob, known, value in zip(self.knobs, self.levels, setting, strict=True):
            for level in _next_levels(knob, known, value):
                yield Step(knob.name, level)

    def apply(self, setting: Sequence[KnobValue], step: Step) -> tuple[KnobValue, ...]:
        pairs = zip(self.names, setting, strict=True)
        return tuple(step.value if name == step.knob else value for name, value in pairs)

    def distance(self, one: Sequence[KnobValue], other: Sequence[KnobValue]) -> float:
        """Sum over knobs: 1 for another choice, the share of the range between two numbers' places among the levels."""
        pairs = zip(self.knobs, self.levels, one, other, strict=True)
        return sum(_distance(knob, known, left, right) for knob, known, left, right in pairs)


@lru_cache(maxsize=16)
def _spread(grid: Grid) -> tuple[tuple[KnobValue, ...], ...]:
    """Worked out once a study: it takes longer than all else about a proposal."""
    left = grid.candidates(random.Random(grid.order_seed))
    nearest = [math.inf] * len(left)
    ordered: list[tuple[KnobValue, ...]] = []
    while left:
        place = max(range(len(left)), key=nearest.__getitem__)
        chosen = left.pop(place)
        nearest.pop(place)
        ordered.append(chosen)
        nearest = [min(near, grid.distance(chosen, other)) for near, other in zip(nearest, left, strict=True)]
    return tuple(ordered)


def levels(knob: Knob) -> tuple[KnobValue, ...]:
    """The knob's levels with its default among them; numbers in ascending order."""
    known = knob.values if knob.default in knob.values else (*knob.values, knob.default)
    return tuple(sorted(known, key=float)) if is_ordered(knob) else known


def is_ordered(knob: Knob) -> bool:
    return knob.kind == "config" and all(is_finite(value) for value in (*knob.values, knob.default))


def between(knob: Knob, low: KnobValue, high: KnobValue, share: float) -> KnobValue | None:
    """A new number strictly between two levels, by ratio where the levels look geometric; None if there is none.

    Rounded to three significant digits, to a whole number for whole levels.
    """
    start, end = float(low), float(high)
    raw = start * (end / start) ** share if _is_geometric(knob) else start + share * (end - start)
    if all(isinstance(value, int) for value in (*knob.values, knob.default)):
        return round(raw) if start < round(raw) < end else None
    value = float(f"{raw:.3g}")
    return value if start < value < end else None


def spread_share(index: int) -> float:
    """The index-th number of van der Corput's sequence in base 2: a half, a quarter, three quarters, an eighth, ..."""
    share, scale, rest = 0.0, 0.5, max(index, 1)
    while rest:
        share, rest, scale = share + scale * (rest & 1), rest >> 1, scale / 2
    return share


def _is_geometric(knob: Knob) -> bool:
    """True when the levels' ratios vary less than their differences (relative to their means), and all are positive."""
    numbers = [float(level) for level in levels(knob)]
    if len(numbers) < 3 or numbers[0] <= 0:
        return False
    pairs = list(itertools.pairwise(numbers))
    return _variation(math.log(b / a) for a, b in pairs) < _variation(b - a for a, b in pairs)


def _variation(values: Iterable[float]) -> float:
    numbers = list(values)
    mean = sum(numbers) / len(numbers)
    return sum(abs(number - mean) for number in numbers) / abs(mean)


def _next_levels(knob: Knob, known: Sequence[KnobValue], value: KnobValue) -> list[KnobValue]:
    if not is_ordered(knob):
        return [level for level in known if level != value]
    below = [level for level in known if float(level) < float(value)]
    above = [level for level in known if float(level) > float(value)]
    return below[-1:] + above[:1]


def _distance(knob: Knob, known: Sequence[KnobValue], one: KnobValue, other: KnobValue) -> float:
    if not is_ordered(knob):
        return float(one != other)
    return abs(_place(known, one) - _place(known, other)) / max(len(known) - 1, 1)


def _place(known: Sequence[KnobValue], value: KnobValue) -> float:
    """Where a number stands among the levels; halfway for one between two of them."""
    below = sum(float(level) < float(value) for level in known)
    return float(below) if value in known else below - 0.5
