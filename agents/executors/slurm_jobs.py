"""Jobs as SLURM jobs, through submitit: parameters, arrays, results."""

import os
import pickle
import subprocess
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

from agents.errors import ServiceError, UserError
from agents.executors.on_node import SandboxRecipe
from agents.executors.parcels import Return
from agents.executors.shipping import share_job
from agents.executors.slurm_task import SlurmTask
from agents.schema import Job

NEEDED_EXTRA = "the SLURM executor needs submitit: pip install 'naturalist[slurm]'"
Options: TypeAlias = Mapping[str, str | int | float]
_GENERIC = ("timeout_min", "mem_gb", "nodes", "cpus_per_task", "gpus_per_node", "tasks_per_node", "stderr_to_stdout")
_OURS = ("slots", "cluster")
_OVERHEAD_MB = 512
"""What Naturalist itself takes on the node, beside the experiment."""
_OVERHEAD_S = 180.0
"""Starting Python from shared storage, and the 90 s before its limit at which submitit stops a job."""
_EXPORTED = ("PATH", "HOME", "USER", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONPATH", "SLURM_CONF")


class SlurmJobs:
    """Submits to SLURM; `options` are submitit's parameters, those for SLURM alone with or without "slurm_"."""

    def __init__(self, folder: Path, name: str, options: Options, recipe: SandboxRecipe) -> None:
        try:
            submitit = import_module("submitit")
        except ImportError as error:
            raise UserError(NEEDED_EXTRA) from error
        self._recipe, self._name = recipe, name
        self._given = {_spelt(key): value for key, value in options.items() if key not in _OURS}
        try:
            self._executor: Any = submitit.AutoExecutor(folder, cluster=str(options.get("cluster", "slurm")))
            self._executor.update_parameters(**self._given)
        except (RuntimeError, AssertionError, NameError, ValueError) as error:
            raise UserError(f"executor.options: {_one_line(error)}") from error

    def submit(self, jobs: Sequence[Job]) -> list[Any]:
        """Submit jobs that want the same as one array; the handles are in the order of the jobs."""
        handles: list[Any] = []
        for parameters, alike in groupby(jobs, self.parameters):
            self._executor.update_parameters(**parameters)
            handles += self._submit_array([*alike])
        return handles

    def parameters(self, job: Job) -> dict[str, Any]:
        """What submitit is told of a job; what the user said has the last word."""
        needed, wall_s = job.resources, sum(command.limits.wall_s for command in job.commands)
        exported = ",".join(name for name in _EXPORTED if name in os.environ)  # no key of ours goes to the nodes
        return {
            "name": self._name,
            "timeout_min": int((wall_s + _OVERHEAD_S) / 60) + 1,
            "cpus_per_task": needed.cpus,
            "mem_gb": (needed.memory_mb + _OVERHEAD_MB) / 1024,
            "slurm_additional_parameters": {"export": exported, "requeue": True},
            "slurm_srun_args": ["--export=ALL"],  # of what the job itself got
            **self._given,
        }

    def _submit_array(self, jobs: Sequence[Job]) -> list[Any]:
        tasks = [SlurmTask(share_job(job), self._recipe) for job in jobs]
        try:
            with self._executor.batch():
                return [self._executor.submit(task) for task in tasks]
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            raise ServiceError(f"SLURM took no job: {_one_line(error)}; try sbatch by hand, then resume") from error


def has_ended(handle: Any) -> bool:
    """Whether a job has left its result."""
    return handle.paths.result_pickle.exists()


def take_result(handle: Any) -> Return:
    """The result of a job that has ended; its files in the SLURM folder are removed, unless it broke."""
    try:
        returned: Return = handle.result()
    except (RuntimeError, OSError, EOFError, pickle.UnpicklingError) as error:  # submitit's errors are RuntimeErrors
        reason = str(error).replace("-" * 22, "").strip()
        said = next((line for line in reversed(reason.splitlines()) if "Error" in line), reason[:200])
        raise ServiceError(f"a SLURM job failed: {said.strip()} (see {handle.paths.stderr})") from error
    for path in (handle.paths.submitted_pickle, handle.paths.result_pickle, handle.paths.stdout, handle.paths.stderr):
        path.unlink(missing_ok=True)
    return returned


def _spelt(option: str) -> str:
    return option if option in _GENERIC or "slurm_" in option else f"slurm_{option}"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
