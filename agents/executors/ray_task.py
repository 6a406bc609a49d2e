"""The task that a Ray worker runs: one job, in the sandbox of its node."""

from collections.abc import Mapping
from importlib import import_module
from threading import Event as Flag
from typing import Any

from agents.executors.admission import Placement
from agents.executors.on_node import SandboxRecipe, run_parcel
from agents.executors.parcels import Parcel, Return


def run_on_node(parcel: Parcel, blobs: Mapping[str, Any], recipe: SandboxRecipe, cpus: int) -> Return:
    """Run a parcel; contents that this node does not have yet are taken from Ray's object store.

    To cancel the task interrupts its main thread, and so the sandbox, which ends what it runs.
    """
    ray: Any = import_module("ray")

    def fetch(digest: str) -> bytes:
        return ray.get(blobs[digest])

    gpus = ray.get_runtime_context().get_accelerator_ids().get("GPU", [])
    placement = Placement(cpus, parcel.job.resources.memory_mb, tuple(gpus))
    return run_parcel(parcel, fetch, recipe, placement, Flag())
