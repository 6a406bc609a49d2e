"""What the control groups of this process leave it: CPU cores and memory. Reads both versions of the interface."""

import math
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def own_cgroups(controller: str) -> list[str]:
    """Groups of this process, relative to their mount: that of version 2, and of `controller` in version 1."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = [line.split(":", 2) for line in lines]
    return [path.lstrip("/") for number, names, path in found if number == "0" or controller in names.split(",")]


def cpu_quota(root: Path, groups: list[str]) -> float:
    """The least CPU quota, in cores, of these groups and those above them; infinite where there is none."""
    return min(map(_read_quota, _folders(root, "cpu", groups)), default=math.inf)


def memory_limit_mb(root: Path, groups: list[str]) -> float:
    """The least memory limit of these groups and those above them; infinite, or far too large, where there is none."""
    return min(map(_read_memory_mb, _folders(root, "memory", groups)), default=math.inf)


def _folders(root: Path, controller: str, groups: list[str]) -> Iterator[Path]:
    """A process in a container often sees its own group as the root of the mount, so that one is looked at too."""
    for base in (root, root / controller):
        for group in groups or [""]:
            folder = base / group
            yield from (above for above in (folder, *folder.parents) if above.is_relative_to(base))


def _read_quota(folder: Path) -> float:
    try:
        limit, period = _quota_words(folder)
        return int(limit) / int(period) if int(limit) > 0 and int(period) > 0 else math.inf
    except (OSError, ValueError):
        return math.inf  # "max", or no such file: no quota here


def _quota_words(folder: Path) -> tuple[str, str]:
    unified = folder / "cpu.max"
    if unified.exists():
        limit, period = unified.read_text().split()
        return limit, period
    return (folder / "cpu.cfs_quota_us").read_text(), (folder / "cpu.cfs_period_us").read_text()


def _read_memory_mb(folder: Path) -> float:
    for name in ("memory.max", "memory.limit_in_bytes"):
        try:
            return int((folder / name).read_text()) / 2**20
        except (OSError, ValueError):
            continue  # "max", or no such file: no limit here
    return math.inf
