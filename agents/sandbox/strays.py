"""Processes that outlived their sandbox: found by the marker in their environment, never by their command line.

A marker reads "<driver's pid>:<driver's start, seconds since the epoch>:<number>:<working folder>".
"""

import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import psutil

from agents.sandbox.environment import MARKER

_CLOCK_SLACK_S = 5.0
_WAIT_S = 2.0
_numbers = itertools.count(1)


class Marker(NamedTuple):
    driver: int
    started: float
    number: int
    workdir: Path

    def __str__(self) -> str:
        return f"{self.driver}:{self.started}:{self.number}:{self.workdir}"


def new_marker(workdir: Path) -> Marker:
    """A marker for one command of this process, unlike any other on this machine."""
    return Marker(os.getpid(), round(psutil.Process().create_time(), 2), next(_numbers), workdir.resolve())


def parse_marker(text: str) -> Marker | None:
    try:
        driver, started, number, workdir = text.split(":", 3)
        return Marker(int(driver), float(started), int(number), Path(workdir))
    except ValueError:
        return None


def kill_marked(marker: Marker) -> int:
    """Kill every process of one command, wherever it hides in the process tree; returns how many there were."""
    return _kill_where(lambda found: found == marker)


def reap_strays(folder: Path) -> int:
    """Kill what is left of commands that worked in `folder` and whose driver is dead; returns how many processes."""
    inside = folder.resolve()
    return _kill_where(lambda found: found.workdir.is_relative_to(inside) and not is_alive(found))


def _kill_where(is_meant: Callable[[Marker], bool]) -> int:
    killed: dict[int, psutil.Process] = {}
    while fresh := [process for process in _marked(is_meant) if process.pid not in killed]:
        for process in fresh:
            killed[process.pid] = process
            _kill(process)
    _wait_until_gone(list(killed.values()))
    return len(killed)


def _wait_until_gone(processes: list[psutil.Process]) -> None:
    """A killed process may need a moment; a zombie is gone, whoever has yet to collect it."""
    deadline = time.monotonic() + _WAIT_S
    while any(_is_running(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.01)


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _marked(is_meant: Callable[[Marker], bool]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        marker = _marker_of(process)
        if marker is not None and process.pid != os.getpid() and is_meant(marker):
            found.append(process)
    return found


def _marker_of(process: psutil.Process) -> Marker | None:
    try:
        return parse_marker(process.environ().get(MARKER, ""))
    except (psutil.Error, OSError):
        return None  # another user's, or gone


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.Error:
        return  # gone by itself


def is_alive(marker: Marker) -> bool:
    """Whether the driver that a marker names still runs."""
    try:
        return abs(psutil.Process(marker.driver).create_time() - marker.started) < _CLOCK_SLACK_S
    except psutil.Error:
        return False
