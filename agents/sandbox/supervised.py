"""A command under its launcher, as the driver holds it: listen to it, end it, be sure that all of it is gone."""

import errno
import os
import selectors
import sys
import time
from types import TracebackType
from typing import NamedTuple, Self

from agents.errors import ServiceError
from agents.sandbox.inside.launcher import KILL_WAIT_S
from agents.sandbox.output import CappedLog, last_meaningful_line
from agents.sandbox.strays import Marker, kill_marked
from agents.sandbox.wire import Wire

MB = 1024 * 1024
GRACE_S = 0.5
"""Between SIGTERM and SIGKILL."""
START_S = 60.0
_END_S = GRACE_S + KILL_WAIT_S + 1.0
_DRAIN_S = 1.0
_TRANSIENT = (errno.EAGAIN, errno.ENOMEM)


class Exit(NamedTuple):
    """How the command itself ended; `peak_mb` is of its largest process, libraries included."""

    code: int
    wall_s: float
    peak_mb: float


class Supervised:
    """A running command; leaving the `with` block ends it, with everything it started, and closes its output."""

    def __init__(self, program: str, wire: Wire, marker: Marker | None, log: CappedLog) -> None:
        self.exit: Exit | None = None
        self.started_at: float | None = None
        self.start_error: int | None = None
        self.is_over = False
        self._broken = ""
        self.pid: int | None = None
        self._asked_at = time.monotonic()
        self._program, self._wire, self._marker, self._log = program, wire, marker, log
        self._report = b""
        self._taken = 0
        self._selector = selectors.DefaultSelector()
        for descriptor, take in ((wire.output, self._take_output), (wire.report, self._take_report)):
            self._selector.register(descriptor, selectors.EVENT_READ, take)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self.is_over:
            self.end()
        if self.exit is None:  # the launcher was killed or stopped from inside, or never ran
            self._wire.destroy()
        if self._marker and (self.exit is None or sys.platform != "linux"):  # elsewhere launchers adopt no orphans
            kill_marked(self._marker)
        self._drain()
        self._selector.close()
        self._wire.close()

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
        self._wire.hang_up()
        deadline = time.monotonic() + _END_S
        while not self.is_over and (left := deadline - time.monotonic()) > 0:
            self._take(left)

    def check_start(self) -> None:
        """Raise ServiceError if the command never ran."""
        if self.start_error is not None:
            raise _cannot_start(self._program, self.start_error)
        if self._broken:
            raise ServiceError(f"sandbox: {self._broken}")
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
        *lines, _ = self._report[self._taken :].decode(errors="replace").split("\n")
        for line in lines:
            self._note(line)
            self._taken += len(line.encode()) + 1
        if not chunk:
            self._selector.unregister(descriptor)
            self.is_over = True

    def _note(self, line: str) -> None:
        match line.split():
            case ["start", pid] if self.started_at is None:
                self.started_at = time.monotonic()
                self.pid = int(pid)
            case ["failed", number]:
                self.start_error = int(number)
            case ["broken", *words]:
                self._broken = " ".join(words)
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


def _cannot_start(program: str, number: int) -> ServiceError:
    return ServiceError(f"sandbox: cannot start {program}: {os.strerror(number)}", retryable=number in _TRANSIENT)
