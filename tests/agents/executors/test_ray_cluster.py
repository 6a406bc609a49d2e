"""Experiments on a Ray cluster: nothing lost and nothing twice, whatever happens to its nodes."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import psutil
import pytest

from agents.errors import Interrupted, ServiceError, UserError
from agents.events import ExperimentFinished
from agents.executors.on_node import SandboxRecipe
from agents.executors.ray_cluster import RayExecutor
from agents.executors.ray_demand import check_room, count_room, demand, task_options
from agents.experiments.batch import run_batch
from agents.schema import Command, Experiment, Job, Limits, Resources
from agents.services import Services
from agents.settings import ExecutorSettings
from agents.store.journal import SqlJournal
from tests.agents.executors.clusters import ray_cluster
from tests.agents.experiments.laboratory import code, make_experiment, make_services, write_template
from tests.fakes import EventList

PROCESS = SandboxRecipe(target="agents.sandbox.process:ProcessSandbox")
EACH = Resources(memory_mb=64)
SHORT = """
import time, random
time.sleep(0.2 + 0.3 * random.Random(seed).random())
(out / 'result.json').write_text(json.dumps({'score': seed}))
"""


class TestDemand:
    NODES = ({"CPU": 4.0, "memory": 8 * 2.0**30}, {"CPU": 2.0, "memory": 2.0**30, "GPU": 2.0, "license": 1.0})

    def test_a_cluster_without_gpus_is_asked_for_none(self) -> None:
        needed = Resources(cpus=1, memory_mb=1024, gpus=1.0)
        assert demand(needed, {}, self.NODES[:1]) == {"CPU": 1.0, "memory": 2.0**30}
        assert demand(needed, {}, self.NODES)["GPU"] == 1.0

    def test_options_have_the_last_word(self) -> None:
        asked = demand(Resources(memory_mb=1), {"num_cpus": 0.5, "num_gpus": 0.25, "resource.license": 1}, self.NODES)
        assert asked == {"CPU": 0.5, "GPU": 0.25, "memory": 2.0**20, "license": 1.0}
        assert task_options(asked)["resources"] == {"license": 1.0}

    def test_room_is_counted_node_by_node(self) -> None:
        assert count_room({"CPU": 3.0}, self.NODES) == 1
        assert count_room({"CPU": 1.0, "memory": 2.0**30}, self.NODES) == 5

    def test_a_job_that_fits_nowhere_is_told(self) -> None:
        with pytest.raises(ServiceError, match=r"no node of the Ray cluster has 3 GPU, 64 MB memory"):
            check_room({"GPU": 3.0, "memory": 64 * 2.0**20}, self.NODES)


def make_job(folder: Path, text: str, **needed: Any) -> Job:
    (folder / "out").mkdir(parents=True)
    (folder / "main.py").write_text(text)
    command = Command(
        argv=(sys.executable, str(folder / "main.py")), workdir=folder / "out", readable=(folder / "main.py",),
        limits=Limits(wall_s=60, memory_mb=256), stdout=folder / "stdout.txt",
    )  # fmt: skip
    return Job(id="s1-0001", commands=(command,), resources=EACH.model_copy(update=needed))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with ray_cluster(2, 1) as made:
        yield made


@pytest.fixture
def connect(tmp_path: Path, cluster: Any) -> Iterator[Callable[..., RayExecutor]]:
    made: list[RayExecutor] = []

    def make(stop: Flag | None = None, **options: Any) -> RayExecutor:
        settings = ExecutorSettings(name="ray", address=cluster.address, options=options)
        made.append(RayExecutor(tmp_path, settings, EACH, PROCESS, stop or Flag()))
        return made[-1]

    yield make
    for executor in made:
        executor.close()


@pytest.mark.heavy
class TestOnACluster:
    def test_slots_follow_the_cluster(self, connect: Callable[..., RayExecutor]) -> None:
        assert connect().slots == 3

    def test_slots_can_be_set(self, connect: Callable[..., RayExecutor]) -> None:
        assert connect(slots=17).slots == 17

    def test_the_handling_of_sigterm_stays_ours(self, connect: Callable[..., RayExecutor]) -> None:
        before = signal.getsignal(signal.SIGTERM)
        connect().close()
        assert signal.getsignal(signal.SIGTERM) is before

    def test_a_job_gets_its_threads_and_no_secret(
        self, connect: Callable[..., RayExecutor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SOME_TOKEN", "hush")
        text = "import os; print(os.environ['OMP_NUM_THREADS'], 'SOME_TOKEN' in os.environ)"
        connect().submit(make_job(tmp_path / "a", text, cpus=2)).result(60)
        assert (tmp_path / "a" / "stdout.txt").read_text() == "2 False\n"

    def test_a_job_that_no_node_can_hold_is_refused(self, connect: Callable[..., RayExecutor], tmp_path: Path) -> None:
        with pytest.raises(ServiceError, match="no node of the Ray cluster has 99 CPU"):
            connect().submit(make_job(tmp_path / "a", "", cpus=99))

    def test_shared_storage_is_used_in_place(self, connect: Callable[..., RayExecutor], tmp_path: Path) -> None:
        job = make_job(tmp_path / "a", "import os; print(os.getcwd())")
        connect(shared=1).submit(job).result(60)
        assert (tmp_path / "a" / "stdout.txt").read_text() == f"{tmp_path}/a/out\n"

    def test_nothing_runs_on_after_a_stop(self, connect: Callable[..., RayExecutor], tmp_path: Path) -> None:
        stop = Flag()
        executor = connect(stop)
        text = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600.125)'])"
        running = [executor.submit(make_job(tmp_path / str(n), text)) for n in range(3)]
        wait_until(lambda: len(find_processes("600.125")) >= 2)
        stop.set()
        assert all(isinstance(future.exception(30), Interrupted) for future in running)
        wait_until(lambda: not find_processes("600.125"))

    def test_a_worker_that_is_killed_costs_nothing(self, connect: Callable[..., RayExecutor], tmp_path: Path) -> None:
        executor = connect()
        future = executor.submit(make_job(tmp_path / "a", "import time; time.sleep(3.625); open('x', 'w').close()"))
        wait_until(lambda: bool(find_processes(f"ray::{tmp_path.name}")))
        for process in find_processes(f"ray::{tmp_path.name}"):
            process.send_signal(signal.SIGKILL)
        assert future.result(60)[0].status == "ok"
        assert [path.name for path in (tmp_path / "a" / "out").iterdir()] == ["x"]


@pytest.mark.heavy
def test_an_address_that_nobody_answers_is_told(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    settings = ExecutorSettings(name="ray", address="127.0.0.1:1")
    with pytest.raises(ServiceError, match=r"cannot reach a Ray cluster at 127\.0\.0\.1:1"):
        RayExecutor(tmp_path, settings, EACH, PROCESS, Flag())


def test_a_client_address_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    with pytest.raises(UserError, match="run Naturalist on a node"):
        RayExecutor(tmp_path, ExecutorSettings(address="ray://127.0.0.1:1"), EACH, PROCESS, Flag())


@pytest.mark.heavy
def test_keys_of_the_driver_are_hidden_from_a_cluster_that_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("SOME_TOKEN", "hush-15d2")
    executor = RayExecutor(tmp_path, ExecutorSettings(name="ray"), EACH, PROCESS, Flag())
    try:
        executor.submit(make_job(tmp_path / "a", "")).result(60)
        started = psutil.Process().children(recursive=True)
        assert len(started) >= 3
        assert not [process for process in started if b"hush-15d2" in environment_of(process)]
    finally:
        executor.close()
    assert os.environ["SOME_TOKEN"] == "hush-15d2"


@pytest.mark.heavy
def test_two_hundred_experiments_survive_the_loss_of_a_node(tmp_path: Path) -> None:
    """Each is in the journal once, with its own result, though a third of the cluster went away in the middle."""
    with ray_cluster(2, 2, 2) as cluster:
        settings = ExecutorSettings(name="ray", address=cluster.address)
        executor = RayExecutor(tmp_path, settings, EACH, PROCESS, Flag())
        journal = SqlJournal(f"sqlite:///{tmp_path}/journal.db")
        try:
            services = with_journal(make_services(tmp_path, write_template(tmp_path / "t"), executor), journal)
            planned = [(make_experiment(index=n, seed=n), code(SHORT)) for n in range(200)]
            remover = Thread(target=remove_in_the_middle, args=(cluster, journal))
            remover.start()
            run_batch(services, planned)
            remover.join()
            check_results(services, journal.experiments("s1"))
            assert executor.slots == 4
        finally:
            executor.close()
            journal.close()


def remove_in_the_middle(cluster: Any, journal: SqlJournal) -> None:
    wait_until(lambda: sum(1 for row in journal.experiments("s1") if row.outcome) >= 80, timeout_s=300)
    cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)


def check_results(services: Services, rows: list[Experiment]) -> None:
    assert [row.index for row in rows] == list(range(200))
    assert [row.value("score") for row in rows] == [float(seed) for seed in range(200)]
    assert isinstance(services.events, EventList)
    told = [event.experiment for event in services.events.events if isinstance(event, ExperimentFinished)]
    assert len(told) == len(set(told)) == 200


def with_journal(services: Services, journal: SqlJournal) -> Services:

    return replace(services, journal=journal)


def find_processes(words: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.Process().children(recursive=True):
        try:
            if any(words in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def environment_of(process: psutil.Process) -> bytes:
    try:
        return Path(f"/proc/{process.pid}/environ").read_bytes()
    except OSError:
        return b""


def wait_until(is_so: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
