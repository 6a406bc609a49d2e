"""The local executor: jobs on this machine, first come first served, one in each slot."""

from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from threading import Event as Flag

from agents.errors import Interrupted
from agents.executors.slots import Slot
from agents.schema import Command, Completion, Job
from agents.services import Sandbox

_STOPPED = "the run was asked to stop"


class LocalExecutor:
    """Runs the commands of each job one after another in a free slot, with that slot's GPU and number of threads.

    What the sandbox raises travels in the job's future. Setting `stop` has the effect of `close`: what runs is killed,
    what waits never starts, and the futures of both raise Interrupted.
    """

    def __init__(self, sandbox: Sandbox, slots: tuple[Slot, ...], stop: Flag) -> None:
        self._sandbox = sandbox
        self._stop = stop
        self._count = len(slots)
        self._free: SimpleQueue[Slot] = SimpleQueue()
        for slot in slots:
            self._free.put(slot)
        self._pool = ThreadPoolExecutor(max_workers=len(slots), thread_name_prefix="slot")

    @property
    def slots(self) -> int:
        return self._count

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        """Queue a job; the result has one completion per command that was started."""
        if self._stop.is_set():
            raise Interrupted(_STOPPED)
        return self._pool.submit(self._run, job)

    def close(self) -> None:
        """Stop what runs and wait until it has ended; safe to repeat."""
        self._stop.set()
        self._pool.shutdown(wait=True)

    def _run(self, job: Job) -> tuple[Completion, ...]:
        slot = self._free.get()  # there are as many slots as threads, so this never waits
        try:
            return self._run_commands(job, slot)
        finally:
            self._free.put(slot)

    def _run_commands(self, job: Job, slot: Slot) -> tuple[Completion, ...]:
        completions: list[Completion] = []
        for command in job.commands:
            if self._stop.is_set():
                raise Interrupted(_STOPPED)
            completions.append(self._sandbox.run(_in_slot(command, slot), self._stop))
            if completions[-1].status != "ok":
                break
        return tuple(completions)


def _in_slot(command: Command, slot: Slot) -> Command:
    return command.model_copy(update={"env": {**command.env, **slot.env}})
