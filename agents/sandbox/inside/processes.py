"""Processes as /proc shows them, and the one Linux call that sets properties of one's own."""

import os
import signal
import sys

DEATH_SIGNAL, DUMPABLE, DROP_CAPABILITY, NO_NEW_PRIVILEGES, SUBREAPER = 1, 4, 24, 38, 36
"""Options of Linux's prctl."""


def prctl(option: int, value: int) -> None:
    """Set a property of this process; does nothing on other systems than Linux."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, *(ctypes.c_ulong(word) for word in (value, 0, 0, 0)))


def setns(descriptor: int) -> None:
    """Enter a namespace; raises OSError."""
    import ctypes

    c = ctypes.CDLL(None, use_errno=True)
    if c.setns(descriptor, 0):
        number = ctypes.get_errno()
        raise OSError(number, f"cannot enter a namespace: {os.strerror(number)}")


def drop_capabilities() -> None:
    """Give up every capability that this process still holds (Linux capset, version 3)."""
    import ctypes

    c = ctypes.CDLL(None, use_errno=True)
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if c.capset(header, nothing):
        raise OSError(ctypes.get_errno(), "cannot drop capabilities")


def children() -> dict[int, list[int]]:
    """The children of every process on this machine that has any, from /proc."""
    found: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 (pathlib is slow to import)
        if name.isdigit():
            found.setdefault(_parent(name), []).append(int(name))
    return found


def below(root: int, children_of: dict[int, list[int]]) -> list[int]:
    """Ids of all processes that descend from `root`."""
    found = list(children_of.get(root, ()))
    for pid in found:
        found.extend(children_of.get(pid, ()))
    return found


def kill(pid: int) -> None:
    """Kill a process that may be gone by itself."""
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return


def count_threads() -> int:
    """Threads of this process; one where that cannot be told."""
    try:
        return len(os.listdir("/proc/self/task"))  # noqa: PTH208
    except OSError:
        return 1


def _parent(pid: str) -> int:
    try:
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY)
    except OSError:
        return 0
    try:
        return int(os.read(descriptor, 4096).rpartition(b")")[2].split()[1])
    except (OSError, IndexError):
        return 0
    finally:
        os.close(descriptor)
