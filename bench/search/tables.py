"""What a sweep says, as lines of text."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from bench.search.landscape import Array
from bench.search.sweep import Sweep

COUNTS = (10, 25, 50, 100, 200)
PRICES = (25, 100, 250, 500, 900)
_FIVE = 5
_NAME = 30


def all_tables(sweep: Sweep, budget: int, baseline: str) -> Iterator[str]:
    """Every table of a sweep; means and regret are over its first five grounds."""
    counts = [count for count in COUNTS if count < budget] + [budget]
    for count in counts:
        yield from by_ground(sweep, count)
    yield from by_count(sweep.first(_FIVE), counts)
    yield from by_price(sweep.first(_FIVE))
    if baseline in sweep.policies:
        yield from differences(sweep.first(_FIVE), counts, baseline)
    yield from chosen(sweep)
    yield from effort(sweep)


def by_ground(sweep: Sweep, trials: int) -> Iterator[str]:
    """True value of the recommended trial on every ground, their mean, and the worst regret."""
    yield f"\nafter {trials} trials: true value at the recommended trial (standard error)"
    yield _row("policy", [*sweep.grounds, "mean", "regret"])
    best = np.max([_means(sweep, name, trials)[:_FIVE] for name in sweep.policies], axis=0)
    for name in sweep.policies:
        values = sweep.after(name, trials)
        regret = float(np.max(best - _means(sweep, name, trials)[:_FIVE]))
        yield _row(name, [*map(_mean_and_error, values), _mean_and_error(values[:_FIVE].mean(axis=0)), f"{regret:.3f}"])


def by_count(sweep: Sweep, counts: Sequence[int]) -> Iterator[str]:
    yield f"\nmean over {len(sweep.grounds)} grounds after so many trials"
    yield _row("policy", [str(count) for count in counts])
    for name in sweep.policies:
        yield _row(name, [_mean_and_error(sweep.after(name, count).mean(axis=0)) for count in counts])


def by_price(sweep: Sweep) -> Iterator[str]:
    yield f"\nmean over {len(sweep.grounds)} grounds when so much was spent (+: most searches ended having spent less)"
    yield _row("policy", [str(price) for price in PRICES])
    for name in sweep.policies:
        spent = np.median([[course.spent[-1] for course in row] for row in sweep.courses[name]])
        cells = [_mean_and_error(sweep.for_price(name, price).mean(axis=0)) for price in PRICES]
        yield _row(name, [cell + "+" * bool(spent < price) for cell, price in zip(cells, PRICES, strict=True)])


def differences(sweep: Sweep, counts: Sequence[int], baseline: str) -> Iterator[str]:
    """Differences on the same seeds: each seed gives one, the mean over its grounds."""
    yield f"\nmean over {len(sweep.grounds)} grounds minus {baseline}, paired by seed"
    yield _row("policy", [str(count) for count in counts])
    for name in sweep.policies:
        if name != baseline:
            gaps = [(sweep.after(name, count) - sweep.after(baseline, count)).mean(axis=0) for count in counts]
            yield _row(name, [_mean_and_error(gap, "+.3f") for gap in gaps])


def chosen(sweep: Sweep) -> Iterator[str]:
    yield "\nhow often each kind of trial, each model and each arm was chosen, per cent"
    for name in sweep.policies:
        courses = [course for row in sweep.courses[name] for course in row]
        trials = sum(len(course.values) for course in courses)
        counts = sum((course.chosen for course in courses), Counter[str]())
        yield f"{name:<{_NAME}} " + ", ".join(f"{what} {100 * n / trials:.0f}" for what, n in counts.most_common())


def effort(sweep: Sweep) -> Iterator[str]:
    yield "\nprocessor time and shape"
    yield _row("policy", ["ask median ms", "ask p99 ms", "tell median ms", "spent", "depth"])
    for name in sweep.policies:
        courses = [course for row in sweep.courses[name] for course in row]
        asks, tells = (
            np.concatenate([each.ask_s for each in courses]),
            np.concatenate([each.tell_s for each in courses]),
        )
        spent, depth = np.mean([each.spent[-1] for each in courses]), np.mean([each.depth for each in courses])
        times = [f"{1e3 * value:.3f}" for value in (np.median(asks), np.quantile(asks, 0.99), np.median(tells))]
        yield _row(name, [*times, f"{spent:.0f}", f"{depth:.1f}"])


def lanes(beside: Sweep, alone: Sweep, count: int, budget: int) -> Iterator[str]:
    """What `count` lanes gain in time and lose in value against one lane that makes as many trials."""
    yield f"\n{count} lanes, trials of 1 to 10 s, against one lane at {budget} trials"
    yield _row("policy", ["speed-up", "value lost", "value alone"])
    for name in beside.policies:
        speedups = [course.work_s / course.makespan_s for row in beside.courses[name] for course in row]
        before, after = alone.after(name, budget)[:_FIVE], beside.after(name, budget)[:_FIVE]
        lost = (before - after).mean(axis=0)
        cells = [f"{np.mean(speedups):.2f}", _mean_and_error(lost, "+.3f"), _mean_and_error(before.mean(axis=0))]
        yield _row(name, cells)


def _means(sweep: Sweep, policy: str, trials: int) -> Array:
    return sweep.after(policy, trials).mean(axis=1)


def _mean_and_error(values: Array, form: str = ".3f") -> str:
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return f"{format(float(values.mean()), form)} ({error:.3f})"


def _row(name: str, cells: Sequence[str]) -> str:
    return f"{name:<{_NAME}} " + "".join(f"{cell:>15}" for cell in cells)
