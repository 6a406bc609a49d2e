"""What the executors that run jobs elsewhere must do besides: the same as the local one, with real programs."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag
from typing import Any, TypeAlias

import pytest

from agents.errors import Interrupted, ServiceError
from agents.executors.on_node import SandboxRecipe
from agents.executors.ray_cluster import RayExecutor
from agents.executors.slurm import SlurmExecutor
from agents.schema import Command, Job, Limits, Resources
from agents.services import Executor
from agents.settings import ExecutorSettings
from tests.agents.executors.clusters import ray_cluster

Connect: TypeAlias = Callable[[Flag], Executor]
PROCESS = SandboxRecipe(target="agents.sandbox.process:ProcessSandbox")
EACH = Resources(memory_mb=64)
WAIT_S = 120.0
PROGRAMS = {
    "ok": "open(sys.argv[1], 'w').close()",
    "crash": "open(sys.argv[1], 'w').close(); sys.exit(1)",
    "hang": "open(sys.argv[1], 'w').close(); import time; time.sleep(600)",
}

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module", params=["ray", "slurm"])
def site(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], Connect]]:
    """A cluster of two slots; SLURM's part is played by submitit's own stand-in of local processes."""
    if request.param == "slurm":
        pytest.importorskip("submitit", reason="submitit is not installed: pip install 'naturalist[slurm]'")
        local = ExecutorSettings(name="slurm", options={"cluster": "local", "slots": 2})
        yield lambda folder: lambda stop: SlurmExecutor(folder, local, PROCESS, stop)
        return
    with ray_cluster(2) as cluster:
        there = ExecutorSettings(name="ray", address=cluster.address)
        yield lambda folder: lambda stop: RayExecutor(folder, there, EACH, PROCESS, stop)


@pytest.fixture
def stop() -> Flag:
    return Flag()


@pytest.fixture
def executor(site: Callable[[Path], Connect], tmp_path: Path, stop: Flag) -> Iterator[Executor]:
    made = site(tmp_path / "run")(stop)
    yield made
    made.close()


class Bench:
    """Makes jobs of small programs, each of which leaves a file that is named like it in the job's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.jobs = 0

    def job(self, *programs: str) -> Job:
        self.jobs += 1
        folder = self.folder / f"job{self.jobs}"
        commands = tuple(self.command(folder, number, name) for number, name in enumerate(programs))
        return Job(id=f"s1-{self.jobs:04d}", commands=commands, resources=EACH)

    def command(self, folder: Path, number: int, name: str) -> Command:
        (folder / str(number)).mkdir(parents=True)
        argv = (sys.executable, "-c", f"import sys; {PROGRAMS.get(name, '')}", str(folder / str(number) / name))
        if name == "fail":
            argv = ("/nonexistent/program",)
        limits = Limits(wall_s=60, memory_mb=256)
        return Command(argv=argv, workdir=folder / str(number), limits=limits, stdout=folder / f"{number}.txt")

    def ran(self, number: int) -> list[str]:
        return [path.name for path in sorted((self.folder / f"job{number}").glob("*/*"))]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


class TestEveryRemoteExecutor:
    def test_has_slots(self, executor: Executor) -> None:
        assert executor.slots == 2

    def test_runs_commands_in_order_and_brings_home_what_they_wrote(self, executor: Executor, bench: Bench) -> None:
        completions = executor.submit(bench.job("ok", "ok", "ok")).result(WAIT_S)
        assert [completion.status for completion in completions] == ["ok"] * 3
        assert bench.ran(1) == ["ok", "ok", "ok"]

    def test_stops_at_the_first_that_is_not_ok(self, executor: Executor, bench: Bench) -> None:
        completions = executor.submit(bench.job("ok", "crash", "ok")).result(WAIT_S)
        assert [(completion.status, completion.exit_code) for completion in completions] == [("ok", 0), ("crash", 1)]
        assert bench.ran(1) == ["ok", "crash"]

    def test_runs_more_jobs_than_it_has_slots(self, executor: Executor, bench: Bench) -> None:
        futures = [executor.submit(bench.job("ok")) for _ in range(7)]
        assert [future.result(WAIT_S)[0].status for future in futures] == ["ok"] * 7

    def test_a_failing_sandbox_travels_in_the_future(self, executor: Executor, bench: Bench) -> None:
        with pytest.raises(ServiceError, match="cannot start /nonexistent/program"):
            executor.submit(bench.job("ok", "fail", "ok")).result(WAIT_S)
        assert executor.submit(bench.job("ok")).result(WAIT_S)[0].status == "ok"

    def test_close_interrupts_what_runs_and_what_waits(self, executor: Executor, bench: Bench) -> None:
        futures = [executor.submit(bench.job("hang", "ok")) for _ in range(5)]
        time.sleep(3)
        executor.close()
        assert all(isinstance(future.exception(0), Interrupted) for future in futures)

    def test_a_stop_is_heard(self, executor: Executor, bench: Bench, stop: Flag) -> None:
        future = executor.submit(bench.job("hang"))
        stop.set()
        assert isinstance(future.exception(WAIT_S), Interrupted)

    def test_close_lets_finished_results_be(self, executor: Executor, bench: Bench) -> None:
        future = executor.submit(bench.job("ok"))
        assert future.result(WAIT_S)[0].status == "ok"
        executor.close()
        assert future.result(0)[0].status == "ok"

    def test_takes_nothing_after_close(self, executor: Executor, bench: Bench) -> None:
        executor.close()
        executor.close()
        with pytest.raises(Interrupted):
            executor.submit(bench.job("ok"))

    def test_who_hears_of_a_result_may_submit_the_next(self, executor: Executor, bench: Bench) -> None:
        later: list[Any] = []
        executor.submit(bench.job("ok")).add_done_callback(lambda _: later.append(executor.submit(bench.job("ok"))))
        deadline = time.monotonic() + WAIT_S
        while not later and time.monotonic() < deadline:
            time.sleep(0.05)
        assert later[0].result(WAIT_S)[0].status == "ok"
