"""The next experiment of a study: a fresh draft, a step from a good node, far from it or towards another, or a step
back from a failed one."""

import itertools
import random
from collections.abc import Iterable, Sequence
from operator import attrgetter

from agents.offline.grid import Grid, Step, between, is_ordered, spread_share
from agents.offline.lessons import Lessons
from agents.schema import Config, Knob, KnobValue, Metric, Template
from agents.slots import fill_slots
from agents.tasks import REPEAT, Change, ProposeChange

Setting = tuple[KnobValue, ...]
_MOST_MIXTURES = 1024
"""Parents that differ in more than ten knobs have more mixtures than anybody will run."""


def propose_change(task: ProposeChange) -> Change:
    """Return the most promising setting that no known node has; a repeat only when nothing new is left, and says so.

    Nodes still running are invisible to each other. Each index has a place of its own in the study's spread order, and
    further down its list it takes its own turn, so that nodes of one window hardly ever want the same setting.
    """
    grid = Grid(task)
    lessons = Lessons(task.nodes, _claimed_metric(task), task.log_tail)
    tried = grid.settings(task.nodes)
    spread, unseen = grid.spread(), _unseen(task)
    claimed = {spread[(index - 1) % len(spread)] for index in unseen}
    open_settings = _unique(_candidates(task, grid, lessons, spread), tried)
    fresh = [setting for setting in open_settings if setting not in claimed]
    if fresh:
        return _change(task, grid.config(fresh[_turn(task, fresh, spread, len(unseen))]), "")
    if numbers := _unique(_new_numbers(task, grid, lessons), tried):
        return _change(task, grid.config(numbers[0]), "")
    if open_settings:
        return _change(task, grid.config(open_settings[_turn(task, open_settings, spread, len(unseen))]), "")
    return _change(task, grid.config(spread[task.index % len(spread)]), REPEAT)


def _claimed_metric(task: ProposeChange) -> Metric:
    metrics = (task.template.metric, *task.template.secondary)
    return next(metric for metric in metrics if metric.name == task.idea.hypothesis.metric)


def _candidates(task: ProposeChange, grid: Grid, lessons: Lessons, spread: Sequence[Setting]) -> list[Setting]:
    """Settings in order of preference: those of the node's kind first, then whatever the grid still holds."""
    if task.kind == "draft" or task.parent is None:
        return [_own_place(task, spread), *spread]
    parent = grid.setting(task.parent.config)
    best = lessons.best()
    centre = grid.setting(best.config) if best and task.kind == "improve" else parent
    steps = _steps(task, grid, lessons, parent, spread)
    return [*steps, *sorted(spread, key=lambda setting: grid.distance(setting, centre))]


def _steps(
    task: ProposeChange, grid: Grid, lessons: Lessons, parent: Setting, spread: Sequence[Setting]
) -> list[Setting]:
    """What the kind of node asks for, the most promising first."""
    match task.kind:
        case "debug":
            return _repairs(grid, lessons, parent)
        case "rewrite":
            return _rewrites(grid, lessons, parent, spread)
        case "cross" if task.inspirations:
            return _crosses(task, grid, lessons, parent, grid.setting(task.inspirations[0].config))
        case _:
            return _improvements(task, grid, lessons, parent)


def _own_place(task: ProposeChange, spread: Sequence[Setting]) -> Setting:
    return spread[(task.index - 1) % len(spread)]


def _turn(task: ProposeChange, settings: Sequence[Setting], spread: Sequence[Setting], unseen: int) -> int:
    """How far down its list a node reaches: not at all for its own place or when nothing runs unseen, else its turn."""
    if task.kind == "draft" and settings[0] == _own_place(task, spread):
        return 0
    return task.index % (unseen + 1) % len(settings)


def _unseen(task: ProposeChange) -> set[int]:
    """Indices of the earlier nodes that are not known yet."""
    return set(range(1, task.index)).difference(map(attrgetter("index"), task.nodes))


def _improvements(task: ProposeChange, grid: Grid, lessons: Lessons, parent: Setting) -> list[Setting]:
    """Steps from the parent, by what the nodes so far say of the level left and the level reached."""
    values = dict(zip(grid.names, parent, strict=True))
    rng = random.Random(task.seed)
    ranked = sorted(
        grid.steps(parent),
        key=lambda step: (
            lessons.gain(step.knob, values[step.knob]) - lessons.gain(step.knob, step.value),
            rng.random(),
        ),
    )
    return [moved for step in ranked if grid.is_allowed(moved := grid.apply(parent, step))]


def _rewrites(grid: Grid, lessons: Lessons, parent: Setting, spread: Sequence[Setting]) -> list[Setting]:
    """Settings far from the parent that keep those of its levels which did well; then any, the farthest first."""
    kept = {name: value for name, value in zip(grid.names, parent, strict=True) if lessons.gain(name, value) > 0}
    anew = (tuple(kept.get(name, value) for name, value in zip(grid.names, each, strict=True)) for each in spread)
    far = sorted(dict.fromkeys(anew), key=lambda setting: -grid.distance(setting, parent))
    farthest = sorted(spread, key=lambda setting: -grid.distance(setting, parent))
    return [setting for setting in (*far, *farthest) if grid.is_allowed(setting)]


def _crosses(task: ProposeChange, grid: Grid, lessons: Lessons, parent: Setting, partner: Setting) -> list[Setting]:
    """Mixtures of the two parents' levels by what the nodes say of them; after those, steps from the parent."""
    rng = random.Random(task.seed)
    pairs = [tuple(dict.fromkeys(pair)) for pair in zip(parent, partner, strict=True)]
    mixtures = list(itertools.islice(itertools.product(*pairs), _MOST_MIXTURES))
    rng.shuffle(mixtures)
    worth = {setting: _worth(grid, lessons, setting) for setting in mixtures}
    ranked = sorted((setting for setting in mixtures if grid.is_allowed(setting)), key=lambda each: -worth[each])
    return [*ranked, *_improvements(task, grid, lessons, parent)]


def _worth(grid: Grid, lessons: Lessons, setting: Setting) -> float:
    return sum(lessons.gain(name, value) for name, value in zip(grid.names, setting, strict=True))


def _repairs(grid: Grid, lessons: Lessons, parent: Setting) -> list[Setting]:
    """Knobs of a failed node moved back towards their defaults, the most suspect one first; a whole way back last."""
    pairs = list(zip(grid.knobs, parent, strict=True))
    suspects = sorted(pairs, key=lambda pair: -lessons.blame(pair[0].name, pair[1]))
    moves = [
        grid.apply(parent, Step(knob.name, value))
        for knob, value in suspects
        if value != knob.default
        for value in (_towards_default(grid, knob, value), knob.default)
    ]
    return [setting for setting in moves if grid.is_allowed(setting)]


def _towards_default(grid: Grid, knob: Knob, value: KnobValue) -> KnobValue:
    """The next level on the way from `value` to the default; the default itself where levels have no order."""
    if not is_ordered(knob):
        return knob.default
    known = grid.levels[grid.names.index(knob.name)]
    start, goal = float(value), float(knob.default)
    on_the_way = [level for level in known if min(start, goal) <= float(level) <= max(start, goal) and level != value]
    return min(on_the_way, key=lambda level: abs(float(level) - start))


def _new_numbers(task: ProposeChange, grid: Grid, lessons: Lessons) -> list[Setting]:
    """When the grid is used up: the best setting with one number moved between two neighbouring levels."""
    best = lessons.best()
    if best is None:
        return []
    centre = grid.setting(best.config)
    shares = [spread_share(task.index), *(spread_share(place) for place in range(1, 32))]
    found = [_split(grid, centre, knob, share) for share in shares for knob in grid.knobs if is_ordered(knob)]
    return [setting for settings in found for setting in settings if grid.is_allowed(setting)]


def _split(grid: Grid, centre: Setting, knob: Knob, share: float) -> list[Setting]:
    """`centre` with the knob at `share` of the way from its level to the next one below and above."""
    here = dict(zip(grid.names, centre, strict=True))[knob.name]
    around = [step.value for step in grid.steps(centre) if step.knob == knob.name]
    bounds = [sorted((here, level), key=float) for level in around]
    new = [between(knob, low, high, share) for low, high in bounds]
    return [grid.apply(centre, Step(knob.name, value)) for value in new if value is not None]


def _unique(settings: Iterable[Setting], tried: set[Setting]) -> list[Setting]:
    return [setting for setting in dict.fromkeys(settings) if setting not in tried]


def _change(task: ProposeChange, config: Config, prefix: str) -> Change:
    code = fill_slots(task.template, task.code, config)
    return Change(summary=prefix + _summary(task.template, task.searched, config), config=config, code=code)


def _summary(template: Template, searched: Sequence[str], config: Config) -> str:
    knobs = [template.knob(name) for name in searched]
    return ", ".join(
        f"{knob.label} {_shown(config[knob.name], knob.unit)}" for knob in knobs if config[knob.name] != knob.default
    )


def _shown(value: KnobValue, unit: str) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g} {unit}".strip() if isinstance(value, int | float) else str(value)
