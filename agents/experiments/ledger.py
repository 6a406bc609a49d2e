"""The entries of a ledger, group by group; docs/contracts.md lists their keys. No label contains a digit."""

import statistics
from collections.abc import Iterator, Sequence
from decimal import Decimal

from agents.experiments.arms import arm_configs, changed_factors
from agents.experiments.findings import Findings
from agents.experiments.listing import listed_experiments
from agents.experiments.spread import still_arms
from agents.experiments.statistics import Comparison, Rule, mean_interval
from agents.schema import ALIKE, Config, Experiment, Metric, Quantity, Template, is_finite, kind_of, measured_values

# --- search --------------------------------------------------------


def search_entries(study: Findings) -> Iterator[Quantity]:
    failed = [node for node in study.nodes if not node.outcome or not node.outcome.is_ok]
    successful = [node for node in study.nodes if node.outcome and node.outcome.is_ok]
    yield _count("search.nodes", "search nodes", study.nodes)
    yield _count("search.ok", "successful search nodes", successful)
    yield _count("search.failed", "failed search nodes", failed)
    yield from _against_baseline(study)
    yield from _kinds(study)
    yield from _repeats(study)
    if study.winner is not None:
        yield _best(study, study.winner)


def _repeats(study: Findings) -> Iterator[Quantity]:
    """Nothing where no node was measured more than once."""
    if study.repeats:
        failed = [run for run in study.repeats if not run.outcome or not run.outcome.is_ok]
        yield _count("search.repeats", "repeated measurements of search nodes, on other seeds", study.repeats)
        yield _count("search.repeats_failed", "repeated measurements that failed", failed)


def _best(study: Findings, winner: Experiment) -> Quantity:
    """The mean of all that the search measured of the winner; its experiments are the winner, then its repeats."""
    label, name = f"{study.metric.label}, best of the search", study.metric.name
    repeats = [run for run in study.repeats if run.parent == winner.id and run.value(name) is not None]
    values = measured_values([winner, *repeats], name)[winner.id]
    if not repeats:
        return _measured("search.best", values[0], label, study.metric, winner)
    return Quantity(
        key="search.best", value=statistics.fmean(values), label=label, unit=study.metric.unit,
        decimals=study.metric.decimals, aggregation="mean", n=len(values), split=winner.split,
        experiments=(winner.id, *(run.id for run in repeats)),
    )  # fmt: skip


def _against_baseline(study: Findings) -> Iterator[Quantity]:
    """Without a successful baseline node there is nothing to be worse than, and no such entry."""
    if study.baseline is None:
        return
    values = ((node, node.value(study.metric.name)) for node in study.nodes if node.index)
    worse = [node for node, value in values if value is not None and study.metric.gain(value, study.baseline) <= 0]
    yield _count("search.worse", "successful search nodes no better than the baseline", worse)
    label = f"{study.metric.label}, baseline in the search"
    yield _measured("search.baseline", study.baseline, label, study.metric, study.nodes[0])


def _kinds(study: Findings) -> Iterator[Quantity]:
    by_id = {node.id: node for node in study.nodes}
    kinds = {node.id: kind_of(by_id.get(node.parent or "")) for node in study.nodes if node.index}
    for kind, label in (("draft", "fresh drafts"), ("improve", "improvements"), ("debug", "repairs of failed nodes")):
        yield _count(f"search.{kind}s", label, [node for node in study.nodes if kinds.get(node.id) == kind])


# --- control, confirmation and ablation ----------------------------


def control_entries(study: Findings) -> Iterator[Quantity]:
    """How the control was tuned, and how far it came; nothing where it has the winner's companions untried."""
    if study.tuning is None or not study.is_control_tuned:
        return
    runs, tried = study.tuning.runs, len(study.tuning.configs)
    failed = [run for run in runs if run.value(study.metric.name) is None]
    yield _count("control.runs", "experiments in which the control was tuned", runs)
    yield _count("control.tried", "settings of the companions tried for the control", runs[:tried])
    yield _count("control.failed", "experiments of the control's tuning that failed", failed)
    moved = study.tuning.moved_companions
    yield Quantity(
        key="control.moved",
        value=len(moved),
        label="companions that the control has set otherwise than the winner",
        aggregation="count",
    )
    if chosen := study.tuning.chosen_runs:
        values = [value for run in chosen if (value := run.value(study.metric.name)) is not None]
        yield Quantity(
            key="control.best", value=statistics.fmean(values), unit=study.metric.unit, split="search",
            label=f"{study.metric.label}, best control of the tuning", decimals=study.metric.decimals,
            aggregation="mean" if len(values) > 1 else "single run", n=len(values),
            experiments=tuple(run.id for run in chosen),
        )  # fmt: skip


def confirmation_entries(study: Findings) -> Iterator[Quantity]:
    runs = [run for run in study.experiments if run.stage in ("confirm", "ablate")]
    failed = [run for run in runs if run.value(study.metric.name) is None]
    seeds = len(study.plan.confirm_seeds)
    yield Quantity(key="confirm.seeds", value=seeds, label="paired fresh seeds", aggregation="count", split="confirm")
    yield _count("confirm.failed", "failed experiments of confirmation and ablation", failed)


def still_entries(study: Findings) -> Iterator[Quantity]:
    """Arms that no seed moved. Plans from before `needs_spread` have no such entries."""
    still = still_arms(study.arms, study.metric.name) if study.plan.needs_spread else {}
    for arm, runs in still.items():
        name = study.template.arm_label(arm)
        label = f"fresh seeds that all gave {name} the same value, so its interval covers no other data"
        yield _count(f"{ALIKE}{arm}", label, runs).model_copy(update={"split": "confirm"})


def arm_entries(study: Findings) -> Iterator[Quantity]:
    for arm in study.arms:
        yield from _arm_mean(study, arm, study.metric, f"arm.{arm}.mean")
        yield from _arm_sd(study, arm)
        for metric in (study.template.metric, *study.template.secondary):
            if metric != study.metric:
                yield from _arm_mean(study, arm, metric, f"arm.{arm}.{metric.name}.mean")


def _arm_mean(study: Findings, arm: str, metric: Metric, key: str) -> Iterator[Quantity]:
    runs, values = _successes(study, arm, metric)
    label = f"{metric.label}, {study.template.arm_label(arm)}, mean over seeds"
    yield from _mean(study, key, values, label, metric, metric.unit, tuple(run.id for run in runs))


def _arm_sd(study: Findings, arm: str) -> Iterator[Quantity]:
    runs, values = _successes(study, arm, study.metric)
    if len(values) > 1:
        yield Quantity(
            key=f"arm.{arm}.sd", value=statistics.stdev(values), unit=study.metric.gain_unit,
            label=f"{study.metric.label}, {study.template.arm_label(arm)}, standard deviation over seeds",
            decimals=study.metric.decimals, aggregation="sd", n=len(values), split="confirm",
            experiments=tuple(run.id for run in runs),
        )  # fmt: skip


def _successes(study: Findings, arm: str, metric: Metric) -> tuple[list[Experiment], list[float]]:
    measured = [(run, value) for run in study.arms[arm] if (value := run.value(metric.name)) is not None]
    return [run for run, _ in measured], [value for _, value in measured]


def effect_entries(study: Findings) -> Iterator[Quantity]:
    yield from _effect(study, "effect.primary", "mean gain of treatment over control", "treatment", "control")
    if study.primary is not None:
        yield from _test(study, study.primary)
    yield from _effect(study, "effect.baseline", "mean gain of treatment over baseline", "treatment", "baseline")
    for arm in study.arms:
        if knob := arm.removeprefix("without_") if arm.startswith("without_") else "":
            label = f"mean gain of treatment over the same with {study.template.arm_label(arm)}"
            yield from _effect(study, f"ablation.{knob}", label, "treatment", arm)
    yield from _interaction(study)


def _effect(study: Findings, key: str, label: str, *arms: str) -> Iterator[Quantity]:
    pairs = study.pairs(*arms)
    metric = study.metric
    yield from _mean(study, key, pairs.gains, f"{metric.label}, {label}", metric, metric.gain_unit, pairs.experiments)


def _interaction(study: Findings) -> Iterator[Quantity]:
    """Defined for exactly two changed factors: then each ablation arm has one of them alone. Not where the control has
    other companions than these arms: their difference would count as the factors' doing."""
    factors = changed_factors(study.plan, study.winner) if study.winner else ()
    if len(factors) == 2 and study.is_control_like_winner:
        first, second = factors
        label = f"interaction of {study.template.knob(first).label} and {study.template.knob(second).label}"
        arms = ("treatment", f"without_{second}", f"without_{first}", "control")
        yield from _effect(study, f"interaction.{first}.{second}", label, *arms)


def _test(study: Findings, primary: Comparison) -> Iterator[Quantity]:
    ids = study.pairs("treatment", "control").experiments
    rows = [
        ("dz", primary.dz, "standardised paired effect", "standardised effect", 2),
        ("p", primary.p, "p-value of the one-sided paired t-test", "p-value", 4),
        ("p_adjusted", primary.p_adjusted, "p-value corrected for every candidate of the search", "p-value", 4),
    ]
    for name, value, label, aggregation, decimals in rows:
        if value is not None:
            yield Quantity(
                key=f"effect.primary.{name}", value=value, label=label, decimals=decimals, aggregation=aggregation,
                n=primary.n, split="confirm", experiments=ids,
            )  # fmt: skip


def _mean(
    study: Findings,
    key: str,
    values: Sequence[float],
    label: str,
    metric: Metric,
    unit: str,
    experiments: tuple[str, ...],
) -> Iterator[Quantity]:
    """The mean with its interval; without a value no entry, with a single one no interval."""
    if not values:
        return
    interval = mean_interval(values, study.rule.level, study.seed(key))
    yield Quantity(
        key=key, value=statistics.fmean(values), label=label, unit=unit, decimals=metric.decimals,
        aggregation="mean", n=len(values), low=interval and interval.low, high=interval and interval.high,
        level=_percent(study.rule) if interval else None, split="confirm", experiments=experiments,
    )  # fmt: skip


# --- rule, settings, facts, single experiments, cost ---------------


def rule_entries(rule: Rule, metric: Metric) -> Iterator[Quantity]:
    rows = [
        ("alpha", rule.alpha, "family-wise error rate", ""),
        ("level", _percent(rule), "level of the intervals", "%"),
        ("comparisons", rule.comparisons, "candidates of the search that share the error rate", ""),
        ("smallest_effect", rule.smallest_effect, "smallest effect that matters", metric.gain_unit),
    ]
    for name, value, label, unit in rows:
        yield constant(f"rule.{name}", value, label, unit)


def _percent(rule: Rule) -> float:
    return round(100 * rule.level, 6)


def fact_entries(template: Template) -> Iterator[Quantity]:
    for name, fact in template.facts.items():
        yield Quantity(
            key=f"fact.{name}", value=fact.value, label=fact.label, unit=fact.unit, decimals=fact.decimals,
            aggregation="constant",
        )  # fmt: skip


def setting_entries(study: Findings, winner: Experiment) -> Iterator[Quantity]:
    configs = arm_configs(study.plan, winner, study.control)
    for arm in ("treatment", "control"):
        yield from _knobs(study, f"setting.{arm}", configs[arm], ())


def _knobs(study: Findings, prefix: str, config: Config, experiments: tuple[str, ...]) -> Iterator[Quantity]:
    """Numeric values of the template's own knobs; what else a failed node may have put there is not evidence."""
    for knob in study.template.knobs:
        value = config.get(knob.name)
        if is_finite(value):
            entry = constant(f"{prefix}.{knob.name}", value, knob.label, knob.unit)
            yield entry.model_copy(update={"aggregation": "setting", "experiments": experiments})


def experiment_entries(study: Findings) -> Iterator[Quantity]:
    for run in listed_experiments(study):
        for metric in (study.template.metric, *study.template.secondary):
            if (value := run.value(metric.name)) is not None:
                yield _measured(f"exp.{run.id}.{metric.name}", value, metric.label, metric, run)
        yield Quantity(
            key=f"exp.{run.id}.seed", value=run.seed, label="seed", aggregation="setting", experiments=(run.id,)
        )
        yield from _knobs(study, f"exp.{run.id}", run.config, (run.id,))


def cost_entries(study: Findings) -> Iterator[Quantity]:
    usd = sum(run.cost_usd for run in study.experiments)
    seconds = sum(run.outcome.wall_s for run in study.experiments if run.outcome)
    yield Quantity(key="cost.usd", value=usd, label="model cost", unit="USD", decimals=2, aggregation="sum")
    yield Quantity(
        key="cost.experiments", value=len(study.experiments), label="experiments of all stages", aggregation="count"
    )
    yield Quantity(
        key="cost.experiment_s", value=seconds, label="wall time of all experiments", unit="s", aggregation="sum"
    )


# --- kinds of entries ----------------------------------------------


def _count(key: str, label: str, experiments: Sequence[Experiment]) -> Quantity:
    ids = tuple(experiment.id for experiment in experiments)
    return Quantity(key=key, value=len(ids), label=label, aggregation="count", experiments=ids)


def _measured(key: str, value: float, label: str, metric: Metric, run: Experiment) -> Quantity:
    """What evaluate.py said of one experiment; `files` are what it read."""
    return Quantity(
        key=key, value=value, label=label, unit=metric.unit, decimals=metric.decimals, aggregation="single run",
        split=run.split, experiments=(run.id,), files=run.outcome.artefacts if run.outcome else {},
    )  # fmt: skip


def constant(key: str, value: float, label: str, unit: str) -> Quantity:
    """A number that was set, printed with the decimals that it has."""
    return Quantity(key=key, value=value, label=label, unit=unit, decimals=_decimals(value), aggregation="constant")


def _decimals(value: float) -> int:
    """Decimals that a written number needs: 0.0003 has four, 64 none."""
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
