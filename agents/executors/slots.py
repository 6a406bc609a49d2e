"""Slots: the shares of this machine that experiments run in, and how many there are."""

import math
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from agents.schema import Record

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_GPU = re.compile(r"^GPU (\d+):")
_MIG = re.compile(r"^\s+MIG .*\(UUID: (MIG-[^)]+)\)")


class Slot(Record):
    """Room for one job: the GPU it sees, None for none, and the threads it may use."""

    gpu: str | None = None
    cpus: int = 1

    @property
    def env(self) -> dict[str, str]:
        """What tells numerical libraries to keep to this slot. GPU numbers are those of nvidia-smi."""
        threads = dict.fromkeys(_THREADS, str(self.cpus))
        return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": self.gpu or "", **threads}


def find_slots(count: int, gpus: tuple[str, ...] | None) -> tuple[Slot, ...]:
    """Divide this machine into `count` slots; 0 takes one per GPU, or per CPU core where there is none.

    `gpus` None takes those that are found. More slots than GPUs share them in turn. A slot without a GPU has one
    thread: two threads for a small network on a loaded machine were measured ten times slower than one.
    """
    devices = find_gpus(os.environ) if gpus is None else gpus
    cores = count_cpus()
    if not devices:
        return tuple(Slot() for _ in range(count or cores))
    number = count or len(devices)
    share = max(1, cores // number)
    return tuple(Slot(gpu=devices[index % len(devices)], cpus=share) for index in range(number))


def count_cpus() -> int:
    """CPU cores that this process may use: its affinity, or the quota of its cgroup where that is less."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(allowed, cpu_quota(Path("/sys/fs/cgroup"), _own_cgroups()))))


def find_gpus(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Ids of the NVIDIA GPUs, or of their MIG instances; those alone that a batch system already chose for us."""
    chosen = environment.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return tuple(device.strip() for device in chosen.split(",") if device.strip() and device.strip() != "-1")
    return parse_gpus(_list_gpus())


def parse_gpus(listing: str) -> tuple[str, ...]:
    """Read `nvidia-smi -L`: the number of each GPU, or the UUIDs of its MIG instances where it is divided."""
    found: dict[str, list[str]] = {}
    for line in listing.splitlines():
        if gpu := _GPU.match(line):
            found[gpu[1]] = []
        elif (part := _MIG.match(line)) and found:
            found[list(found)[-1]].append(part[1])
    return tuple(device for gpu, parts in found.items() for device in (parts or [gpu]))


def _list_gpus() -> str:
    listing = _output(["nvidia-smi", "-L"])
    if listing:
        # Loads the part of the driver that only CUDA needs; a sandboxed program may not.
        _output(["nvidia-modprobe", "-u", "-c", "0"])
    return listing


def _output(argv: list[str]) -> str:
    """Standard output of a program; "" where it is missing, fails or hangs."""
    if shutil.which(argv[0]) is None:
        return ""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _own_cgroups() -> list[str]:
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    return [line.split(":", 2)[2].lstrip("/") for line in lines if line.startswith("0:") or ":cpu," in line]


def cpu_quota(root: Path, groups: list[str]) -> float:
    """The least CPU quota, in cores, of these control groups and those above them; infinite where there is none."""
    found = [math.inf]
    for base in (root, root / "cpu"):
        for group in groups or [""]:
            folder = base / group
            found += [_read_quota(above) for above in (folder, *folder.parents) if above.is_relative_to(base)]
    return min(found)


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
