"""Figures of trials: shares, medians with bootstrap intervals, the precision of gates."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

from reviewer.stress.report import Effect, GateFigures
from reviewer.stress.trials import Judged, Trial

TOLERANCE = 1e-6
"""Falls of the final score up to this are none."""
RISE = 0.01
"""Rises up to this are none: a word that moved to another line."""
_RESAMPLES = 2000
_OWN_WAY = 0.5
"""A gate's ways, where nobody named them: operators that newly raise it at least this share of its best rate."""
_RARE = 0.02
"""Share of papers up to which a gate newly raised by an operator is an accident, not its way."""


def measure_effect(trials: Sequence[Trial]) -> Effect:
    """Figures of one operator's trials; there is one at least."""
    changes = [trial.change for trial in trials]
    moved = [abs(change) for trial in trials if (change := trial.probability_change) is not None]
    return Effect(
        operator=trials[0].operator,
        group=trials[0].group,
        applicable=len(trials),
        lowered=share(change < -TOLERANCE for change in changes),
        raised=share(change > RISE for change in changes),
        flagged=share(bool(trial.new_gates) for trial in trials),
        median_change=median(changes),
        median_interval=bootstrap_median(changes),
        median_size=median(map(abs, changes)),
        largest_change=max(map(abs, changes)),
        largest_rise=max(0.0, *changes),
        mean_probability_change=fmean(moved) if moved else None,
        largest_probability_change=max(moved) if moved else None,
    )


def share(values: Iterable[bool]) -> float:
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0


def bootstrap_median(values: Sequence[float]) -> tuple[float, float]:
    """95 % percentile interval of the median, seeded; a single value is its own interval."""
    if len(values) < 2:
        return values[0], values[0]
    import numpy as np

    found = _scipy_stats().bootstrap(
        (np.asarray(values),), np.median, n_resamples=_RESAMPLES, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def measure_gates(
    untouched: Sequence[Judged], trials: Sequence[Trial], aims: Mapping[str, Sequence[str]] | None = None
) -> tuple[GateFigures, ...]:
    """Figures of each gate that was ever raised. `aims` names the operators that a gate is meant for; of a gate that it
    does not name, the ways are read off the trials of flaws, injections and gaming."""
    raised = {gate for judged in (*untouched, *(trial.after for trial in trials)) for gate in judged.gates}
    return tuple(_measure_gate(gate, untouched, trials, aims or {}) for gate in sorted(raised))


def _measure_gate(
    gate: str, untouched: Sequence[Judged], trials: Sequence[Trial], aims: Mapping[str, Sequence[str]]
) -> GateFigures:
    rates = _new_rates(gate, trials)
    ways = tuple(aims[gate]) if gate in aims else _own_ways(rates)
    flawed = [rates[way] for way in ways if way in rates]
    right, wrong = fmean(flawed) if flawed else 0.0, share(gate in judged.gates for judged in untouched)
    precision = right / (right + wrong) if flawed and right + wrong > 0 else None
    return GateFigures(gate=gate, ways=ways, true_rate=right, false_rate=wrong, precision=precision)


def _new_rates(gate: str, trials: Sequence[Trial]) -> dict[str, float]:
    """By operator, the share of papers on which the gate is raised anew."""
    names = dict.fromkeys(trial.operator for trial in trials if trial.group != "benign")
    return {name: share(gate in trial.new_gates for trial in trials if trial.operator == name) for name in names}


def _own_ways(rates: Mapping[str, float]) -> tuple[str, ...]:
    best = max(rates.values(), default=0.0)
    return tuple(name for name, rate in rates.items() if rate > _RARE and rate >= _OWN_WAY * best)


def _scipy_stats() -> Any:
    """scipy.stats, untyped as it is, loaded when first used."""
    from scipy import stats

    return stats
