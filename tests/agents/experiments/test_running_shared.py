"""Experiments that share a GPU, or wait for their turn: neither neighbours nor the queue may cost them anything."""

import json
import threading
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.experiments.running import RAN_AGAIN, start_experiment
from agents.sandbox.process import ProcessSandbox
from agents.schema import Command, Completion, Outcome
from agents.services import Services
from tests.agents.experiments.laboratory import HONEST, code, make_experiment, make_services, write_template

OK = Completion(status="ok", exit_code=0, wall_s=1.0)
NO_GPU_MEMORY = Completion(
    status="oom", exit_code=1, wall_s=1.0, detail="torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 9 GiB"
)
NO_MEMORY = Completion(status="oom", exit_code=None, wall_s=1.0, detail="used 999 MB of memory; its limit is 256 MB")


class SmallGpu:
    """A sandbox whose first two programs meet on a GPU, and end as `company` says; one alone ends as `alone`."""

    name = "small-gpu"
    guarantees = ("none",)

    def __init__(self, company: Completion, alone: Completion = OK) -> None:
        self.company, self.alone = company, alone
        self.together = threading.Barrier(2)
        self.lock = threading.Lock()
        self.at_once = 0
        self.seen: list[tuple[str, str, bool]] = []
        """Of each run: the experiment, its GPU, whether an earlier run had left something in its folder."""

    def close(self) -> None:
        """Nothing is kept."""

    def run(self, command: Command, stop: Flag) -> Completion:
        if "--artefacts" in command.argv:
            (command.workdir / "metrics.json").write_text(json.dumps({"score": 1.0, "loss": 1.0}))
            return OK
        with self.lock:
            left, number = command.workdir / "left", len(self.seen)
            self.seen.append((command.workdir.parent.name, command.env["CUDA_VISIBLE_DEVICES"], left.exists()))
            self.at_once += 1
        left.write_text("half a result")
        if number < 2:
            self.together.wait(10)
        with self.lock:
            has_company = number < 2 or self.at_once > 1
            self.at_once -= 1
        return self.company if has_company else self.alone


def share(folder: Path, sandbox: SmallGpu) -> list[Outcome]:
    """Two experiments that start together on one GPU."""
    template = write_template(folder / "tiny").model_copy(update={"gpus": 0.5})
    executor = LocalExecutor(sandbox, Slots(count=2, cpus=2, memory_mb=4096, gpus=("0",)), Flag())
    services = make_services(folder / "run", template, executor)
    started = [start_experiment(services, make_experiment(index=number), HONEST) for number in (1, 2)]
    outcomes = [future.result(20) for future in started]
    executor.close()
    return outcomes


def test_out_of_memory_on_a_shared_gpu_is_run_again_alone_from_a_fresh_folder(tmp_path: Path) -> None:
    sandbox = SmallGpu(NO_GPU_MEMORY)
    outcomes = share(tmp_path, sandbox)
    assert [(outcome.status, outcome.detail) for outcome in outcomes] == [("ok", RAN_AGAIN)] * 2
    assert sorted(sandbox.seen) == [(name, "0", False) for name in ("s1-0001", "s1-0001", "s1-0002", "s1-0002")]


def test_alone_it_is_not_run_a_third_time(tmp_path: Path) -> None:
    sandbox = SmallGpu(NO_GPU_MEMORY, alone=NO_GPU_MEMORY)
    outcomes = share(tmp_path, sandbox)
    assert len(sandbox.seen) == 4
    assert {outcome.status for outcome in outcomes} == {"oom"}
    assert outcomes[0].detail == f"{NO_GPU_MEMORY.detail}; {RAN_AGAIN}"


def test_a_limit_of_main_memory_has_nothing_to_do_with_neighbours(tmp_path: Path) -> None:
    sandbox = SmallGpu(NO_MEMORY)
    outcomes = share(tmp_path, sandbox)
    assert len(sandbox.seen) == 2
    assert {outcome.detail for outcome in outcomes} == {NO_MEMORY.detail}


# --- waiting ---------------------------------------------------------------


def one_slot(folder: Path, timeout_s: float) -> Services:
    sandbox, slots = ProcessSandbox(), Slots(count=1, cpus=1, memory_mb=4096)
    executor = LocalExecutor(sandbox, slots, Flag())
    return make_services(folder / "run", write_template(folder / "tiny", timeout_s=timeout_s), executor)


@pytest.mark.slow
def test_waiting_for_a_slot_costs_no_time(tmp_path: Path) -> None:
    """Four of 1.5 s each in one slot: the last one waits for longer than the limit of 4 s."""
    services = one_slot(tmp_path, timeout_s=4)
    slow = code("import time\ntime.sleep(1.5)\n(out / 'result.json').write_text('{\"score\": 1}')")
    started = [start_experiment(services, make_experiment(index=number), slow) for number in range(4)]
    outcomes = [future.result(60) for future in started]
    assert [outcome.status for outcome in outcomes] == ["ok"] * 4
    assert all(1.5 <= outcome.wall_s < 4 for outcome in outcomes)
    services.executor.close()
