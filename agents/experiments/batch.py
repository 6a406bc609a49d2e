"""Running a planned set of experiments through the slots, each once, and reporting it."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, as_completed

from agents.events import ExperimentFinished, ExperimentsPlanned, ExperimentStarted
from agents.experiments.running import start_experiment
from agents.schema import Experiment, Outcome
from agents.services import Services


def run_batch(services: Services, planned: Sequence[tuple[Experiment, str]]) -> None:
    """Run every planned (experiment, code) that the journal holds no outcome of; returns when all have one."""
    if not planned:
        return
    first = planned[0][0]
    services.events.emit(ExperimentsPlanned(at=time.time(), study=first.study, stage=first.stage, total=len(planned)))
    running: dict[Future[Outcome], Experiment] = {}
    for experiment, code in planned:
        services.journal.record(experiment)
        known = services.journal.get(experiment.id)
        if known and known.outcome:
            finish_experiment(services, known)
        else:
            _announce(services, experiment)
            running[start_experiment(services, experiment, code)] = experiment
    _collect(services, running)


def _collect(services: Services, running: dict[Future[Outcome], Experiment]) -> None:
    for future in as_completed(running):
        experiment = running[future].model_copy(update={"outcome": future.result()})
        services.journal.finish(experiment.id, future.result())
        finish_experiment(services, experiment)


def finish_experiment(services: Services, experiment: Experiment) -> None:
    """Report a finished experiment."""
    outcome = experiment.outcome
    if outcome is None:
        raise RuntimeError(f"{experiment.id} has no outcome")
    metric = services.template.metric.name
    services.events.emit(
        ExperimentFinished(
            at=time.time(), study=experiment.study, experiment=experiment.id, stage=experiment.stage,
            status=outcome.status, detail=outcome.detail, metric=metric, value=experiment.value(metric),
            is_best=experiment.stage == "search" and _is_best(services, experiment), wall_s=outcome.wall_s,
        )
    )  # fmt: skip


def _is_best(services: Services, experiment: Experiment) -> bool:
    metric = services.template.metric
    value = experiment.value(metric.name)
    others = [node.value(metric.name) for node in services.journal.experiments(experiment.study, "search")]
    return value is not None and all(metric.gain(value, other) >= 0 for other in others if other is not None)


def _announce(services: Services, experiment: Experiment) -> None:
    services.events.emit(
        ExperimentStarted(
            at=time.time(), study=experiment.study, experiment=experiment.id, stage=experiment.stage, kind="draft",
            parent=experiment.parent, arm=experiment.arm, change=experiment.change, seed=experiment.seed,
        )
    )  # fmt: skip
