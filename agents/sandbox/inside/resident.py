"""A launcher that stays: it forks a supervisor for each command, and may hold an interpreter with modules imported.

It never runs a line of an experiment itself, so every command finds the interpreter as the one before it did. Ends,
with everything below it, when the driver closes the socket or dies.
"""

import array
import gc
import json
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Sequence
from importlib import import_module

from agents.sandbox.inside.command import OPEN_FILES
from agents.sandbox.inside.launcher import Request, supervise
from agents.sandbox.inside.processes import DUMPABLE, SUBREAPER, below, children, count_threads, kill, prctl

LENGTH = struct.Struct("!I")
STREAMS = 3
_FENCES = ("agents.sandbox.inside.room", "agents.sandbox.inside.landlock", "agents.sandbox.inside.seccomp")
_END_S = 4.0


def serve(descriptor: int, modules: Sequence[str]) -> None:
    """Import `modules`, then supervise what is asked for: its length, its streams, its request in JSON."""
    for name in (*_FENCES, *modules):
        _preload(name)
    if count_threads() > 1:  # a fork would copy one of them; start again without any module
        os.set_inheritable(descriptor, True)
        os.execv(sys.executable, [sys.executable, "-I", "-S", sys.argv[0], "serve", str(descriptor)])
    prctl(SUBREAPER, 1)
    prctl(DUMPABLE, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the driver, which tells us
    gc.freeze()
    door = socket.socket(fileno=descriptor)
    while (asked := _receive(door)) is not None:
        request, streams = asked
        if os.fork() == 0:
            door.close()
            _supervise_on(request, streams)
        for stream in streams:
            os.close(stream)
    _end_all()


def _preload(name: str) -> None:
    try:
        import_module(name)
    except Exception:
        return  # the experiment that imports it will say what is wrong


def _supervise_on(request: Request, streams: Sequence[int]) -> None:
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
    os.closerange(STREAMS, OPEN_FILES)
    try:
        supervise(request)
    finally:
        os._exit(0)


def _receive(door: socket.socket) -> tuple[Request, list[int]] | None:
    try:
        head, found, _, _ = door.recvmsg(LENGTH.size, socket.CMSG_SPACE(STREAMS * array.array("i").itemsize))
        if len(head) < LENGTH.size:
            return None
        body = _receive_exactly(door, LENGTH.unpack(head)[0])
    except OSError:
        return None
    streams = array.array("i")
    for _, _, content in found:
        streams.frombytes(content[: len(content) - len(content) % streams.itemsize])
    return json.loads(body), list(streams)


def _receive_exactly(door: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        chunk = door.recv(size - len(content))
        if not chunk:
            raise ConnectionResetError
        content += chunk
    return content


def _end_all() -> None:
    """Let the supervisors, whose driver is gone too, end their commands; kill what is left after that."""
    deadline = time.monotonic() + _END_S
    while (left := below(os.getpid(), children())) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in left:
        kill(pid)
