"""The process sandbox: an ordinary process with limits. The weakest level; works on every Linux and macOS machine.

It bounds time, memory, disk and output, ends everything that a command started, and shows it nothing of the driver's
environment. It does NOT keep a program from reading or writing the user's other files, from the network, or from
signalling the user's other processes: for code that is not trusted take a stronger level.
"""

import shutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag

from agents.errors import Interrupted, ServiceError
from agents.sandbox.breach import Breach, Watch
from agents.sandbox.launcher import DUMPABLE, prctl
from agents.sandbox.output import CappedLog
from agents.sandbox.supervised import MB, Supervised
from agents.sandbox.verdict import judge_end
from agents.sandbox.watch import ProcessTable
from agents.schema import Command, Completion

POLL_S = 0.1


class ProcessSandbox:
    """Runs each command in a session of its own under rlimits, watched from outside. Safe to use from many threads."""

    name = "process"
    guarantees = (
        "wall-clock limit on the whole process tree: enforced",
        "nothing left running, daemons included: enforced",
        "environment and memory of Naturalist itself unreadable: enforced on Linux",
        "size of the output and of each file: enforced",
        "memory, and disk of the working folder: polled, can be overshot for a moment",
        "files outside the working folder: NOT protected",
        "network: NOT cut off",
        "the user's other processes: NOT protected from signals",
    )

    def __init__(self) -> None:
        if sys.platform == "win32":
            raise ServiceError("the process sandbox needs Linux or macOS; on Windows run Naturalist inside WSL")
        prctl(DUMPABLE, 0)  # else an experiment could read our keys from /proc/<driver>/environ
        self._table = ProcessTable()

    def run(self, command: Command, stop: Flag) -> Completion:
        """Run to the end or to a limit; raises Interrupted when `stop` is set, ServiceError when it cannot be run."""
        _raise_if_set(stop)
        if not command.workdir.is_dir():
            raise ServiceError(f"sandbox: working folder {command.workdir} does not exist")
        with _scratch_folder() as scratch, CappedLog(command.stdout, command.limits.output_mb * MB) as log:
            running = Supervised(command, scratch, log)
            watch = Watch(command, scratch, running, self._table)
            with running:
                breach = _follow(running, watch, stop)
            running.check_start()
            breach = breach or watch.measure_disk() or judge_end(running.exit, log.recent, command.workdir)
        return _complete(running, watch, breach)


def _follow(running: Supervised, watch: Watch, stop: Flag) -> Breach | None:
    """Listen until the command ends, or goes over a limit; raises Interrupted when `stop` is set."""
    while not running.is_over:
        running.listen(POLL_S)
        _raise_if_set(stop)
        if not running.is_over and (breach := watch.find_breach()):
            return breach
    return None


def _complete(running: Supervised, watch: Watch, breach: Breach | None) -> Completion:
    ended = running.exit
    return Completion(
        status=breach.status if breach else "ok",
        detail=breach.detail if breach else "",
        exit_code=ended.code if ended else None,
        wall_s=ended.wall_s if ended else running.age_s,
        peak_memory_mb=max(watch.peak_mb, ended.peak_mb if ended else 0.0),
    )


def _raise_if_set(stop: Flag) -> None:
    if stop.is_set():
        raise Interrupted("the run was asked to stop")


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
