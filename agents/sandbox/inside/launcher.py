"""The supervisor between the driver and a sandboxed command: starts it, waits for it, ends everything it started.

Its streams are 0: the driver's end, whose closing ends the command; 1: what the command prints; 2: its report, a line
each: "start PID" (of the supervisor, once the command is about to run), "failed ERRNO" (it could not be started),
"broken REASON" (its fence could not be put up), "exit CODE WALL_S PEAK_KB".
"""

import json
import os
import select
import signal
import sys
import time
from typing import TypedDict

from agents.sandbox.inside.command import become_command
from agents.sandbox.inside.fence import Fence, FenceRequest, make_fence
from agents.sandbox.inside.processes import DUMPABLE, SUBREAPER, below, children, kill, prctl

KILL_WAIT_S = 2.0


class Request(TypedDict):
    """One command. `data_bytes` and `file_bytes` are rlimits; `scratch` is removed if the driver dies.

    `groups` are files of control groups, which the command joins by writing "0" there. `is_warm` lets the program run
    in the launcher's interpreter, which holds the modules that it will import.
    """

    argv: list[str]
    cwd: str
    env: dict[str, str]
    data_bytes: int
    file_bytes: int
    grace_s: float
    scratch: str
    is_warm: bool
    groups: list[str]
    fence: FenceRequest


def supervise_once(text: str) -> None:
    """Supervise the command of a request in JSON, then end this process."""
    request: Request = json.loads(text)
    supervise(request)
    os._exit(0)  # nothing to flush or tidy; the driver waits for us


def supervise(request: Request) -> None:
    """Run the command to its end, or until the driver asks for its end or dies; never raises."""
    os.umask(0o077)
    signals = watch_signals()
    prctl(SUBREAPER, 1)
    prctl(DUMPABLE, 0)  # the command may not write to our descriptors; exec makes it dumpable again
    try:
        fence = make_fence(request["fence"])
    except Exception as error:
        report(f"broken {error}\n")
        _end(request, "")
        return
    started = time.monotonic()
    if (child := os.fork()) == 0:
        become_command(request, fence)
    os.dup2(0, 1)  # the command's output must end with the command
    report(f"start {os.getpid()}\n")
    supervisor = Supervisor(child, started, request["grace_s"], signals, fence)
    supervisor.follow()
    supervisor.kill_all()
    _end(request, supervisor.report or "lost\n")


def report(line: str) -> bool:
    """Tell the driver; False if it is dead."""
    try:
        os.write(2, line.encode())
    except BrokenPipeError:
        return False
    return True


def _end(request: Request, last: str) -> None:
    if not report(last) and request["scratch"]:  # the driver is dead, so nobody else tidies up
        os.posix_spawnp("rm", ["rm", "-rf", "--", request["scratch"]], {"PATH": "/usr/bin:/bin"})


class Supervisor:
    """Waits for the command to exit or for the driver to go, and leaves nothing running."""

    def __init__(self, child: int, started: float, grace_s: float, signals: int, fence: Fence) -> None:
        self.child, self.started, self.grace_s, self.signals, self.fence = child, started, grace_s, signals, fence
        self.report: str | None = None
        self.has_children = True

    def follow(self) -> None:
        """Wait until the command ends, or end it when the driver asks or is gone."""
        while self.report is None:
            ready = select.select([0, self.signals], [], [])[0]
            if 0 in ready or signal.SIGTERM in self._drain():
                self._end_gently()
                return
            self._reap()

    def kill_all(self) -> None:
        """Kill every descendant. Orphans are handed to this process, so no child left means none anywhere."""
        deadline = time.monotonic() + KILL_WAIT_S
        self.fence.end()
        self._signal_group(signal.SIGKILL)
        self._reap()
        while self.has_children and time.monotonic() < deadline:
            for pid in below(os.getpid(), children()) if sys.platform == "linux" else [self.child]:
                kill(pid)
            time.sleep(0.002)
            self._reap()

    def _end_gently(self) -> None:
        deadline = time.monotonic() + self.grace_s
        self._signal_group(signal.SIGTERM)
        while self.report is None and (left := deadline - time.monotonic()) > 0:
            select.select([self.signals], [], [], left)
            self._drain()
            self._reap()

    def _drain(self) -> bytes:
        try:
            return os.read(self.signals, 4096)
        except BlockingIOError:
            return b""

    def _signal_group(self, number: int) -> None:
        if self.report is None or number == signal.SIGKILL:
            try:
                os.killpg(self.child, number)
            except OSError:
                return  # the group is empty, or not made yet

    def _reap(self) -> None:
        try:
            while (ended := os.wait4(-1, os.WNOHANG))[0]:
                if ended[0] == self.child:
                    wall_s = time.monotonic() - self.started
                    code = os.waitstatus_to_exitcode(ended[1])
                    self.report = f"exit {code} {wall_s:.6f} {ended[2].ru_maxrss}\n"
        except ChildProcessError:
            self.has_children = False


def _wake(_number: int, _frame: object) -> None:
    """Let the signal reach the descriptor instead of its default."""


def watch_signals() -> int:
    """A descriptor from which the numbers of signals can be read, for select."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, _wake)
    return reading
