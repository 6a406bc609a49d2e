"""A command under its launcher, as the driver holds it: listen to it, end it, be sure that all of it is gone."""

import errno
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from agents.errors import ServiceError
from agents.sandbox import launcher
from agents.sandbox.environment import clean_environment
from agents.sandbox.output import CappedLog, last_meaningful_line
from agents.sandbox.strays import kill_marked, new_marker
from agents.schema import Command

MB = 1024 * 1024
GRACE_S = 0.5
"""Between SIGTERM and SIGKILL."""
START_S = 60.0
_END_S = GRACE_S + launcher.KILL_WAIT_S + 1.0
_DRAIN_S = 1.0
_DATA_SLACK_MB = 1024
"""RLIMIT_DATA counts thread stacks and reserved arenas too; it is there for leaps, the watch for the limit itself."""
_FILE_SLACK_MB = 1
"""So that a file cut off by its limit leaves the folder over its own, which is how it is noticed."""
_TRANSIENT = (errno.EAGAIN, errno.ENOMEM)


class Exit(NamedTuple):
    """How the command itself ended; `peak_mb` is of its largest process, libraries included."""

    code: int
    wall_s: float
    peak_mb: float


class Supervised:
    """A running command; leaving the `with` block ends it, with everything it started, and closes its output."""

    def __init__(self, command: Command, scratch: Path, log: CappedLog) -> None:
        self.exit: Exit | None = None
        self.started_at: float | None = None
        self.start_error: int | None = None
        self.is_over = False
        self._asked_at = time.monotonic()
        self._program = command.argv[0]
        self._marker = new_marker(command.workdir)
        self._log = log
        self._report = b""
        self._process = _launch(command, clean_environment(command.env, scratch, str(self._marker)), scratch)
        self._selector = selectors.DefaultSelector()
        for pipe, take in ((self._process.stdout, self._take_output), (self._process.stderr, self._take_report)):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ, take)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self.is_over:
            self.end()
        if self.exit is None:  # the launcher was killed or stopped from inside, or never ran
            self._process.kill()
        if self.exit is None or sys.platform != "linux":  # elsewhere orphans are not handed to the launcher
            kill_marked(self._marker)
        self._drain()
        self._process.wait()
        self._close()

    @property
    def pid(self) -> int:
        """Of the launcher: the command and all it starts are below."""
        return self._process.pid

    @property
    def age_s(self) -> float:
        """Seconds since the command was started, as seen from here."""
        return time.monotonic() - (self.started_at or self._asked_at)

    def listen(self, timeout_s: float) -> None:
        """Take in output and reports, waiting at most `timeout_s`; raises ServiceError if the launcher hangs."""
        self._take(timeout_s)
        if self.started_at is None and time.monotonic() - self._asked_at > START_S:
            raise ServiceError(f"sandbox: {self._program} did not start within {START_S:g} s", retryable=True)

    def end(self) -> None:
        """End the command: SIGTERM, after a moment SIGKILL, for every process it started. Output is still taken in."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        deadline = time.monotonic() + _END_S
        while not self.is_over and (left := deadline - time.monotonic()) > 0:
            self._take(left)

    def check_start(self) -> None:
        """Raise ServiceError if the command never ran."""
        if self.start_error is not None:
            raise _cannot_start(self._program, self.start_error)
        if self.started_at is None:
            said = last_meaningful_line(self._report) or "no reason given"
            raise ServiceError(f"sandbox: the launcher failed: {said}", retryable=True)

    def _take(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            key.data(key.fd)

    def _take_output(self, descriptor: int) -> None:
        if chunk := os.read(descriptor, MB):
            self._log.write(chunk)
        else:
            self._selector.unregister(descriptor)

    def _take_report(self, descriptor: int) -> None:
        chunk = os.read(descriptor, 4096)
        self._report += chunk
        *lines, _ = self._report.decode(errors="replace").split("\n")
        for line in lines:
            self._note(line)
        if not chunk:
            self._selector.unregister(descriptor)
            self.is_over = True

    def _note(self, line: str) -> None:
        match line.split():
            case ["start"] if self.started_at is None:
                self.started_at = time.monotonic()
            case ["failed", number]:
                self.start_error = int(number)
            case ["exit", code, wall_s, peak]:
                self.exit = Exit(int(code), float(wall_s), int(peak) / (1024 if sys.platform == "linux" else MB))
                self.is_over = True
            case _:
                return

    def _drain(self) -> None:
        """Take in what is still in the pipe; a process that escaped and holds it open is not waited for."""
        deadline = time.monotonic() + _DRAIN_S
        while self._selector.get_map() and time.monotonic() < deadline:
            self._take(0.05)

    def _close(self) -> None:
        self._selector.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def _launch(command: Command, environment: dict[str, str], scratch: Path) -> subprocess.Popen[bytes]:
    limits = command.limits
    options = {
        "data": (limits.memory_mb + _DATA_SLACK_MB) * MB,
        "fsize": (limits.disk_mb + _FILE_SLACK_MB) * MB,
        "grace": GRACE_S,
        "scratch": scratch,
    }
    given = [f"{name}={value}" for name, value in options.items()]
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(launcher.__file__), *given, "--", *command.argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=command.workdir,
            env=environment,
            bufsize=0,
            start_new_session=True,
        )
    except OSError as error:
        raise _cannot_start(sys.executable, error.errno or 0) from error


def _cannot_start(program: str, number: int) -> ServiceError:
    return ServiceError(f"sandbox: cannot start {program}: {os.strerror(number)}", retryable=number in _TRANSIENT)
