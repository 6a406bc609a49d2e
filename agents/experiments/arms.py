"""Who won the search, and the arms that its confirmation and ablation compare. Pure: what runs them is batch.py.

Arms whose configuration and code coincide are run once, under the name of the first of them; `arm_experiments` gives
every arm its experiments again.
"""

import json
from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Literal, NamedTuple, TypeAlias

from agents.errors import UserError
from agents.files import sha256_text
from agents.schema import Config, Experiment, Metric, Phase, Registration, Template, experiment_id, measured_values
from agents.slots import experiment_source, fill_slots

Planned: TypeAlias = tuple[Experiment, str]
"""An experiment that has not run, with the text of its experiment.py."""
ArmStage: TypeAlias = Literal["confirm", "ablate"]
_PHASES: dict[ArmStage, Phase] = {"confirm": "replication", "ablate": "ablation"}


class Control(NamedTuple):
    """The control's configuration, and how many experiments its tuning took (see control.py)."""

    config: Config
    tries: int = 0


class Arm(NamedTuple):
    """One side of a comparison."""

    name: str
    stage: ArmStage
    change: str
    config: Config
    code: str

    @property
    def identity(self) -> tuple[str, str]:
        return config_key(self.config), self.code


def claimed_metric(plan: Registration, template: Template) -> Metric:
    """The metric that the hypothesis is about; raises UserError if the template does not measure it."""
    name = plan.idea.hypothesis.metric
    for metric in (template.metric, *template.secondary):
        if metric.name == name:
            return metric
    raise UserError(f"idea {plan.idea.id!r} claims something about {name!r}, which {template.name} does not measure")


def choose_winner(plan: Registration, nodes: Sequence[Experiment], metric: Metric) -> Experiment | None:
    """The successful search node with a factor away from its default whose measurements have the best mean.

    Of a joint claim, one with all factors away from their defaults if there is any. Where the search ended in a
    replication, only nodes that it measured most often, give or take once, can win: the mean of one lucky measurement
    is no match for theirs. Ties go to the lowest index.
    """
    search = sorted((node for node in nodes if node.stage == "search"), key=lambda node: node.index)
    values = measured_values(search, metric.name)
    able = [node for node in search if node.id in values and changed_factors(plan, node)]
    able = [node for node in able if tests_claim(plan, node)] or able
    replicated = _replicated(able, search, metric)
    gains = [(metric.gain(fmean(values[node.id]), 0.0), -node.index, node) for node in replicated or able]
    return max(gains, key=lambda each: each[:2])[2] if gains else None


def _replicated(nodes: Sequence[Experiment], search: Sequence[Experiment], metric: Metric) -> list[Experiment]:
    """Those of the nodes that the replication measured as often as any of them, or once less."""
    ran = (run for run in search if run.is_repeat and run.phase == "replication")
    counts = Counter(run.parent for run in ran if run.value(metric.name) is not None)
    most = max((counts[node.id] for node in nodes), default=0)
    return [node for node in nodes if counts[node.id] >= max(1, most - 1)]


def changed_knobs(plan: Registration, node: Experiment) -> tuple[str, ...]:
    """Knobs away from their defaults, in the template's order."""
    return tuple(name for name, default in plan.baseline.items() if node.config.get(name, default) != default)


def changed_factors(plan: Registration, node: Experiment) -> tuple[str, ...]:
    """Factors of the hypothesis away from their defaults, in the hypothesis' order."""
    changed = changed_knobs(plan, node)
    return tuple(name for name in plan.idea.hypothesis.factors if name in changed)


def tests_claim(plan: Registration, node: Experiment) -> bool:
    """Whether a node has what is claimed: of a joint claim every factor, else any."""
    changed = changed_factors(plan, node)
    return len(changed) == len(plan.idea.hypothesis.factors) if plan.is_joint else bool(changed)


def untuned_control(plan: Registration, winner: Experiment) -> Control:
    """The winner with its factors at their defaults and its own companions."""
    return Control(_reverted(plan, winner, plan.idea.hypothesis.factors))


def arm_configs(plan: Registration, winner: Experiment, control: Control | None) -> dict[str, Config]:
    """Every arm's configuration by name, in the order of planning. None is a control that was not tuned."""
    configs = {
        "treatment": winner.config,
        "control": (control or untuned_control(plan, winner)).config,
        "baseline": dict(plan.baseline),
    }
    return configs | {f"without_{name}": _reverted(plan, winner, (name,)) for name in changed_knobs(plan, winner)}


def plan_confirmation(
    plan: Registration,
    winner: Experiment,
    winner_code: str,
    template: Template,
    researcher: str,
    control: Control | None = None,
) -> tuple[Planned, ...]:
    """Treatment, control and baseline on every fresh seed, one seed after another so that pairs finish together."""
    control = control or untuned_control(plan, winner)
    arms = _distinct_arms(plan, winner, winner_code, template, control)
    confirm = [arm for arm in arms if arm.stage == "confirm"]
    return _plan(plan, confirm, plan.search_experiments + control.tries, winner, researcher)


def plan_ablation(
    plan: Registration,
    winner: Experiment,
    winner_code: str,
    template: Template,
    researcher: str,
    control: Control | None = None,
) -> tuple[Planned, ...]:
    """`without_<knob>` for every changed knob that no earlier arm stands for; numbered on from the confirmation."""
    control = control or untuned_control(plan, winner)
    arms = _distinct_arms(plan, winner, winner_code, template, control)
    confirm = [arm for arm in arms if arm.stage == "confirm"]
    ablate = [arm for arm in arms if arm.stage == "ablate"]
    first = plan.search_experiments + control.tries + len(confirm) * len(plan.confirm_seeds)
    return _plan(plan, ablate, first, winner, researcher)


def arm_experiments(
    plan: Registration, winner: Experiment, experiments: Sequence[Experiment], control: Control | None = None
) -> dict[str, list[Experiment]]:
    """Each arm's experiments in order of seed; an arm that was not run of its own has those that it shares.

    What ran under an arm's name with another configuration is none of its experiments.
    """
    configs = arm_configs(plan, winner, control)
    keys = {name: config_key(config) for name, config in configs.items()}
    planned: dict[str, list[Experiment]] = {}
    for experiment in sorted(experiments, key=lambda experiment: (experiment.seed, experiment.index)):
        if experiment.stage in _PHASES and config_key(experiment.config) == keys.get(experiment.arm):
            planned.setdefault(experiment.arm, []).append(experiment)
    return {name: planned.get(name) or _shared(planned, configs, name) for name in configs}


def config_key(config: Config) -> str:
    """The configuration as canonical text; unlike ==, it tells True, 1 and 1.0 apart, as a program may."""
    return json.dumps(config, sort_keys=True)


def _shared(planned: dict[str, list[Experiment]], configs: dict[str, Config], name: str) -> list[Experiment]:
    """The first planned arm of the same configuration. It has the same code too, or `name` had been planned itself:
    the only arm with other code is the baseline, and the control, which has the winner's, comes before it."""
    key = config_key(configs[name])
    twins = (other for other in configs if other in planned and config_key(configs[other]) == key)
    return planned[twin] if (twin := next(twins, None)) else []


def _arms(plan: Registration, winner: Experiment, winner_code: str, template: Template, control: Control) -> list[Arm]:
    configs = arm_configs(plan, winner, control)
    codes = {name: fill_slots(template, winner_code, config) for name, config in configs.items()}
    codes["baseline"] = fill_slots(template, experiment_source(template), configs["baseline"])
    return [Arm(name, *_described(name, template, control), configs[name], codes[name]) for name in configs]


def _described(name: str, template: Template, control: Control) -> tuple[ArmStage, str]:
    match name:
        case "treatment":
            return "confirm", "the winner of the search"
        case "control":
            tuned = ", tuned" if control.tries else ""
            return "confirm", f"the winner with its factors at their defaults{tuned}"
        case "baseline":
            return "confirm", "every knob at its default"
        case _:
            return "ablate", f"the winner with {template.arm_label(name)}"


def _distinct_arms(
    plan: Registration, winner: Experiment, winner_code: str, template: Template, control: Control
) -> list[Arm]:
    """The arms that have to be run: of those that coincide, the first."""
    first: dict[tuple[str, str], Arm] = {}
    for arm in _arms(plan, winner, winner_code, template, control):
        first.setdefault(arm.identity, arm)
    return list(first.values())


def _plan(
    plan: Registration, arms: Sequence[Arm], first: int, winner: Experiment, researcher: str
) -> tuple[Planned, ...]:
    pairs = [(seed, arm) for seed in plan.confirm_seeds for arm in arms]
    return tuple(
        (_experiment(plan, arm, seed, index, winner, researcher), arm.code)
        for index, (seed, arm) in enumerate(pairs, start=first)
    )


def _experiment(plan: Registration, arm: Arm, seed: int, index: int, winner: Experiment, researcher: str) -> Experiment:
    return Experiment(
        id=experiment_id(plan.study, index),
        study=plan.study,
        index=index,
        stage=arm.stage,
        parent=None if arm.name == "baseline" else winner.id,
        arm=arm.name,
        change=arm.change,
        config=arm.config,
        code_sha256=sha256_text(arm.code),
        seed=seed,
        split="confirm",
        researcher=researcher,
        phase=_PHASES[arm.stage],
    )


def _reverted(plan: Registration, winner: Experiment, knobs: Sequence[str]) -> Config:
    return {name: plan.baseline[name] if name in knobs else value for name, value in winner.config.items()}
