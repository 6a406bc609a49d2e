"""Experiments as SLURM jobs: queued as arrays, started again when SLURM takes their node, never left behind."""

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import psutil
import pytest

from agents.errors import Interrupted, UserError
from agents.executors.on_node import SandboxRecipe
from agents.executors.shipping import share_job
from agents.executors.slurm import SlurmExecutor
from agents.executors.slurm_jobs import SlurmJobs
from agents.executors.slurm_queue import SlurmQueue
from agents.executors.slurm_task import SlurmTask
from agents.experiments.batch import run_batch
from agents.schema import Command, Job, Limits, Resources
from agents.settings import ExecutorSettings
from agents.store.journal import SqlJournal
from tests.agents.executors.clusters import slurm_site
from tests.agents.experiments.laboratory import code, make_experiment, make_services, write_template

PROCESS = SandboxRecipe(target="agents.sandbox.process:ProcessSandbox")
SHORT = "import time; time.sleep(1); (out / 'result.json').write_text(json.dumps({'score': seed}))"

pytest.importorskip("submitit", reason="submitit is not installed: pip install 'naturalist[slurm]'")


def make_job(folder: Path, text: str) -> Job:
    (folder / "out").mkdir(parents=True)
    (folder / "main.py").write_text(text)
    command = Command(
        argv=(sys.executable, str(folder / "main.py")), workdir=folder / "out", readable=(folder / "main.py",),
        limits=Limits(wall_s=90, memory_mb=256), stdout=folder / "stdout.txt",
    )  # fmt: skip
    return Job(id="s1-0001", commands=(command,), resources=Resources(cpus=2, memory_mb=512))


class TestParameters:
    def test_follow_from_the_job_and_the_options(self, tmp_path: Path) -> None:
        options = {"cluster": "local", "partition": "main", "slurm_account": "us", "gpus_per_node": 1, "slots": 9}
        jobs = SlurmJobs(tmp_path / "slurm", "naturalist-x", options, PROCESS)
        found = jobs.parameters(make_job(tmp_path / "a", ""))
        assert (found["slurm_partition"], found["slurm_account"], found["gpus_per_node"]) == ("main", "us", 1)
        assert (found["timeout_min"], found["mem_gb"], found["cpus_per_task"]) == (5, 1.0, 2)
        assert "slots" not in found

    def test_export_no_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOME_TOKEN", "hush")
        jobs = SlurmJobs(tmp_path / "slurm", "naturalist-x", {"cluster": "local"}, PROCESS)
        exported = jobs.parameters(make_job(tmp_path / "a", ""))["slurm_additional_parameters"]["export"].split(",")
        assert "PATH" in exported
        assert not {"SOME_TOKEN", "ALL"} & {*exported}

    def test_an_unknown_option_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=r"executor\.options: .*colour"):
            SlurmJobs(tmp_path / "slurm", "naturalist-x", {"cluster": "local", "colour": "red"}, PROCESS)


def test_a_task_that_slurm_ends_leaves_no_result_and_no_process(tmp_path: Path) -> None:
    """SLURM tells every process of a job to end; an experiment that did so must not count as a crash."""
    job = make_job(tmp_path / "a", "import time; time.sleep(600.375)")
    program = "import pickle, sys; print(pickle.load(open(sys.argv[1], 'rb'))())"
    (tmp_path / "task").write_bytes(pickle.dumps(SlurmTask(share_job(job), PROCESS)))
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "task")], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    ) as process:
        wait_until(lambda: bool(experiments_of(process.pid, str(tmp_path))))
        experiment = experiments_of(process.pid, str(tmp_path))[0]
        for each in (experiment, process):
            each.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=30)[0] == b""
        assert process.returncode == 143
    wait_until(lambda: not experiment.is_running())


@pytest.mark.heavy
class TestOnASlurmSite:
    def test_twenty_experiments_survive_a_requeue(self, tmp_path: Path) -> None:
        """One that runs is sent back to the queue; SLURM starts it again two minutes later."""
        with slurm_site(tmp_path / "site"):
            executor = connect(tmp_path / "run")
            journal = SqlJournal(f"sqlite:///{tmp_path}/journal.db")
            try:
                services = make_services(tmp_path / "run", write_template(tmp_path / "t"), executor)
                planned = [(make_experiment(index=n, seed=n), code(SHORT)) for n in range(20)]
                meddler = Thread(target=requeue_one)
                meddler.start()
                run_batch(replace(services, journal=journal), planned)
                meddler.join()
                rows = journal.experiments("s1")
                assert [row.value("score") for row in rows] == [float(seed) for seed in range(20)]
            finally:
                executor.close()
                journal.close()

    def test_nothing_runs_on_after_a_stop_or_a_driver_that_died(self, tmp_path: Path) -> None:
        with slurm_site(tmp_path / "site"):
            executor = connect(tmp_path / "run")
            future = executor.submit(make_job(tmp_path / "a", "import time; time.sleep(80.375)"))
            wait_until(lambda: bool(running(tmp_path)))
            second = connect(tmp_path / "run")  # as after a kill of the first, which left its job behind
            wait_until(lambda: not running(tmp_path))
            executor.close()
            second.close()
            assert isinstance(future.exception(0), Interrupted)
            assert SlurmQueue("").alive([]) == set()


def connect(folder: Path) -> SlurmExecutor:
    return SlurmExecutor(folder, ExecutorSettings(name="slurm", options={"partition": "main"}), PROCESS, Flag())


def requeue_one() -> None:
    wait_until(lambda: len(running_jobs()) > 1)
    time.sleep(2)
    subprocess.run(["scontrol", "requeue", running_jobs()[0]], check=True)


def running_jobs() -> Sequence[str]:
    command = ["squeue", "--noheader", "--array", "--state=RUNNING", "--format=%i"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def running(folder: Path) -> list[psutil.Process]:
    return [process for process in psutil.process_iter() if is_experiment(process, str(folder))]


def experiments_of(pid: int, folder: str) -> list[psutil.Process]:
    return [process for process in psutil.Process(pid).children(recursive=True) if is_experiment(process, folder)]


def is_experiment(process: psutil.Process, folder: str) -> bool:
    try:
        words: list[Any] = process.cmdline()
        return len(words) > 1 and words[1].startswith(folder) and words[1].endswith("main.py")
    except psutil.Error:
        return False


def wait_until(is_so: Callable[[], bool], timeout_s: float = 90.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
