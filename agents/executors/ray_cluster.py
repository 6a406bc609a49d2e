"""The Ray executor: each job is a Ray task on some node of a cluster; code and data go there by content hash.

Ray places the tasks, starts those of a lost node again elsewhere, and grows the cluster where it may. A job's result is
taken once, by one thread, and put at the driver's own paths before the job's future tells of it.
"""

from concurrent.futures import Future
from pathlib import Path
from threading import Event as Flag
from threading import Lock, Thread
from typing import NamedTuple, TypeAlias

from agents.errors import Interrupted, ServiceError
from agents.executors.on_node import SandboxRecipe
from agents.executors.parcels import Return
from agents.executors.ray_connection import RayConnection
from agents.executors.ray_demand import Amounts, check_room, count_room, demand
from agents.executors.ray_tasks import RayTasks, Ref
from agents.executors.shipping import Blobs, deliver, pack_job, share_job
from agents.schema import Completion, Job, Resources
from agents.settings import ExecutorSettings

_STOPPED = "the run was asked to stop"
_POLL_S = 0.1
_Promise: TypeAlias = Future[tuple[Completion, ...]]


class _Flight(NamedTuple):
    job: Job
    promise: _Promise


class RayExecutor:
    """Keeps jobs in flight on a cluster. Setting `stop` has the effect of `close`: all futures raise Interrupted.

    `each` is what jobs usually need. Options: num_cpus, num_gpus and resource.NAME (what each job asks for instead),
    slots (jobs in flight; otherwise as many as the cluster has room for now; more let it grow), and shared = 1 where
    all nodes see the run folder at the driver's path.
    """

    def __init__(
        self, folder: Path, settings: ExecutorSettings, each: Resources, sandbox: SandboxRecipe, stop: Flag
    ) -> None:
        self._connection = RayConnection(settings.address, folder.name)
        self._tasks = RayTasks(self._connection.ray, sandbox, folder.name)
        self._options, self._each, self._stop = settings.options, each, stop
        self._lock = Lock()
        self._flights: dict[Ref, _Flight] = {}
        self._failure: ServiceError | None = None
        self._thread = Thread(target=self._work, name="ray results", daemon=True)
        self._thread.start()

    @property
    def slots(self) -> int:
        """Jobs to keep in flight, as the cluster is now."""
        wanted = int(self._options.get("slots", 0))
        return wanted or max(1, count_room(self._demand(self._each), self._connection.nodes))

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        """Send a job to the cluster; raises ServiceError when no node could hold it. One completion per command run."""
        asked, promise = self._demand(job.resources), _Promise()
        if not self._options.get("slots"):
            check_room(asked, self._connection.nodes)
        parcel, blobs = (share_job(job), Blobs()) if self._options.get("shared") else pack_job(job)
        promise.set_running_or_notify_cancel()
        with self._lock:
            self._raise_if_over()
            self._flights[self._tasks.start(parcel, blobs, asked)] = _Flight(job, promise)
        return promise

    def close(self) -> None:
        """Cancel what is in flight, wait until it has ended, leave the cluster; safe to repeat."""
        self._stop.set()
        self._thread.join()
        self._connection.close()

    def _demand(self, needed: Resources) -> Amounts:
        self._raise_if_over()
        return demand(needed, self._options, self._connection.nodes)

    def _raise_if_over(self) -> None:
        if self._failure is not None:
            raise self._failure
        if self._stop.is_set():
            raise Interrupted(_STOPPED)

    def _work(self) -> None:
        """Take results until the run stops or the cluster is lost; then no future is left open."""
        try:
            while not self._stop.is_set():
                self._connection.check()
                for ref in self._tasks.finished(self._in_flight(), _POLL_S):
                    self._finish(ref)
            self._tasks.cancel(self._in_flight())
        except Exception as error:  # whatever it is, nobody may wait for it in vain
            self._failure = error if isinstance(error, ServiceError) else ServiceError(f"Ray failed: {error}")
        for ref in self._in_flight():
            self._flights.pop(ref).promise.set_exception(self._failure or Interrupted(_STOPPED))

    def _in_flight(self) -> list[Ref]:
        with self._lock:
            return [*self._flights]

    def _finish(self, ref: Ref) -> None:
        """Keep a job's promise; it leaves the books first, since whoever hears may submit the next."""
        with self._lock:
            job, promise = self._flights.pop(ref)
        try:
            completions = self._bring_home(ref, job).completions
        except Exception as error:
            promise.set_exception(error)
        else:
            promise.set_result(completions)

    def _bring_home(self, ref: Ref, job: Job) -> Return:
        returned = self._tasks.result(ref)
        deliver(returned, job)
        return returned
