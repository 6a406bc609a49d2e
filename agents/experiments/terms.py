"""The words of a ledger: what plan and template declare, and no number of the quantities says."""

from collections.abc import Iterator, Sequence

from agents.experiments.arms import arm_configs
from agents.experiments.findings import Findings
from agents.experiments.ledger import constant
from agents.schema import Experiment, Knob, KnobValue, Term, is_finite, unit_after


def plan_terms(study: Findings) -> Iterator[Term]:
    """The metric's name and unit; the levels of all that the search may set; the default of every setting."""
    yield Term(key="metric.label", text=study.metric.label, label="the metric")
    if study.metric.unit:
        yield Term(key="metric.unit", text=study.metric.unit, label="its unit")
    for knob in study.template.knobs:
        if knob.name in study.plan.searched:
            yield Term(key=f"levels.{knob.name}", text=_in_words(knob, knob.values), label=f"levels of {knob.label}")
        default = study.plan.baseline.get(knob.name, knob.default)
        yield Term(key=f"default.{knob.name}", text=_in_words(knob, (default,)), label=f"default of {knob.label}")


def setting_terms(study: Findings, winner: Experiment) -> Iterator[Term]:
    """Settings of treatment and control that are words; those that are numbers are quantities."""
    configs = arm_configs(study.plan, winner, study.control)
    for arm in ("treatment", "control"):
        for knob in study.template.knobs:
            value = configs[arm].get(knob.name)
            if value is not None and not is_finite(value):
                yield Term(key=f"setting.{arm}.{knob.name}", text=_word(knob, value), label=f"{knob.label}, {arm}")


def _in_words(knob: Knob, values: Sequence[KnobValue]) -> str:
    """Values as in a sentence, their unit behind the last."""
    words = [_word(knob, value) for value in values]
    listed = f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
    return (
        f"{listed} {unit_after(listed, knob.unit)}"
        if knob.unit and any(is_finite(value) for value in values)
        else listed
    )


def _word(knob: Knob, value: KnobValue) -> str:
    """A number with the decimals that it has, a switch as off or on, a choice by its name."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else constant(f"levels.{knob.name}", value, knob.label, knob.unit).shown
