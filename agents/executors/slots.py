"""Slots: what experiments may use of this machine, and how many of them run at once."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping

import psutil

from agents.executors.quotas import ROOT, cpu_quota, memory_limit_mb, own_cgroups
from agents.schema import Record, Resources

_RESERVE_MB = 512
_ORDINARY = Resources(gpus=1.0)
_GPU = re.compile(r"^GPU (\d+):")
_MIG = re.compile(r"^\s+MIG .*\(UUID: (MIG-[^)]+)\)")


class Slots(Record):
    """How many jobs may run at once, and what all of them together may use. `gpus` are ids as CUDA knows them."""

    count: int
    cpus: int
    memory_mb: int
    gpus: tuple[str, ...] = ()


def find_slots(count: int, gpus: tuple[str, ...] | None, each: Resources = _ORDINARY) -> Slots:
    """Divide this machine into `count` slots; 0 takes as many as jobs that need `each` fit.

    `gpus` None takes those that are found. A count given by hand may overbook the cores, which only slows; memory and
    GPUs it cannot: jobs wait for them however many slots there are.
    """
    devices = find_gpus(os.environ) if gpus is None else gpus
    memory_mb = usable_mb(count_memory_mb())
    number = count or count_fitting(each, count_cpus(), memory_mb, len(devices))
    return Slots(count=number, cpus=max(count_cpus(), number * each.cpus), memory_mb=memory_mb, gpus=devices)


def count_fitting(each: Resources, cpus: int, memory_mb: int, gpus: int) -> int:
    """Jobs of one kind that fit side by side, at least one: GPUs decide where they are used, else cores; and memory."""
    if each.gpus and gpus:
        fitting = gpus * int(1 / each.gpus + 1e-6) if each.gpus <= 1 else gpus // int(each.gpus)
    else:
        fitting = cpus // each.cpus
    return max(1, min(fitting, memory_mb // each.memory_mb))


def count_cpus() -> int:
    """CPU cores that this process may use: its affinity, or the quota of its cgroup where that is less."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(allowed, cpu_quota(ROOT, own_cgroups("cpu")))))


def count_memory_mb() -> int:
    """Memory that this process may use: the machine's, or the limit of its cgroup where that is less."""
    return int(min(psutil.virtual_memory().total / 2**20, memory_limit_mb(ROOT, own_cgroups("memory"))))


def usable_mb(memory_mb: int) -> int:
    """What experiments may have of this memory: Naturalist and the system keep a tenth, at least 512 MB."""
    return max(memory_mb - max(_RESERVE_MB, memory_mb // 10), memory_mb // 2)


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
