"""Running a planned set of experiments through the slots, each once, and reporting it."""

import math
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

from agents.events import ExperimentFinished, ExperimentsPlanned, ExperimentStarted
from agents.experiments.arms import Planned
from agents.experiments.limits import hold_gpus, release_gpus, wait_for_gpus
from agents.experiments.running import start_experiment
from agents.schema import Experiment, Outcome
from agents.services import Journal, Services

_AHEAD = 1
"""Experiments handed over beyond the number of slots, so that one that falls free has its next at once."""
_best: WeakKeyDictionary[Journal, dict[str, "_Best"]] = WeakKeyDictionary()
"""By journal and study, the best of all results: asking all nodes at every result would take ever longer."""
_looking = Lock()


class _Best(NamedTuple):
    """A node of the search and its metric as a gain over nothing."""

    gain: float = -math.inf
    node: str = ""


def run_batch(services: Services, planned: Sequence[Planned], ended: int = 0) -> None:
    """Run every planned (experiment, code) that the journal holds no outcome of; returns when all have one.

    `ended` experiments of the stage were run by earlier batches.

    Those that are reported as started run, or are the next to run. Raises BudgetExceeded for the first that the limits
    on hours and GPU hours have no room for, once those that run have ended.
    """
    if not planned:
        return
    first = planned[0][0]
    total = ended + len(planned)
    services.events.emit(ExperimentsPlanned(at=time.time(), study=first.study, stage=first.stage, total=total))
    waiting = deque(_unfinished(services, planned))
    running: dict[Future[Outcome], Experiment] = {}
    while waiting or running:
        while waiting and len(running) < services.executor.slots + _AHEAD:
            find_room = hold_gpus if running else wait_for_gpus
            if shortage := find_room(services, waiting[0][0]):
                if not running:
                    raise shortage
                break
            experiment, code = waiting.popleft()
            _announce(services, experiment)
            running[start_experiment(services, experiment, code)] = experiment
        done = wait(running, return_when=FIRST_COMPLETED).done
        finished = [future for future in running if future in done]  # in the order in which they were handed over
        for future in sorted(finished, key=_has_failed):  # what is finished is kept before a failure ends the batch
            _finish(services, running.pop(future), future.result())


def _has_failed(future: Future[Outcome]) -> bool:
    return future.exception() is not None


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
    release_gpus(services, experiment.id)
    finish_experiment(services, experiment.model_copy(update={"outcome": outcome}))


def finish_experiment(services: Services, experiment: Experiment) -> None:
    """Report a finished experiment."""
    outcome = experiment.outcome
    if outcome is None:
        raise RuntimeError(f"{experiment.id} has no outcome")
    metric = services.template_of(experiment.study).metric.name
    services.events.emit(
        ExperimentFinished(
            at=time.time(), study=experiment.study, experiment=experiment.id, stage=experiment.stage,
            status=outcome.status, detail=outcome.detail, metric=metric, value=experiment.value(metric),
            is_best=experiment.stage == "search" and _is_best(services, experiment), wall_s=outcome.wall_s,
        )
    )  # fmt: skip


def _is_best(services: Services, experiment: Experiment) -> bool:
    """Whether its measurement is better than those of all nodes before it in the search; of equals the first is."""
    metric = services.template_of(experiment.study).metric
    value = experiment.value(metric.name)
    if value is None or experiment.is_repeat:
        return False
    with _looking:
        known = _best.setdefault(services.journal, {})
        if experiment.study not in known:
            known[experiment.study] = _best_known(services, experiment.study)
        gain = metric.gain(value, 0.0)
        if gain > known[experiment.study].gain:
            known[experiment.study] = _Best(gain, experiment.id)
        return experiment.id == known[experiment.study].node


def _best_known(services: Services, study: str) -> _Best:
    """The best of what the journal holds already; of equals the first."""
    metric = services.template_of(study).metric
    nodes = [node for node in services.journal.experiments(study, "search") if not node.is_repeat]
    measured = [(node, value) for node in nodes if (value := node.value(metric.name)) is not None]
    found = (_Best(metric.gain(value, 0.0), node.id) for node, value in measured)
    return max(found, key=lambda best: best.gain, default=_Best())


def _announce(services: Services, experiment: Experiment) -> None:
    services.events.emit(
        ExperimentStarted(
            at=time.time(), study=experiment.study, experiment=experiment.id, stage=experiment.stage, kind="draft",
            parent=experiment.parent, arm=experiment.arm, change=experiment.change, seed=experiment.seed,
        )
    )  # fmt: skip
