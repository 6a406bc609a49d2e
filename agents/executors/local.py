"""The local executor: jobs on this machine, in their order, each as soon as there is a slot and what it needs."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event as Flag
from threading import Lock
from typing import NamedTuple, TypeAlias

from agents.errors import Interrupted
from agents.executors.admission import Admission, Placement
from agents.executors.slots import Slots
from agents.schema import Command, Completion, Job, Resources
from agents.services import Sandbox

_STOPPED = "the run was asked to stop"
_Promise: TypeAlias = Future[tuple[Completion, ...]]


class _Waiting(NamedTuple):
    job: Job
    needed: Resources
    promise: _Promise


class LocalExecutor:
    """Runs the commands of each job one after another, with the GPUs and threads that it was given.

    No job overtakes another, so that a large one never starves; where all are alike, as in a run, that loses nothing.
    What the sandbox raises travels in the job's future. Setting `stop` has the effect of `close`: what runs is killed,
    what waits never starts, and the futures of both raise Interrupted.
    """

    def __init__(self, sandbox: Sandbox, slots: Slots, stop: Flag) -> None:
        self._sandbox = sandbox
        self._stop = stop
        self._count = slots.count
        self._lock = Lock()
        self._admission = Admission(slots)
        self._waiting: deque[_Waiting] = deque()
        # Twice the threads: while one tells what came of its job, another runs the next.
        self._pool = ThreadPoolExecutor(max_workers=2 * slots.count, thread_name_prefix="slot")

    @property
    def slots(self) -> int:
        return self._count

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        """Queue a job; raises UserError if it can never run here. The result has a completion per command started."""
        needed, promise = self._admission.fit(job.resources), _Promise()
        promise.set_running_or_notify_cancel()
        with self._lock:
            if self._stop.is_set():
                raise Interrupted(_STOPPED)
            self._waiting.append(_Waiting(job, needed, promise))
            self._start_next()
        return promise

    def close(self) -> None:
        """Stop what runs and wait until it has ended; safe to repeat."""
        self._stop.set()
        with self._lock:
            waiting = [*self._waiting]
            self._waiting.clear()
        for _, _, promise in waiting:
            promise.set_exception(Interrupted(_STOPPED))
        self._pool.shutdown(wait=True)

    def _start_next(self) -> None:
        """Start the jobs at the head of the queue, until one has to wait."""
        while self._waiting and (placement := self._admission.admit(self._waiting[0].needed)):
            waiting = self._waiting.popleft()
            self._pool.submit(self._run, waiting.job, placement, waiting.promise)

    def _run(self, job: Job, placement: Placement, promise: _Promise) -> None:
        try:
            try:
                completions = self._run_commands(job, placement)
            finally:  # before the result is told, so that the slot does not wait for those who hear it
                self._free(placement)
        except BaseException as error:
            promise.set_exception(error)
        else:
            promise.set_result(completions)

    def _free(self, placement: Placement) -> None:
        with self._lock:
            self._admission.release(placement)
            self._start_next()

    def _run_commands(self, job: Job, placement: Placement) -> tuple[Completion, ...]:
        completions: list[Completion] = []
        for command in job.commands:
            if self._stop.is_set():
                raise Interrupted(_STOPPED)
            completions.append(self._sandbox.run(_placed(command, placement), self._stop))
            if completions[-1].status != "ok":
                break
        return tuple(completions)


def _placed(command: Command, placement: Placement) -> Command:
    return command.model_copy(update={"env": {**command.env, **placement.env}})
