import threading
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.errors import Interrupted, UserError
from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.schema import Command, Completion, Job, Limits, Resources

SMALL, LARGE = Resources(memory_mb=1000), Resources(memory_mb=3000)


class Gate:
    """A sandbox whose programs run until they are let go; keeps the order and environment in which they began."""

    name = "gate"
    guarantees = ("none",)

    def __init__(self) -> None:
        self.begun: list[Command] = []
        self.open: dict[str, Flag] = {}
        self.lock = threading.Lock()

    def close(self) -> None:
        """Nothing is kept."""

    def run(self, command: Command, stop: Flag) -> Completion:
        with self.lock:
            self.begun.append(command)
        while not self.flag(command.argv[0]).wait(0.005):
            if stop.is_set():
                raise Interrupted("stopped")
        return Completion(status="ok", exit_code=0, wall_s=0.0)

    def flag(self, name: str) -> Flag:
        with self.lock:
            return self.open.setdefault(name, Flag())

    def names(self) -> list[str]:
        return [command.argv[0] for command in self.begun]


def job(name: str, resources: Resources = SMALL, **env: str) -> Job:
    command = Command(argv=(name,), workdir=Path(), limits=Limits(wall_s=1), stdout=Path("out"), env=env)
    return Job(id=name, commands=(command,), resources=resources)


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.002)
    assert is_true()


def machine(count: int = 4, gpus: tuple[str, ...] = ()) -> Slots:
    return Slots(count=count, cpus=8, memory_mb=4000, gpus=gpus)


def run_all(slots: Slots, *jobs: Job, together: int) -> list[dict[str, str]]:
    """Environments of the jobs, `together` of which run at once."""
    gate = Gate()
    executor = LocalExecutor(gate, slots, Flag())
    futures = [executor.submit(one) for one in jobs]
    for begin in range(0, len(jobs), together):
        wait_until(lambda end=begin + together: len(gate.begun) == min(end, len(jobs)))
        for command in gate.begun[begin:]:
            gate.flag(command.argv[0]).set()
    for future in futures:
        future.result(10)
    executor.close()
    return [command.env for command in gate.begun]


def test_jobs_at_once_have_different_gpus() -> None:
    whole = Resources(memory_mb=1000, gpus=1, cpus=4)
    seen = run_all(machine(gpus=("0", "MIG-1")), *(job(name, whole) for name in "abcd"), together=2)
    assert sorted(env["CUDA_VISIBLE_DEVICES"] for env in seen) == ["0", "0", "MIG-1", "MIG-1"]
    assert {seen[0]["CUDA_VISIBLE_DEVICES"], seen[1]["CUDA_VISIBLE_DEVICES"]} == {"0", "MIG-1"}
    assert {env["OMP_NUM_THREADS"] for env in seen} == {"4"}


def test_four_jobs_share_a_gpu_by_quarters() -> None:
    quarter = Resources(memory_mb=100, gpus=0.25)
    seen = run_all(machine(count=9, gpus=("0",)), *(job(name, quarter) for name in "abcdefgh"), together=4)
    assert {env["CUDA_VISIBLE_DEVICES"] for env in seen} == {"0"}


def test_the_placement_has_the_last_word_on_gpus_and_threads() -> None:
    given = job("a", CUDA_VISIBLE_DEVICES="7", OMP_NUM_THREADS="64", OTHER="kept")
    (env,) = run_all(machine(), given, together=1)
    assert env["CUDA_VISIBLE_DEVICES"] == ""
    assert env["OMP_NUM_THREADS"] == env["MKL_NUM_THREADS"] == env["OPENBLAS_NUM_THREADS"] == "1"
    assert env["OTHER"] == "kept"


def test_a_large_job_is_not_overtaken_by_small_ones() -> None:
    gate = Gate()
    executor = LocalExecutor(gate, machine(), Flag())
    futures = [executor.submit(job("first")), executor.submit(job("second"))]
    futures.append(executor.submit(job("large", LARGE)))
    futures += [executor.submit(job(f"small {number}")) for number in range(5)]
    gate.flag("first").set()
    wait_until(lambda: "large" in gate.names())
    assert gate.names()[:3] == ["first", "second", "large"]
    for name in ("second", "large", *(f"small {number}" for number in range(5))):
        gate.flag(name).set()
    assert all(future.result(10)[0].status == "ok" for future in futures)
    executor.close()


def test_a_slot_is_free_before_the_result_is_heard() -> None:
    """A listener that reads artefacts for a while must not keep the next job waiting."""
    gate = Gate()
    executor = LocalExecutor(gate, machine(count=1), Flag())
    first, second = executor.submit(job("first")), executor.submit(job("second"))
    first.add_done_callback(lambda _: wait_until(lambda: "second" in gate.names()))
    gate.flag("first").set()
    gate.flag("second").set()
    assert second.result(10)[0].status == "ok"
    executor.close()


def test_a_listener_may_submit_and_close_waits_for_no_one() -> None:
    gate, again = Gate(), list[str]()
    executor = LocalExecutor(gate, machine(count=1), Flag())
    first = executor.submit(job("first"))
    first.add_done_callback(lambda _: again.extend(executor.submit(job("again")) and ["submitted"]))
    gate.flag("first").set()
    wait_until(lambda: "again" in gate.names())
    executor.close()
    assert again == ["submitted"]


def test_what_can_never_run_is_refused_at_once() -> None:
    executor = LocalExecutor(Gate(), machine(gpus=("0",)), Flag())
    with pytest.raises(UserError, match="needs 2 GPUs and this machine has 1"):
        executor.submit(job("a", Resources(gpus=2)))
    executor.close()


def test_a_stop_from_outside_interrupts_as_close_does() -> None:
    stop = Flag()
    executor = LocalExecutor(Gate(), machine(count=1), stop)
    futures = [executor.submit(job(name)) for name in ("runs", "waits", "waits too")]
    stop.set()
    assert all(isinstance(future.exception(10), Interrupted) for future in futures)
    with pytest.raises(Interrupted):
        executor.submit(job("late"))
    executor.close()


def test_close_sets_the_flag_that_the_run_watches() -> None:
    stop = Flag()
    LocalExecutor(Gate(), machine(), stop).close()
    assert stop.is_set()
