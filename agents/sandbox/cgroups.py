"""Control groups: limits on memory, processes and CPU that the kernel keeps for a command and all that it starts.

A home is a place in the kernel's tree where this process may make groups; where one is found is told in
cgroup_homes.py. Both versions of the interface: in version 2 one folder serves all limits, in version 1 one for each.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

Kept: TypeAlias = Literal["memory", "pids", "cpu"]
KEPT: tuple[Kept, ...] = ("memory", "pids", "cpu")
_PERIOD_US = 100_000
_MB = 1024 * 1024
_REMOVE_S = 2.0
_PREFIX = "naturalist"


class Group(NamedTuple):
    """One group, for one command. `folders` hold it, by what they limit; safe to remove twice."""

    version: Literal[1, 2]
    folders: dict[Kept, Path]

    @property
    def join_files(self) -> list[str]:
        """A process that writes "0" into each of these is in the group, with whatever it starts from then on."""
        return [str(folder / "cgroup.procs") for folder in self._places()]

    @property
    def peak_mb(self) -> float:
        """The most memory that was used at one time, 0 where the kernel does not tell."""
        name = "memory.peak" if self.version == 2 else "memory.max_usage_in_bytes"
        return _read_number(self.folders["memory"] / name) / _MB if "memory" in self.folders else 0.0

    @property
    def was_oom(self) -> bool:
        """Whether the kernel killed a process of the group for want of memory."""
        name = "memory.events" if self.version == 2 else "memory.oom_control"
        return "memory" in self.folders and _read_field(self.folders["memory"] / name, "oom_kill") > 0

    def kill(self) -> None:
        """Kill all that is in the group; a process may take a moment to go."""
        for folder in self._places():
            try:
                (folder / "cgroup.kill").write_text("1")  # version 2, since Linux 5.14
            except OSError:
                _kill_each(folder)

    def remove(self) -> None:
        """Kill what is left and remove the group; what cannot be killed in time leaves it to the next sweep."""
        deadline = time.monotonic() + _REMOVE_S
        left = self._places()
        while left := [folder for folder in left if not _is_removed(folder)]:
            if time.monotonic() > deadline:
                return
            self.kill()
            time.sleep(0.005)

    def _places(self) -> list[Path]:
        return list(dict.fromkeys(self.folders.values()))


class GroupHome(NamedTuple):
    """A place to make groups in: the folder for each thing that can be limited here."""

    version: Literal[1, 2]
    folders: dict[Kept, Path]

    def make(self, name: str, memory_mb: int, processes: int, cpus: float) -> Group:
        """Make a group with hard limits, memory including swap; raises OSError. `name` is used once by a driver."""
        started = _find_start(os.getpid())
        group = Group(self.version, self._inside(f"{_PREFIX}-{os.getpid()}-{started}-{name}"))
        try:
            for folder in dict.fromkeys(group.folders.values()):
                folder.mkdir()
            for kept, settings in self._limits(memory_mb, processes, cpus).items():
                for file, value in settings:
                    _write_setting(group.folders[kept] / file, value)
        except OSError:
            group.remove()
            raise
        return group

    def sweep(self) -> int:
        """End and remove the groups of drivers that are dead; returns how many there were."""
        names = {path.name for folder in self.folders.values() for path in folder.glob(f"{_PREFIX}-*-*-*")}
        stale = [name for name in names if not _is_driver_alive(name)]
        for name in stale:
            Group(self.version, self._inside(name)).remove()
        return len(stale)

    def _inside(self, name: str) -> dict[Kept, Path]:
        return {kept: folder / name for kept, folder in self.folders.items()}

    def _limits(self, memory_mb: int, processes: int, cpus: float) -> dict[Kept, list[tuple[str, str]]]:
        memory, quota = str(memory_mb * _MB), str(round(cpus * _PERIOD_US))
        limits: dict[Kept, list[tuple[str, str]]] = {
            "memory": [("memory.max", memory), ("memory.swap.max", "0"), ("memory.oom.group", "1")],
            "pids": [("pids.max", str(processes))],
            "cpu": [("cpu.max", f"{quota} {_PERIOD_US}")],
        }
        if self.version == 1:
            limits["memory"] = [("memory.limit_in_bytes", memory), ("memory.memsw.limit_in_bytes", memory)]
            limits["cpu"] = [("cpu.cfs_period_us", str(_PERIOD_US)), ("cpu.cfs_quota_us", quota)]
        return {kept: limits[kept] for kept in self.folders}


def _write_setting(path: Path, value: str) -> None:
    """Settings of swap, and of groups as a whole, are missing where the kernel is built or started without them."""
    if path.exists() or not path.name.startswith(("memory.swap", "memory.memsw", "memory.oom")):
        path.write_text(value)


def _is_removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _kill_each(folder: Path) -> None:
    for pid in read_members(folder):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def read_members(folder: Path) -> list[int]:
    """Ids of the processes in a group, without those in groups below it; none where it is gone."""
    with contextlib.suppress(OSError):
        return [int(word) for word in (folder / "cgroup.procs").read_text().split()]
    return []


def _read_number(path: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_text())
    return 0


def _read_field(path: Path, name: str) -> int:
    with contextlib.suppress(OSError):
        return _pick(name, path.read_text().splitlines())
    return 0


def _pick(name: str, lines: Iterable[str]) -> int:
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name} ")), 0)


def _find_start(pid: int) -> int:
    """When a process started, in the kernel's ticks; 0 if there is none. Ids are used again, with other starts."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # any other failure must not pass for death
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    return 0


def _is_driver_alive(name: str) -> bool:
    try:
        _, pid, started, _ = name.split("-", 3)
        return _find_start(int(pid)) == int(started)
    except (ValueError, OSError):
        return True  # not one of ours, or not to be told
