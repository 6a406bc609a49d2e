"""Sandboxes on this machine without a daemon: one launcher starts every command, and each level puts up its own fence."""

import shutil
import sys
import tempfile
from abc import abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag

from agents.errors import ServiceError
from agents.sandbox.breach import Watch
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


class LocalSandbox:
    """Runs each command in a session of its own under rlimits, watched from outside. Safe to use from many threads."""

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
        marker = new_marker(command.workdir)
        with _scratch_folder() as scratch, CappedLog(command.stdout, command.limits.output_mb * MB) as log:
            wire = self._residents.start(self._request(command, scratch, marker), command.warm)
            running = Supervised(command.argv[0], wire, marker, log)
            watch = Watch(command.limits, (command.workdir, scratch), running, self._table)
            with running:
                breach = follow(running, watch, stop)
            running.check_start()
            breach = breach or watch.measure_disk() or judge_end(running.exit, log.recent, command.workdir)
        return complete(running, watch.peak_mb, breach)

    def close(self) -> None:
        """End the launchers that were kept; safe to repeat."""
        self._residents.close()

    @abstractmethod
    def _fence(self, command: Command, scratch: Path) -> FenceRequest:
        """What is put up around the command."""

    def _home(self, scratch: Path) -> Path:
        """HOME and TMPDIR as the command sees them."""
        return scratch

    def _request(self, command: Command, scratch: Path, marker: Marker) -> Request:
        limits = command.limits
        return {
            "argv": list(command.argv),
            "cwd": str(command.workdir.absolute()),
            "env": clean_environment(command.env, self._home(scratch), str(marker)),
            "data_bytes": (limits.memory_mb + _DATA_SLACK_MB) * MB,
            "file_bytes": (limits.disk_mb + _FILE_SLACK_MB) * MB,
            "grace_s": GRACE_S,
            "scratch": str(scratch),
            "is_warm": False,
            "fence": self._fence(command, scratch),
        }


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
        shutil.rmtree(scratch, ignore_errors=True)
