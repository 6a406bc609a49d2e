"""What the runs of a pilot were: kept in a study's pilots.json, told in words, billed.

They are no nodes of the search, and no number of theirs enters the ledger but their cost.
"""

import math
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from agents.errors import UserError
from agents.experiments.statistics import is_constant
from agents.files import write_json
from agents.free_tasks import PilotRun
from agents.schema import Metric, Quantity

PILOTS = "pilots.json"
_PLANNED_SHARE = 0.2
"""Of the time limit, what a run is planned to take."""
_RUNS: TypeAdapter[tuple[PilotRun, ...]] = TypeAdapter(tuple[PilotRun, ...])


def read_pilots(folder: Path) -> tuple[PilotRun, ...]:
    """All that ran for the study whose paper grows in `folder`, whatever became of its design."""
    path = folder / PILOTS
    try:
        return _RUNS.validate_json(path.read_bytes()) if path.exists() else ()
    except (OSError, ValueError) as error:
        raise UserError(f"cannot use {path}: {str(error).splitlines()[0]}; restore or remove it") from error


def keep_pilot(folder: Path, run: PilotRun) -> None:
    """Add a run to those of a study."""
    runs = (*read_pilots(folder), run)
    write_json(folder / PILOTS, [each.model_dump(mode="json") for each in runs])


def pilot_gpu_hours(papers: Path) -> float:
    """GPU hours of all pilots of a run whose studies' papers grow in `papers`."""
    runs = (run for path in sorted(papers.glob(f"*/{PILOTS}")) for run in read_pilots(path.parent))
    return math.fsum(run.gpus * run.wall_s for run in runs) / 3600


def pilot_fault(runs: Sequence[PilotRun]) -> str:
    """How the first of the runs that failed ended, "" if none did."""
    failed = next((run for run in runs if run.status != "ok"), None)
    return f"the baseline in full, with seed {failed.seed}, ended as {failed.status}: {failed.detail}" if failed else ""


def pilot_remarks(runs: Sequence[PilotRun], metric: Metric, timeout_s: float) -> tuple[str, ...]:
    """What is plain to see in the runs, a sentence each; runs are all successful."""
    values = [run.metrics[metric.name] for run in runs]
    slowest = max((run.wall_s for run in runs), default=0.0)
    late = f"The slowest run took {slowest:.0f} s of {timeout_s:g} s, more than the planned fifth."
    return (*_remarks(values, metric), *([late] if slowest > _PLANNED_SHARE * timeout_s else []))


def pilot_quantities(runs: Sequence[PilotRun]) -> dict[str, Quantity]:
    """Ledger entries of what the runs cost; none where nothing ran."""
    if not runs:
        return {}
    rows = (
        ("cost.pilots", len(runs), "runs of the baseline before registration, judged on the search part", "", "count"),
        ("cost.pilot_s", sum(run.wall_s for run in runs), "wall time of the runs before registration", "s", "sum"),
    )
    entries = [
        Quantity(key=key, value=value, label=label, unit=unit, aggregation=how) for key, value, label, unit, how in rows
    ]
    return {entry.key: entry for entry in entries}


def _remarks(values: Sequence[float], metric: Metric) -> Iterator[str]:
    smallest = metric.smallest_effect
    if len(values) > 1 and is_constant(values):
        yield f"{metric.name} is the same on every seed."
    elif len(values) > 1 and (spread := statistics.stdev(values)) > smallest:
        yield f"Over the seeds {metric.name} has a standard deviation of {spread:.4g}, above the least gain."
    if values and (room := _room(statistics.fmean(values), metric)) is not None and room < smallest:
        yield f"From the mean of {metric.name} to the best that its unit allows there is only {room:.4g}."


def _room(mean: float, metric: Metric) -> float | None:
    """What a percentage can still gain; None for other units."""
    if metric.unit != "%":
        return None
    return 100.0 - mean if metric.direction == "maximize" else mean
