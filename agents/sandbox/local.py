"""Sandboxes on this machine without a daemon: one launcher starts all commands, each level puts up its own fence."""

import sys
import tempfile
from abc import abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag

from agents.errors import ServiceError
from agents.files import remove_tree
from agents.sandbox.breach import MOST_TASKS, Watch
from agents.sandbox.cgroups import Group, GroupHome
from agents.sandbox.environment import clean_environment
from agents.sandbox.following import complete, follow, raise_if_set
from agents.sandbox.inside.fence import FenceRequest
from agents.sandbox.inside.launcher import Request
from agents.sandbox.inside.processes import DUMPABLE, prctl
from agents.sandbox.output import CappedLog
from agents.sandbox.resident import Residents
from agents.sandbox.strays import Marker, new_marker
from agents.sandbox.supervised import GRACE_S, MB, Supervised
from agents.sandbox.verdict import judge_end
from agents.sandbox.watch import ProcessTable
from agents.schema import Command, Completion

_DATA_SLACK_MB = 1024
"""RLIMIT_DATA counts thread stacks and reserved arenas too; it is there for leaps, the watch for the limit itself."""
_FILE_SLACK_MB = 1
"""So that a file cut off by its limit leaves the folder over its own, which is how it is noticed."""

_TASK_SLACK = 64
"""So that a flood of processes, which the kernel stops, is seen to be over its limit."""


class LocalSandbox:
    """Runs each command in a session of its own under rlimits, watched from outside. Safe to use from many threads."""

    name: str
    home: Path | None = None
    """HOME and TMPDIR as commands see them, where that is not a folder of this machine."""

    def __init__(self) -> None:
        if sys.platform == "win32":
            raise ServiceError("this sandbox needs Linux or macOS; on Windows run Naturalist inside WSL")
        prctl(DUMPABLE, 0)  # else an experiment could read our keys from /proc/<driver>/environ
        self._table = ProcessTable()
        self._residents = Residents()

    def run(self, command: Command, stop: Flag) -> Completion:
        """Run to the end or to a limit; raises Interrupted when `stop` is set, ServiceError when it cannot be run."""
        raise_if_set(stop)
        if not command.workdir.is_dir():
            raise ServiceError(f"sandbox: working folder {command.workdir} does not exist")
        marker, resident = new_marker(command.workdir), self._residents.find(command.warm, command.env)
        with (
            _scratch_folder() as scratch,
            _group(resident.groups, command, marker) as group,
            CappedLog(command.stdout, command.limits.output_mb * MB) as log,
        ):
            request = self._request(command, scratch, marker)
            joined = group.join_files if group else []
            wire = resident.start({**request, "groups": joined, "is_warm": resident.is_warm})
            running = Supervised(command.argv[0], wire, marker, log)
            watch = Watch(command.limits, (command.workdir, scratch), running, self._table, group)
            with running:
                breach = follow(running, watch, stop)
            running.check_start()
            breach = breach or watch.find_last_breach() or judge_end(running.exit, log.recent, command.workdir)
        return complete(running, watch.peak_mb, breach, f"{self.name} ({_describe(group)})")

    @property
    def limits(self) -> str:
        """Which limits the kernel keeps here, as a guarantee."""
        home = self._residents.find((), {}).groups
        if home is None:
            return "memory and processes: polled, can be overshot for a moment"
        return f"{', '.join(home.folders)}: kept by the kernel (control groups)"

    def close(self) -> None:
        """End the launchers that were kept; safe to repeat."""
        self._residents.close()

    @abstractmethod
    def _fence(self, command: Command, scratch: Path) -> FenceRequest:
        """What is put up around the command."""

    def _request(self, command: Command, scratch: Path, marker: Marker) -> Request:
        limits = command.limits
        return {
            "argv": list(command.argv),
            "cwd": str(command.workdir.absolute()),
            "env": clean_environment(command.env, self.home or scratch, str(marker)),
            "data_bytes": (limits.memory_mb + _DATA_SLACK_MB) * MB,
            "file_bytes": (limits.disk_mb + _FILE_SLACK_MB) * MB,
            "grace_s": GRACE_S,
            "scratch": str(scratch),
            "is_warm": False,
            "groups": [],
            "fence": self._fence(command, scratch),
        }


def _describe(group: Group | None) -> str:
    return f"{', '.join(group.folders)} kept by the kernel" if group else "limits polled"


@contextmanager
def _group(home: GroupHome | None, command: Command, marker: Marker) -> Generator[Group | None]:
    """A control group for one command, where there is a home for it."""
    if home is None:
        yield None
        return
    threads = command.env.get("OMP_NUM_THREADS", "1")
    cpus = int(threads) if threads.isdigit() else 1
    try:
        group = home.make(str(marker.number), command.limits.memory_mb, MOST_TASKS + _TASK_SLACK, cpus)
    except OSError as error:
        raise ServiceError(f"sandbox: cannot make a control group: {error}") from error
    try:
        yield group
    finally:
        group.remove()


@contextmanager
def _scratch_folder() -> Generator[Path]:
    """A private HOME and TMPDIR; its path is short, because sockets are made there and theirs may not be long."""
    try:
        scratch = Path(tempfile.mkdtemp(prefix="naturalist-"))
    except OSError as error:
        raise ServiceError(f"sandbox: cannot make a temporary folder: {error.strerror}") from error
    try:
        yield scratch
    finally:
        remove_tree(scratch)
