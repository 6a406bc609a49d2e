"""What a running command uses, measured from outside: its processes, their memory, the size of its folders."""

import errno
import math
import os
import stat
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

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


class Usage(NamedTuple):
    """Memory that is not backed by files, and processes with all their threads."""

    mb: float
    tasks: int


def measure(pids: Iterable[int], limit_mb: float) -> Usage:
    """What these processes use.

    Shared pages are counted once per process, which is quick and too much; beyond the limit they are counted by share.
    """
    listed = list(pids)
    found = [_measure_one(pid) for pid in listed]
    mb, tasks = sum(each.mb for each in found), sum(each.tasks for each in found)
    return Usage(mb if mb <= limit_mb else sum(_share_mb(pid) for pid in listed), tasks)


def folder_mb(folders: Iterable[Path]) -> float:
    """Size of everything below these folders, in MB, following no link; what vanishes meanwhile does not count.

    Infinite where folders are nested deeper than a path can say: what lies there could not be counted.
    """
    waiting = [str(folder) for folder in folders]
    total = 0
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += _entry_bytes(entry)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return math.inf
    return total / MB


def _entry_bytes(entry: os.DirEntry[str]) -> int:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    # A sparse file counts as what it would take to read it.
    return _ENTRY_BYTES + max(status.st_blocks * 512, status.st_size if stat.S_ISREG(status.st_mode) else 0)


def _measure_one(pid: int) -> Usage:
    if sys.platform == "linux":
        lines = _lines(f"/proc/{pid}/status")
        return Usage(_sum(lines, (b"RssAnon:", b"RssShmem:")) / 1024, _sum(lines, (b"Threads:",)))
    try:
        process = psutil.Process(pid)
        return Usage(process.memory_info().rss / MB, process.num_threads())
    except psutil.Error:
        return Usage(0.0, 0)


def _share_mb(pid: int) -> float:
    """Memory of one, a page that n processes share counting one n-th; costs milliseconds for a large process."""
    own = _measure_one(pid).mb
    if sys.platform != "linux":
        return own
    return _sum(_lines(f"/proc/{pid}/smaps_rollup"), (b"Pss_Anon:", b"Pss_Shmem:")) / 1024 or own


def _lines(path: str) -> list[bytes]:
    try:
        return Path(path).read_bytes().splitlines()
    except OSError:
        return []


def _sum(lines: Iterable[bytes], names: tuple[bytes, ...]) -> int:
    return sum(int(line.split()[1]) for line in lines if line.startswith(names))


def _children(root: int) -> list[psutil.Process]:
    try:
        return psutil.Process(root).children(recursive=True)
    except psutil.Error:
        return []
