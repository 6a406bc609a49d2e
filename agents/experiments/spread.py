"""Arms that no seed moved: what their intervals and tests leave out must be told.

Where a seed reaches only what happens inside a run, and what is judged is the same on every seed, an arm that draws
nothing gives one value many times. Its interval then covers no other data, however many seeds there are.
"""

from collections.abc import Mapping, Sequence

from agents.experiments.statistics import is_constant
from agents.schema import Experiment


def still_arms(arms: Mapping[str, Sequence[Experiment]], metric: str) -> dict[str, tuple[Experiment, ...]]:
    """By arm, the experiments that measured `metric`, for arms where two or more seeds all gave the same value."""
    measured = {arm: tuple(run for run in runs if run.value(metric) is not None) for arm, runs in arms.items()}
    return {
        arm: runs
        for arm, runs in measured.items()
        if len(runs) > 1 and is_constant([value for run in runs if (value := run.value(metric)) is not None])
    }
