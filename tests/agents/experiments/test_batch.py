"""A batch runs each planned experiment once, hands over one more than there are slots, and reports every one."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from agents.errors import ServiceError
from agents.experiments.arms import Planned
from agents.experiments.batch import finish_experiment, run_batch
from agents.files import sha256_text
from agents.schema import Completion, Experiment, Job, Outcome, experiment_id
from agents.services import Executor, Services
from agents.slots import experiment_source
from tests.agents.scripted import emitted, measure, scripted_services


class PatientExecutor:
    """Two slots that finish the youngest job first, and only when one waits besides or nothing else will come."""

    slots = 2

    def __init__(self, run: Callable[[Job], tuple[Completion, ...]], total: int) -> None:
        self.run = run
        self.left = total
        self.waiting: list[tuple[Job, Future[tuple[Completion, ...]]]] = []
        self.most_at_once = 0

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        future: Future[tuple[Completion, ...]] = Future()
        self.waiting.append((job, future))
        self.left -= 1
        self.most_at_once = max(self.most_at_once, len(self.waiting))
        while len(self.waiting) > self.slots or (self.waiting and self.left == 0):
            youngest, promise = self.waiting.pop()
            promise.set_result(self.run(youngest))
        return future

    def close(self) -> None:
        self.waiting.clear()


def plan(services: Services, count: int) -> list[Planned]:
    template = services.template_of("s1")
    code = experiment_source(template)
    return [
        (
            Experiment(
                id=experiment_id("s1", index), study="s1", index=index, stage="confirm", arm="treatment",
                change="the winner", config=template.baseline, code_sha256=sha256_text(code), seed=index,
                split="confirm", researcher="scripted",
            ),
            code,
        )
        for index in range(count)
    ]  # fmt: skip


def with_executor(services: Services, executor: Executor) -> Services:
    return replace(services, executor=executor)


def names(services: Services, kind: str) -> list[str]:
    return [event.experiment for event in emitted(services, kind)]


def test_every_experiment_runs_once_and_is_reported(tmp_path: Path) -> None:
    services = scripted_services(tmp_path)
    planned = plan(services, 3)
    run_batch(services, planned)
    ids = [experiment.id for experiment, _ in planned]
    assert [item.id for item in services.journal.experiments("s1") if item.outcome and item.outcome.is_ok] == ids
    assert names(services, "experiment_started") == names(services, "experiment_finished") == ids
    assert [event.total for event in emitted(services, "experiments_planned")] == [3]
    assert not any(event.is_best for event in emitted(services, "experiment_finished"))


def test_finished_experiments_are_reported_but_do_not_run_again(tmp_path: Path) -> None:
    services = scripted_services(tmp_path)
    planned = plan(services, 3)
    services.journal.record(planned[1][0])
    services.journal.finish(planned[1][0].id, Outcome(status="crash", detail="earlier"))
    run_batch(services, planned)
    assert names(services, "experiment_started") == ["s1-0000", "s1-0002"]
    assert sorted(names(services, "experiment_finished")) == ["s1-0000", "s1-0001", "s1-0002"]
    known = services.journal.get("s1-0001")
    assert known is not None
    assert known.outcome == Outcome(status="crash", detail="earlier")


def test_an_empty_batch_says_nothing(tmp_path: Path) -> None:
    services = scripted_services(tmp_path)
    run_batch(services, [])
    assert emitted(services, "experiments_planned") == []


def test_one_waits_while_all_slots_are_busy_and_each_gets_its_own_outcome(tmp_path: Path) -> None:
    executor = PatientExecutor(measure, total=5)
    services = with_executor(scripted_services(tmp_path), executor)
    run_batch(services, plan(services, 5))
    assert executor.most_at_once == 3
    scores = [item.value("score") for item in services.journal.experiments("s1")]
    again = scripted_services(tmp_path / "again")
    run_batch(again, plan(again, 5))
    assert scores == [item.value("score") for item in again.journal.experiments("s1")]


def test_a_sandbox_that_fails_ends_the_batch_and_keeps_what_is_done(tmp_path: Path) -> None:
    def run(job: Job) -> tuple[Completion, ...]:
        if job.id == "s1-0001":
            raise ServiceError("the sandbox is out of order")
        return measure(job)

    services = scripted_services(tmp_path)
    services = with_executor(services, FailingRun(run))
    with pytest.raises(ServiceError, match="out of order"):
        run_batch(services, plan(services, 3))
    assert [item.id for item in services.journal.experiments("s1") if item.outcome] == ["s1-0000"]


class FailingRun:
    """One slot; what the run raises travels in the future, as with a real executor."""

    slots = 1

    def __init__(self, run: Callable[[Job], tuple[Completion, ...]]) -> None:
        self.run = run

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        future: Future[tuple[Completion, ...]] = Future()
        try:
            future.set_result(self.run(job))
        except ServiceError as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        del self.run


def search_node(services: Services, index: int, score: float | None) -> Experiment:
    outcome = Outcome(status="crash") if score is None else Outcome(status="ok", metrics={"score": score})
    node = plan(services, index + 1)[index][0]
    return node.model_copy(update={"stage": "search", "split": "search", "arm": "", "outcome": outcome})


def report(services: Services, *scores: float | None) -> list[bool]:
    """Finish search nodes one after another; whether each was reported as the best."""
    first = len(services.journal.experiments())
    for index, score in enumerate(scores, start=first):
        node = search_node(services, index, score)
        services.journal.record(node)
        finish_experiment(services, node)
    return [event.is_best for event in emitted(services, "experiment_finished")][-len(scores) :]


def test_a_result_is_the_best_if_none_before_it_was_better(tmp_path: Path) -> None:
    services = scripted_services(tmp_path)
    assert report(services, 0.5, None, 0.7, 0.6, 0.7) == [True, False, True, False, False]


def test_a_resumed_run_knows_the_best_of_the_session_before(tmp_path: Path) -> None:
    report(scripted_services(tmp_path), 0.5, 0.7)
    resumed = scripted_services(tmp_path)
    assert [node.value("score") for node in resumed.journal.experiments()] == [0.5, 0.7]
    assert report(resumed, 0.6, 0.8) == [False, True]
