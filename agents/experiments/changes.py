"""Whether a proposal can be carried out: an idea with its template, a search node within the registered plan."""

from collections.abc import Sequence
from math import prod

from agents.schema import Config, Hypothesis, Idea, Knob, KnobValue, Registration, Template, is_finite


def check_idea(template: Template, idea: Idea) -> str:
    """Return why the template cannot test the idea, "" if it can."""
    hypothesis, known = idea.hypothesis, [knob.name for knob in template.knobs]
    metrics = {metric.name: metric.direction for metric in (template.metric, *template.secondary)}
    if stray := [name for name in (*hypothesis.factors, *hypothesis.companions) if name not in known]:
        return f"{stray[0]!r} is no knob of {template.name}; known: {', '.join(known)}"
    if hypothesis.metric not in metrics:
        return f"{template.name} does not measure {hypothesis.metric!r}; known: {', '.join(metrics)}"
    if hypothesis.direction != metrics[hypothesis.metric]:
        return f"{template.name} has {hypothesis.metric} to {metrics[hypothesis.metric]}, not to {hypothesis.direction}"
    return ""


def check_change(plan: Registration, template: Template, config: Config, index: int) -> str:
    """Return why a node's configuration breaks the plan, "" if it does not. Node 0 is the baseline: no factor has to
    change."""
    if set(config) != set(plan.baseline):
        return f"knobs {sorted(set(config) ^ set(plan.baseline))} are missing or unknown"
    changed = [name for name, value in config.items() if value != plan.baseline[name]]
    if stray := [name for name in changed if name not in plan.searched]:
        return f"knobs {stray} are not part of the registered search"
    if index and not any(name in plan.idea.hypothesis.factors for name in changed):
        return "no factor of the hypothesis is away from its default"
    return next((fault for name in changed if (fault := _value_fault(template.knob(name), config[name]))), "")


def count_candidates(template: Template, hypothesis: Hypothesis) -> int | None:
    """How many different nodes beside the baseline a search over factors and companions can make; None without end.

    Numbers between two levels are candidates too, so only knobs whose levels are all words or truths bound the count.
    """
    factors, companions = (count_settings(template, names) for names in (hypothesis.factors, hypothesis.companions))
    return None if factors is None or companions is None else (factors - 1) * companions


def count_settings(template: Template, names: Sequence[str]) -> int | None:
    """How many different settings these knobs have together, 1 where there are none; None without end."""
    knobs = [template.knob(name) for name in names]
    return None if any(_numbers(knob) for knob in knobs) else prod(len(knob.values) for knob in knobs)


def _value_fault(knob: Knob, value: KnobValue) -> str:
    """A level of the knob is fine; so is a number between the lowest and the highest level."""
    if any(value == level and isinstance(value, bool) == isinstance(level, bool) for level in knob.values):
        return ""
    levels = _numbers(knob)
    if levels and is_finite(value) and min(levels) <= value <= max(levels):
        return ""
    return f"{knob.name}={value!r} is not one of its levels nor between them"


def _numbers(knob: Knob) -> list[float]:
    """The levels of a knob whose levels are all numbers; none of any other knob."""
    levels = [float(level) for level in knob.values if is_finite(level)]
    return levels if len(levels) == len(knob.values) else []
