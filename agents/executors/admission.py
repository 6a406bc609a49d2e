"""Admission: which job may start now, and on which GPU. It only keeps the books; who waits is the executor's affair."""

import math
from typing import NamedTuple

from agents.errors import UserError
from agents.executors.slots import Slots
from agents.schema import Resources

_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_ROUNDING = 1e-6
"""Three thirds of a GPU are a whole one."""


class Placement(NamedTuple):
    """What a running job holds; `share` is its part of each of `gpus`."""

    cpus: int
    memory_mb: int
    gpus: tuple[str, ...] = ()
    share: float = 0.0

    @property
    def env(self) -> dict[str, str]:
        """What tells a program to keep to its placement. GPU numbers are those of nvidia-smi; "" shows none."""
        threads = dict.fromkeys(_THREADS, str(self.cpus))
        return {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": ",".join(self.gpus), **threads}


class Admission:
    """The books of one machine. Not safe to use from several threads at once."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._held: list[Placement] = []

    def fit(self, wanted: Resources) -> Resources:
        """What a job gets of what it wants: no more CPU and memory than there is, so that it runs alone at worst.

        Where there is no GPU none is needed; too few of them raise UserError.
        """
        slots = self._slots
        if slots.gpus and wanted.gpus > len(slots.gpus):
            raise UserError(
                f"an experiment needs {wanted.gpus:g} GPUs and this machine has {len(slots.gpus)}; "
                "set gpus in the template's template.toml to what there is"
            )
        return Resources(
            cpus=min(wanted.cpus, slots.cpus),
            memory_mb=min(wanted.memory_mb, slots.memory_mb),
            gpus=wanted.gpus if slots.gpus else 0.0,
        )

    def admit(self, needed: Resources) -> Placement | None:
        """Book what a job needs, in the form that `fit` gave it; None if it has to wait."""
        gpus = self._choose_gpus(needed.gpus)
        if gpus is None or not self._has_room(needed):
            return None
        placement = Placement(needed.cpus, needed.memory_mb, gpus, min(needed.gpus, 1.0))
        self._held.append(placement)
        return placement

    def release(self, placement: Placement) -> None:
        self._held.remove(placement)

    def _has_room(self, needed: Resources) -> bool:
        held, slots = self._held, self._slots
        return (
            len(held) < slots.count
            and sum(job.cpus for job in held) + needed.cpus <= slots.cpus
            and sum(job.memory_mb for job in held) + needed.memory_mb <= slots.memory_mb
        )

    def _choose_gpus(self, wanted: float) -> tuple[str, ...] | None:
        """The fullest devices that still have room, so that empty ones stay whole; None if there are too few."""
        share, number = min(wanted, 1.0), math.ceil(wanted)
        fitting = [gpu for gpu in self._slots.gpus if self._used(gpu) + share <= 1 + _ROUNDING]
        fullest = sorted(fitting, key=self._used, reverse=True)[:number]
        return tuple(fullest) if len(fullest) == number else None

    def _used(self, gpu: str) -> float:
        return math.fsum(job.share for job in self._held if gpu in job.gpus)
