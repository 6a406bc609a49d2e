"""The driver's end of the resident launcher: started at first use, started again when it died, told over a socket."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Mapping
from pathlib import Path

from agents.errors import ServiceError
from agents.sandbox.cgroup_homes import find_home, find_scope_command, find_scope_home, find_session
from agents.sandbox.cgroups import GroupHome
from agents.sandbox.environment import clean_environment
from agents.sandbox.inside import start
from agents.sandbox.inside.launcher import Request
from agents.sandbox.inside.resident import LENGTH
from agents.sandbox.wire import Pipes

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_MARKER_ROOM = 4096
_END_S = 6.0


class ResidentWire(Pipes):
    """Pipes to a supervisor that the resident launcher forked."""

    pid: int | None = None

    def destroy(self) -> None:
        """Kill the supervisor if it can still be reached."""
        if self.pid is not None:
            with contextlib.suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)


class Residents:
    """Resident launchers of one sandbox: one for each set of imported modules and number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, ...], Resident] = {}
        weakref.finalize(self, _close_all, self._running)  # also at the end of a driver that forgot to

    def find(self, warm: tuple[str, ...], environment: Mapping[str, str]) -> "Resident":
        """The launcher for commands that import these modules in this environment."""
        modules = warm if sys.platform == "linux" else ()  # elsewhere a fork of a grown process is not safe
        threads = {name: environment.get(name, "1") for name in _THREADS}
        key = (*modules, "", *threads.values())
        with self._lock:
            if key not in self._running:
                self._running[key] = Resident(modules, threads)
            return self._running[key]

    def close(self) -> None:
        with self._lock:
            _close_all(self._running)


def _close_all(running: "dict[tuple[str, ...], Resident]") -> None:
    while running:
        running.popitem()[1].close()


class Resident:
    """One launcher. Safe to use from many threads."""

    def __init__(self, modules: tuple[str, ...], threads: Mapping[str, str]) -> None:
        self._modules, self._threads = modules, threads
        self._lock = threading.Lock()
        self._groups: GroupHome | None = None
        self._door: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._home: tempfile.TemporaryDirectory[str] | None = None

    @property
    def is_warm(self) -> bool:
        return bool(self._modules)

    @property
    def groups(self) -> GroupHome | None:
        """Where control groups can be made for its commands, if anywhere."""
        with self._lock:
            self._begin_if_dead()
            return self._groups

    def start(self, request: Request) -> ResidentWire:
        """Have a command started; raises ServiceError when that cannot be asked for."""
        wire = ResidentWire()
        try:
            with self._lock:
                self._ask(json.dumps(request).encode(), wire)
        except OSError as error:
            wire.close()
            raise ServiceError(f"sandbox: the launcher failed: {error.strerror or error}", retryable=True) from error
        except BaseException:
            wire.close()
            raise
        wire.give_away()
        return wire

    def close(self) -> None:
        with self._lock:
            self._end()

    def _ask(self, body: bytes, wire: ResidentWire) -> None:
        self._begin_if_dead()
        assert self._door is not None
        socket.send_fds(self._door, [LENGTH.pack(len(body))], wire.theirs)
        self._door.sendall(body)

    def _begin_if_dead(self) -> None:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._begin()

    def _begin(self) -> None:
        ours, theirs = socket.socketpair()
        self._home = tempfile.TemporaryDirectory(prefix="naturalist-", ignore_cleanup_errors=True)
        self._groups = find_home()
        scope = find_scope_command() if self._groups is None else ()
        python = [sys.executable, "-P"] if self._modules else [sys.executable, "-I", "-S"]
        environment = clean_environment(dict(self._threads), Path(self._home.name), "-" * _MARKER_ROOM)
        arguments = [str(start.__file__), "serve", str(theirs.fileno()), *self._modules]
        with theirs:
            self._process = subprocess.Popen(
                [*scope, *python, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=self._home.name,
                env={**environment, **(find_session() if scope else {})},
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._door = ours
        if scope:
            self._groups = find_scope_home(self._process.pid)
        if self._groups:
            self._groups.sweep()

    def _end(self) -> None:
        if self._door is not None:
            self._door.close()
        if self._process is not None:
            try:
                self._process.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._home is not None:
            self._home.cleanup()
        self._door = self._process = self._home = None
