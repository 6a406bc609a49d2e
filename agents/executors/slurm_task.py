"""What a SLURM job runs: one experiment, on the storage that it shares with the driver."""

import os
import signal
import time
from importlib import import_module
from threading import Event as Flag
from typing import Any

from agents.executors.admission import Placement
from agents.executors.on_node import SandboxRecipe, run_parcel
from agents.executors.parcels import Parcel, Return
from agents.executors.slots import find_gpus

_EXIT_CODE = 128 + signal.SIGTERM
_HEARING_S = 2.0


class SlurmTask:
    """A job as submitit pickles it. When it is preempted it is queued again, and starts from nothing."""

    def __init__(self, parcel: Parcel, recipe: SandboxRecipe) -> None:
        self._parcel, self._recipe = parcel, recipe

    def __call__(self) -> Return:
        needed = self._parcel.job.resources
        gpus = find_gpus(os.environ) if os.environ.get("CUDA_VISIBLE_DEVICES") else ()
        placement = Placement(needed.cpus, needed.memory_mb, gpus)
        signal.signal(signal.SIGTERM, _leave)
        returned = run_parcel(self._parcel, _nothing_is_shipped, self._recipe, placement, Flag())
        if any(completion.exit_code == -signal.SIGTERM for completion in returned.completions):
            time.sleep(_HEARING_S)  # SLURM tells every process of a job; if it did, our turn is next
        return returned

    def checkpoint(self) -> Any:
        """What submitit queues in this job's place."""
        return import_module("submitit.helpers").DelayedSubmission(self)


def _leave(_number: int, _frame: object) -> None:
    """Go without a result: SLURM takes the node away, and what it did to the experiment says nothing of that.

    The launcher ends the experiment when its driver is gone. Whoever still wants the job runs it again.
    """
    os._exit(_EXIT_CODE)


def _nothing_is_shipped(digest: str) -> bytes:
    raise LookupError(digest)
