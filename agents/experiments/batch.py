"""Running a planned set of experiments through the slots, each once, and reporting it."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait

from agents.events import ExperimentFinished, ExperimentsPlanned, ExperimentStarted
from agents.experiments.arms import Planned
from agents.experiments.running import start_experiment
from agents.schema import Experiment, Outcome
from agents.services import Services


def run_batch(services: Services, planned: Sequence[Planned]) -> None:
    """Run every planned (experiment, code) that the journal holds no outcome of; returns when all have one.

    No more are handed to the executor than it has slots, so that "started" means running.
    """
    if not planned:
        return
    first = planned[0][0]
    services.events.emit(ExperimentsPlanned(at=time.time(), study=first.study, stage=first.stage, total=len(planned)))
    waiting = deque(_unfinished(services, planned))
    running: dict[Future[Outcome], Experiment] = {}
    while waiting or running:
        while waiting and len(running) < services.executor.slots:
            experiment, code = waiting.popleft()
            _announce(services, experiment)
            running[start_experiment(services, experiment, code)] = experiment
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            _finish(services, running.pop(future), future.result())


def _unfinished(services: Services, planned: Sequence[Planned]) -> Iterator[Planned]:
    for experiment, code in planned:
        services.journal.record(experiment)
        known = services.journal.get(experiment.id)
        if known and known.outcome:
            finish_experiment(services, known)
        else:
            yield experiment, code


def _finish(services: Services, experiment: Experiment, outcome: Outcome) -> None:
    services.journal.finish(experiment.id, outcome)
    finish_experiment(services, experiment.model_copy(update={"outcome": outcome}))


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
