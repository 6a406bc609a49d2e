"""Whether a proposed search node keeps to the registered plan. A breach is a failed node, not an exception."""

from agents.schema import Experiment, Knob, KnobValue, Registration, Template, is_finite


def check_change(plan: Registration, template: Template, experiment: Experiment) -> str:
    """Return why the experiment breaks the plan, "" if it does not. Node 0 is the baseline and must equal it."""
    config = experiment.config
    if set(config) != set(plan.baseline):
        return f"knobs {sorted(set(config) ^ set(plan.baseline))} are missing or unknown"
    changed = [name for name, value in config.items() if value != plan.baseline[name]]
    if stray := [name for name in changed if name not in plan.searched]:
        return f"knobs {stray} are not part of the registered search"
    if experiment.index and not any(name in plan.idea.hypothesis.factors for name in changed):
        return "no factor of the hypothesis is away from its default"
    return next((fault for name in changed if (fault := _value_fault(template.knob(name), config[name]))), "")


def _value_fault(knob: Knob, value: KnobValue) -> str:
    """A level of the knob is fine; so is a number between the lowest and the highest level."""
    if value in knob.values:
        return ""
    levels = [float(level) for level in knob.values if is_finite(level)]
    if len(levels) == len(knob.values) and is_finite(value) and min(levels) <= float(value) <= max(levels):
        return ""
    return f"{knob.name}={value!r} is not one of its levels nor between them"
