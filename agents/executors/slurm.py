"""The SLURM executor: every experiment is a SLURM job, run in place on storage that the nodes and the driver share.

A lane asks for one experiment at a time and decides the next by what came of the last, so a job that lasted as long as
a lane would hold a node while nobody knows what to run on it; an experiment is what can be queued, accounted for,
preempted and started again. What the lanes ask for within a moment goes to SLURM as one array. The folder of the run
must lie on shared storage at the same path everywhere, as is the practice of such sites; nothing is shipped.
"""

import contextlib
import hashlib
import time
from concurrent.futures import Future
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any, NamedTuple, TypeAlias

from agents.errors import Interrupted, ServiceError
from agents.executors.on_node import SandboxRecipe
from agents.executors.shipping import deliver, workdirs
from agents.executors.slurm_jobs import SlurmJobs, has_ended, take_result
from agents.executors.slurm_queue import LocalQueue, Queue, SlurmQueue
from agents.schema import Completion, Job
from agents.settings import ExecutorSettings

USUAL_SLOTS = 32
MOST_LOSSES = 1
_STOPPED = "the run was asked to stop"
_COLLECT_S = 0.2
_LOOK_S = 5.0
_LAG_S = 30.0
"""A result may show this much later on shared storage than in the queue."""
_Promise: TypeAlias = Future[tuple[Completion, ...]]


class _Flight(NamedTuple):
    job: Job
    promise: _Promise
    handle: Any = None
    losses: int = 0
    seen: float = 0.0


class SlurmExecutor:
    """Keeps jobs in SLURM's queue. Setting `stop` has the effect of `close`: all futures raise Interrupted.

    Options: slots (jobs waiting or running at once, 32), and parameters as submitit calls them: partition, account,
    timeout_min, gpus_per_node, ... A job that SLURM lost without a result is submitted once more.
    """

    def __init__(self, folder: Path, settings: ExecutorSettings, sandbox: SandboxRecipe, stop: Flag) -> None:
        name = "naturalist-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
        self._jobs = SlurmJobs(folder / "slurm", name, settings.options, sandbox)
        is_local = settings.options.get("cluster") == "local"
        self._queue: Queue = LocalQueue() if is_local else SlurmQueue(name)
        self._queue.cancel([])  # what a driver that was killed left must not write beside us
        self._slots, self._stop = int(settings.options.get("slots", USUAL_SLOTS)), stop
        self._lock = Lock()
        self._waiting: list[_Flight] = []
        self._flights: list[_Flight] = []
        self._failure: ServiceError | None = None
        self._looked = time.monotonic()
        self._thread = Thread(target=self._work, name="slurm jobs", daemon=True)
        self._thread.start()

    @property
    def slots(self) -> int:
        return self._slots

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        """Queue a job; the result has one completion per command that was started."""
        promise = _Promise()
        promise.set_running_or_notify_cancel()
        with self._lock:
            if self._failure is not None:
                raise self._failure
            if self._stop.is_set():
                raise Interrupted(_STOPPED)
            self._waiting.append(_Flight(job, promise))
        return promise

    def close(self) -> None:
        """Cancel all jobs of the run; safe to repeat."""
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        """Submit and take results until the run stops or SLURM is lost; then no future is left open."""
        try:
            while not self._stop.wait(_COLLECT_S):
                self._submit_waiting()
                for flight in [flight for flight in self._flights if has_ended(flight.handle)]:
                    self._finish(flight)
                self._look_for_lost()
        except Exception as error:  # whatever it is, nobody may wait for it in vain
            self._failure = error if isinstance(error, ServiceError) else ServiceError(f"SLURM failed: {error}")
        self._queue.cancel([flight.handle for flight in self._flights])
        with self._lock:
            left = [*self._flights, *self._waiting]
        for flight in left:
            flight.promise.set_exception(self._failure or Interrupted(_STOPPED))

    def _submit_waiting(self) -> None:
        """Everything that was asked for since the last time, as one array."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._flights += waiting
        handles = self._jobs.submit([flight.job for flight in waiting])
        for flight, handle in zip(waiting, handles, strict=True):
            self._flights[self._flights.index(flight)] = flight._replace(handle=handle, seen=time.monotonic())

    def _finish(self, flight: _Flight) -> None:
        """Keep a job's promise; it leaves the books first, since whoever hears may submit the next."""
        self._flights.remove(flight)
        try:
            returned = take_result(flight.handle)
            deliver(returned, flight.job)
            _refresh(flight.job)
        except Exception as error:
            flight.promise.set_exception(error)
        else:
            flight.promise.set_result(returned.completions)

    def _look_for_lost(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_S or not self._flights:
            return
        self._looked = now
        alive = self._queue.alive([flight.handle for flight in self._flights])
        for place, flight in enumerate(self._flights):
            if alive is None or flight.handle.job_id in alive:
                self._flights[place] = flight._replace(seen=now)
        for flight in [flight for flight in self._flights if now - flight.seen > _LAG_S]:
            self._lose(flight)

    def _lose(self, flight: _Flight) -> None:
        self._flights.remove(flight)
        if flight.losses < MOST_LOSSES:
            with self._lock:
                self._waiting.append(_Flight(flight.job, flight.promise, losses=flight.losses + 1))
            return
        log = flight.handle.paths.stderr
        flight.promise.set_exception(
            ServiceError(f"SLURM lost the job of {flight.job.id} twice, without a result; see {log}")
        )


def _refresh(job: Job) -> None:
    """Make this machine's NFS client forget what it knew of the folders that another machine wrote."""
    for folder in workdirs(job):
        for path in (folder.parent, folder):
            with contextlib.suppress(OSError):
                path.chmod(path.stat().st_mode)
