"""What every executor must do. A new adapter that can take a scripted sandbox gets a line in MAKERS."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.errors import Interrupted, ServiceError
from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.schema import Command, Completion, Job, Limits
from agents.services import Executor

Behaviour = Callable[[Command, Flag], Completion]
OK = Completion(status="ok", exit_code=0, wall_s=0.0)
CRASH = Completion(status="crash", exit_code=1, detail="ValueError: x", wall_s=0.0)


class ScriptedSandbox:
    """Does what each command's first word stands for; keeps what it was given, in order."""

    name = "scripted"
    guarantees = ("none",)

    def __init__(self) -> None:
        self.given: list[Command] = []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.release = Flag()

    def close(self) -> None:
        """Nothing is kept."""

    def run(self, command: Command, stop: Flag) -> Completion:
        with self.lock:
            self.given.append(command)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.obey(command.argv[0], stop)
        finally:
            with self.lock:
                self.at_once -= 1

    def obey(self, word: str, stop: Flag) -> Completion:
        if word == "fail":
            raise ServiceError("sandbox: broken")
        if word == "hang":
            self.wait(stop)
        return CRASH if word == "crash" else OK

    def wait(self, stop: Flag) -> None:
        while not self.release.is_set():
            if stop.wait(0.01):
                raise Interrupted("stopped")

    @property
    def words(self) -> list[str]:
        return [" ".join(command.argv) for command in self.given]


def job(*commands: str) -> Job:
    made = (
        Command(argv=tuple(words.split()), workdir=Path(), limits=Limits(wall_s=1), stdout=Path("out"), env={"A": "b"})
        for words in commands
    )
    return Job(id=commands[0], commands=tuple(made))


@pytest.fixture
def sandbox() -> ScriptedSandbox:
    return ScriptedSandbox()


def make_local(sandbox: ScriptedSandbox) -> Executor:
    return LocalExecutor(sandbox, Slots(count=2, cpus=2, memory_mb=8192), Flag())


MAKERS = {"local": make_local}


@pytest.fixture(params=sorted(MAKERS))
def executor(request: pytest.FixtureRequest, sandbox: ScriptedSandbox) -> Iterator[Executor]:
    made = MAKERS[request.param](sandbox)
    yield made
    sandbox.release.set()
    made.close()


def wait_for(sandbox: ScriptedSandbox, count: int) -> None:
    deadline = time.monotonic() + 5
    while len(sandbox.given) < count and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(sandbox.given) == count


class TestEveryExecutor:
    def test_has_the_slots_it_was_given(self, executor: Executor) -> None:
        assert executor.slots == 2

    def test_runs_commands_in_order(self, executor: Executor, sandbox: ScriptedSandbox) -> None:
        assert executor.submit(job("ok 1", "ok 2", "ok 3")).result(5) == (OK, OK, OK)
        assert sandbox.words == ["ok 1", "ok 2", "ok 3"]

    def test_stops_at_the_first_that_is_not_ok(self, executor: Executor, sandbox: ScriptedSandbox) -> None:
        assert executor.submit(job("ok 1", "crash 2", "ok 3")).result(5) == (OK, CRASH)
        assert sandbox.words == ["ok 1", "crash 2"]

    def test_fills_all_slots_and_no_more(self, executor: Executor, sandbox: ScriptedSandbox) -> None:
        futures = [executor.submit(job(f"hang {number}")) for number in range(6)]
        wait_for(sandbox, 2)
        time.sleep(0.05)
        assert len(sandbox.given) == 2
        sandbox.release.set()
        assert [future.result(5) for future in futures] == [(OK,)] * 6
        assert sandbox.most_at_once == 2

    def test_serves_in_order_of_submission(self, executor: Executor, sandbox: ScriptedSandbox) -> None:
        blocked = [executor.submit(job("hang")) for _ in range(2)]
        wait_for(sandbox, 2)
        queued = [executor.submit(job(f"ok {number}")) for number in range(20)]
        sandbox.release.set()
        for future in (*blocked, *queued):
            future.result(5)
        started = [int(words.split()[1]) for words in sandbox.words[2:]]
        assert all(abs(place - number) <= 1 for place, number in enumerate(started))

    def test_a_failing_sandbox_travels_in_the_future(self, executor: Executor, sandbox: ScriptedSandbox) -> None:
        with pytest.raises(ServiceError, match="broken"):
            executor.submit(job("ok 1", "fail 2", "ok 3")).result(5)
        assert sandbox.words == ["ok 1", "fail 2"]

    def test_a_failed_job_frees_its_slot(self, executor: Executor) -> None:
        failed = [executor.submit(job("fail")) for _ in range(5)]
        assert all(isinstance(future.exception(5), ServiceError) for future in failed)
        assert executor.submit(job("ok")).result(5) == (OK,)

    def test_close_interrupts_what_runs_and_what_waits(self, executor: Executor, sandbox: ScriptedSandbox) -> None:
        futures = [executor.submit(job(f"hang {number}", "ok")) for number in range(5)]
        wait_for(sandbox, 2)
        executor.close()
        assert all(isinstance(future.exception(0), Interrupted) for future in futures)
        assert len(sandbox.given) == 2

    def test_close_lets_finished_results_be(self, executor: Executor) -> None:
        future = executor.submit(job("ok"))
        assert future.result(5) == (OK,)
        executor.close()
        assert future.result(0) == (OK,)

    def test_takes_nothing_after_close(self, executor: Executor) -> None:
        executor.close()
        executor.close()
        with pytest.raises(Interrupted):
            executor.submit(job("ok"))
