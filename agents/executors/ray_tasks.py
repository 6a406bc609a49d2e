"""Jobs as tasks of the Ray cluster that this process is connected to: start, wait, take the result, cancel."""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, TypeAlias

from agents.errors import Interrupted, ServiceError
from agents.executors.on_node import SandboxRecipe
from agents.executors.parcels import Parcel, Return
from agents.executors.ray_demand import Amounts, task_options
from agents.executors.ray_task import run_on_node
from agents.executors.shipping import Blobs

MOST_LOSSES = 10
"""Times a task may lose its worker or its node. Not endless: a program might be what ends the worker."""
_KEPT_BLOBS = 256
_CANCEL_S = 5.0
Ref: TypeAlias = Any
"""A ray.ObjectRef; Ray may not be installed."""


class RayTasks:
    """Safe to use from several threads. Each content is put into the object store once, by its hash."""

    def __init__(self, ray: Any, recipe: SandboxRecipe, name: str) -> None:
        self._ray, self._recipe, self._name = ray, recipe, name
        self._lock = threading.Lock()
        self._blobs: OrderedDict[str, Ref] = OrderedDict()
        self._task: Any = ray.remote(run_on_node)

    def start(self, parcel: Parcel, blobs: Blobs, asked: Amounts) -> Ref:
        """Have a job run; Ray starts it again when its node or worker is lost, never when it ended by itself."""
        options = {
            **task_options(asked),
            "name": f"{self._name} {parcel.job.id}",
            "max_retries": MOST_LOSSES,
            "retry_exceptions": False,
            "scheduling_strategy": "SPREAD",
        }
        with self._lock:
            kept = {digest: self._put(digest, content) for digest, content in blobs.items()}
        return self._task.options(**options).remote(parcel, kept, self._recipe, max(1, int(asked.get("CPU", 1))))

    def finished(self, refs: Sequence[Ref], timeout_s: float) -> list[Ref]:
        """Those tasks that have ended; waits for the first at most `timeout_s`."""
        if not refs:
            time.sleep(timeout_s)
            return []
        ready, _ = self._ray.wait([*refs], num_returns=1, timeout=timeout_s)
        return self._ray.wait([*refs], num_returns=len(refs), timeout=0)[0] if ready else []

    def result(self, ref: Ref) -> Return:
        """What a task that has ended returned; raises ServiceError if it was lost too often or could not be run."""
        errors = self._ray.exceptions
        try:
            return self._ray.get(ref)
        except errors.TaskCancelledError as error:
            raise Interrupted("the Ray task was cancelled") from error
        except errors.RayTaskError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ServiceError(f"a Ray worker failed: {reason}; is naturalist installed on every node?") from error
        except errors.RayError as error:
            reason = str(error).strip().partition("\n")[0]
            raise ServiceError(f"Ray lost the job: {reason}", retryable=True) from error

    def cancel(self, refs: Sequence[Ref]) -> None:
        """End tasks, queued or running: gently, so that they tidy up, then by killing their workers."""
        self._cancel(refs, force=False)
        left = [*refs]
        if left:
            _, left = self._ray.wait(left, num_returns=len(left), timeout=_CANCEL_S)
        self._cancel(left, force=True)

    def _cancel(self, refs: Sequence[Ref], *, force: bool) -> None:
        for ref in refs:
            self._ray.cancel(ref, force=force)

    def _put(self, digest: str, content: bytes) -> Ref:
        """Put a content, or find it; those not used lately are let go, but for what running tasks still need."""
        if digest not in self._blobs:
            self._blobs[digest] = self._ray.put(content)
        self._blobs.move_to_end(digest)
        if len(self._blobs) > _KEPT_BLOBS:
            self._blobs.popitem(last=False)
        return self._blobs[digest]
