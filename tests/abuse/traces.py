"""What is left of a command on the host: its processes, by a token in arguments or environment, or by their folder."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def find_processes(token: str, workdir: Path, among: Iterable[int] | None = None) -> list[int]:
    """Ids of living processes that carry the token or stand in `workdir`, in whatever namespace they are."""
    place = _identity(workdir)
    return [pid for pid in among or _all_pids() if _carries(pid, token.encode()) or _stands_in(pid, place)]


def find_program(token: str) -> list[int]:
    """Ids of the program that was started with the token as its last argument, and of its forks: no launcher of it,
    nobody who was told of it."""
    last = f"\0{token}\0".encode()
    return [pid for pid in _all_pids() if _read(Path(f"/proc/{pid}/cmdline")).endswith(last)]


def wait_for_none(token: str, workdir: Path, timeout_s: float) -> list[int]:
    """What is still alive after `timeout_s`; nothing, and soon, when all are gone.

    One look can miss a process that moves on to a new id all the time, so three in a row must find nothing.
    """
    deadline = time.monotonic() + timeout_s
    looks = 0
    while looks < 3:
        left = find_processes(token, workdir)
        looks = 0 if left else looks + 1
        if left and time.monotonic() > deadline:
            return left
        time.sleep(0.02)
    return []


def sweep(token: str, workdir: Path) -> None:
    """Kill what is left, each as soon as it is seen; again and again, because some start themselves anew."""
    while wait_for_none(token, workdir, 0):
        for pid in _all_pids():
            with suppress(OSError):
                _kill_if_marked(pid, token, workdir)


def _kill_if_marked(pid: int, token: str, workdir: Path) -> None:
    """Kill a process that is looked at while it is held, so that no other can have got its id meanwhile."""
    held = os.pidfd_open(pid)
    try:
        if find_processes(token, workdir, (pid,)):
            signal.pidfd_send_signal(held, signal.SIGKILL)
    finally:
        os.close(held)


def _all_pids() -> list[int]:
    """The newest first, for some are gone again in a moment."""
    found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    return sorted((pid for pid in found if pid != os.getpid()), reverse=True)


def _carries(pid: int, token: bytes) -> bool:
    return any(token in _read(Path(f"/proc/{pid}/{name}")) for name in ("cmdline", "environ"))


def _stands_in(pid: int, place: tuple[int, int] | None) -> bool:
    return place is not None and _identity(Path(f"/proc/{pid}/cwd")) == place


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # another user's, or gone; a zombie has no arguments and counts as gone
