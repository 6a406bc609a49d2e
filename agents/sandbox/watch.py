"""What a running command uses, measured from outside: its processes, their memory, the size of its folders."""

import os
import stat
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from agents.sandbox.inside.processes import below, children

MB = 1024 * 1024
_ENTRY_BYTES = 512
"""What an empty file counts, so that a flood of them is noticed as well."""


class ProcessTable:
    """Who descends from whom. One scan of the machine's processes serves all sandboxes for a moment."""

    def __init__(self, fresh_s: float = 0.08) -> None:
        self._lock = threading.Lock()
        self._fresh_s = fresh_s
        self._children_of: dict[int, list[int]] = {}
        self._expires = 0.0

    def below(self, root: int) -> list[int]:
        """Ids of all processes below `root`, as of about a tenth of a second ago."""
        if sys.platform != "linux":
            return [process.pid for process in _children(root)]
        with self._lock:
            if time.monotonic() >= self._expires:
                self._scan()
            return below(root, self._children_of)

    def _scan(self) -> None:
        started = time.monotonic()
        self._children_of = children()
        ended = time.monotonic()
        # On a machine with thousands of processes a scan is slow: spend a tenth of the time on it at most.
        self._expires = ended + max(self._fresh_s, 9 * (ended - started))


def memory_mb(pids: Iterable[int], limit_mb: float) -> float:
    """Memory of these processes that is not backed by files, in MB.

    Shared pages are counted once per process, which is quick and too much; beyond the limit they are counted by share.
    """
    listed = list(pids)
    used = sum(_own_mb(pid) for pid in listed)
    return used if used <= limit_mb else sum(_share_mb(pid) for pid in listed)


def folder_mb(folders: Iterable[Path]) -> float:
    """Size of everything below these folders, in MB, following no link; what vanishes meanwhile does not count."""
    waiting = [str(folder) for folder in folders]
    total = 0
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += _entry_bytes(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError:
            continue
    return total / MB


def _entry_bytes(entry: os.DirEntry[str]) -> int:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    # A sparse file counts as what it would take to read it.
    return _ENTRY_BYTES + max(status.st_blocks * 512, status.st_size if stat.S_ISREG(status.st_mode) else 0)


def _own_mb(pid: int) -> float:
    if sys.platform == "linux":
        return _field_sum_mb(f"/proc/{pid}/status", (b"RssAnon:", b"RssShmem:"))
    try:
        return psutil.Process(pid).memory_info().rss / MB
    except psutil.Error:
        return 0.0


def _share_mb(pid: int) -> float:
    """As `_own_mb`, a page that n processes share counting one n-th; costs milliseconds for a large process."""
    if sys.platform != "linux":
        return _own_mb(pid)
    return _field_sum_mb(f"/proc/{pid}/smaps_rollup", (b"Pss_Anon:", b"Pss_Shmem:")) or _own_mb(pid)


def _field_sum_mb(path: str, names: tuple[bytes, ...]) -> float:
    try:
        lines = Path(path).read_bytes().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(names)) / 1024


def _children(root: int) -> list[psutil.Process]:
    try:
        return psutil.Process(root).children(recursive=True)
    except psutil.Error:
        return []
