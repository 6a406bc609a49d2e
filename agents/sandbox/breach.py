"""Limits that are watched from outside while a command runs: time, memory, number of processes, disk."""

import math
import time
from pathlib import Path
from typing import Literal, NamedTuple

from agents.sandbox.cgroups import Group
from agents.sandbox.supervised import Supervised
from agents.sandbox.watch import ProcessTable, folder_mb, measure
from agents.schema import Limits

MEMORY_POLL_S = 0.1
DISK_POLL_S = 0.25
MOST_TASKS = 512


class Breach(NamedTuple):
    """A limit that a command went over."""

    status: Literal["crash", "timeout", "oom", "disk"]
    detail: str


class Watch:
    """Looks at one running command; each measure at its own pace, so that looking stays cheap."""

    def __init__(
        self,
        limits: Limits,
        folders: tuple[Path, ...],
        running: Supervised,
        table: ProcessTable,
        group: Group | None = None,
    ) -> None:
        self.peak_mb = 0.0
        self._limits = limits
        self._folders = folders
        self._running = running
        self._table = table
        self._group = group
        self._next_memory = self._next_disk = 0.0

    def find_breach(self) -> Breach | None:
        """The limit that the command is over now, None if it keeps within all."""
        return self._check_time() or self._check_processes() or self._check_disk()

    def find_last_breach(self) -> Breach | None:
        """The limit that the command was over when it ended."""
        return self.measure_disk() or self._check_group()

    def measure_disk(self) -> Breach | None:
        used, limit = folder_mb(self._folders), self._limits.disk_mb
        if math.isinf(used):
            return Breach("disk", "nested folders deeper than they can be read")
        return Breach("disk", f"wrote {used:.0f} MB; its limit is {limit} MB") if used > limit else None

    def _check_time(self) -> Breach | None:
        started, limit = self._running.started_at, self._limits.wall_s
        if started is None or time.monotonic() - started <= limit:
            return None
        return Breach("timeout", f"stopped at its time limit of {limit:g} s")

    def _check_processes(self) -> Breach | None:
        if self._running.pid is None or time.monotonic() < self._next_memory:
            return None
        if breach := self._check_group():
            return breach
        limit = self._limits.memory_mb
        used = measure(self._table.below(self._running.pid), limit)
        self.peak_mb = max(self.peak_mb, used.mb)
        self._next_memory = time.monotonic() + MEMORY_POLL_S
        if used.mb > limit:
            return Breach("oom", f"used {used.mb:.0f} MB of memory; its limit is {limit} MB")
        if used.tasks > MOST_TASKS:
            return Breach("crash", f"started {used.tasks} processes and threads; the limit is {MOST_TASKS}")
        return None

    def _check_group(self) -> Breach | None:
        if self._group is None or not self._group.was_oom:
            return None
        return Breach("oom", f"used all of its {self._limits.memory_mb} MB of memory")

    def _check_disk(self) -> Breach | None:
        started = time.monotonic()
        if started < self._next_disk:
            return None
        breach = self.measure_disk()
        ended = time.monotonic()
        self._next_disk = ended + max(DISK_POLL_S, 9 * (ended - started))
        return breach
