"""What SLURM says of our jobs, and their end. By squeue, which every site has; not by sacct, which needs accounting."""

import subprocess
import time
from collections.abc import Sequence
from typing import Any, Protocol

from agents.errors import ServiceError

_PATIENCE_S = 600.0
_TIMEOUT_S = 60.0
_END_S = 15.0
_WAIT_S = 0.05


class Queue(Protocol):
    """The jobs of one run that are waiting or running."""

    def alive(self, jobs: Sequence[Any], /) -> set[str] | None:
        """Ids of those that SLURM still has; None when it does not answer for the moment."""
        ...

    def cancel(self, jobs: Sequence[Any], /) -> None:
        """End all jobs of the run, also those of a driver that died."""
        ...


class SlurmQueue:
    """Finds the jobs of a run by their name. A controller may be away for ten minutes, as in a restart."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._answered = time.monotonic()

    def alive(self, _jobs: Sequence[Any], /) -> set[str] | None:
        listing = _say("squeue", "--noheader", "--array", f"--name={self._name}", "--format=%i")
        if listing is not None:
            self._answered = time.monotonic()
            return set(listing.split())
        if time.monotonic() - self._answered > _PATIENCE_S:
            raise ServiceError("SLURM has not answered for ten minutes; resume the run when it does (try squeue)")
        return None

    def cancel(self, _jobs: Sequence[Any], /) -> None:
        """Kill at once what runs: SLURM's own way leaves it half a minute after SIGTERM."""
        _say("scancel", "--quiet", "--state=PENDING", f"--name={self._name}")
        _say("scancel", "--quiet", "--state=RUNNING", "--signal=KILL", "--full", f"--name={self._name}")
        _say("scancel", "--quiet", f"--name={self._name}")


class LocalQueue:
    """For submitit's "local" cluster: processes of this machine, to try a set-up without SLURM."""

    def alive(self, jobs: Sequence[Any]) -> set[str] | None:
        return {job.job_id for job in jobs if not job.done()}

    def cancel(self, jobs: Sequence[Any]) -> None:
        for job in jobs:
            job.cancel()
        deadline = time.monotonic() + _END_S
        while self.alive(jobs) and time.monotonic() < deadline:
            time.sleep(_WAIT_S)


def _say(*argv: str) -> str | None:
    """Standard output of a SLURM command; None if it failed."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=_TIMEOUT_S).stdout
    except (OSError, subprocess.SubprocessError):
        return None
