import threading
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.errors import Interrupted
from agents.executors.local import LocalExecutor
from agents.executors.slots import Slot
from agents.schema import Command, Completion, Job, Limits


class Recorder:
    """Keeps the environments it was given; each command waits for `together` others before it ends."""

    name = "recorder"
    guarantees = ("none",)

    def __init__(self, together: int) -> None:
        self.barrier = threading.Barrier(together)
        self.seen: list[dict[str, str]] = []

    def close(self) -> None:
        """Nothing is kept."""

    def run(self, command: Command, stop: Flag) -> Completion:
        self.seen.append(command.env)
        self.barrier.wait(5)
        return Completion(status="ok", exit_code=0, wall_s=0.0)


def job(name: str, **env: str) -> Job:
    command = Command(argv=("x",), workdir=Path(), limits=Limits(wall_s=1), stdout=Path("out"), env=env)
    return Job(id=name, commands=(command,))


def run_all(slots: tuple[Slot, ...], *jobs: Job, together: int) -> list[dict[str, str]]:
    recorder = Recorder(together)
    executor = LocalExecutor(recorder, slots, Flag())
    for future in [executor.submit(one) for one in jobs]:
        future.result(5)
    executor.close()
    return recorder.seen


def test_jobs_at_once_have_different_gpus() -> None:
    slots = (Slot(gpu="0", cpus=4), Slot(gpu="MIG-1", cpus=4))
    seen = run_all(slots, job("a"), job("b"), job("c"), job("d"), together=2)
    assert sorted(env["CUDA_VISIBLE_DEVICES"] for env in seen) == ["0", "0", "MIG-1", "MIG-1"]
    assert {seen[0]["CUDA_VISIBLE_DEVICES"], seen[1]["CUDA_VISIBLE_DEVICES"]} == {"0", "MIG-1"}
    assert {env["OMP_NUM_THREADS"] for env in seen} == {"4"}


def test_the_slot_has_the_last_word_on_gpus_and_threads() -> None:
    (env,) = run_all((Slot(),), job("a", CUDA_VISIBLE_DEVICES="7", OMP_NUM_THREADS="64", OTHER="kept"), together=1)
    assert env["CUDA_VISIBLE_DEVICES"] == ""
    assert env["OMP_NUM_THREADS"] == env["MKL_NUM_THREADS"] == env["OPENBLAS_NUM_THREADS"] == "1"
    assert env["OTHER"] == "kept"


def test_a_stop_from_outside_interrupts_as_close_does() -> None:
    stop = Flag()
    executor = LocalExecutor(Recorder(1), (Slot(),), stop)
    stop.set()
    with pytest.raises(Interrupted):
        executor.submit(job("a"))
    executor.close()


def test_close_sets_the_flag_that_the_run_watches() -> None:
    stop = Flag()
    LocalExecutor(Recorder(1), (Slot(),), stop).close()
    assert stop.is_set()
