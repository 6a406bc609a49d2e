"""What a job asks of a Ray cluster, and how many such jobs the cluster has room for."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from agents.errors import ServiceError
from agents.schema import Resources

Options: TypeAlias = Mapping[str, str | int | float]
Amounts: TypeAlias = dict[str, float]
_CUSTOM = "resource."


def demand(needed: Resources, options: Options, nodes: Iterable[Amounts]) -> Amounts:
    """Amounts by Ray's names. A cluster without GPUs is asked for none; num_cpus and num_gpus have the last word."""
    gpus = needed.gpus if any(node.get("GPU") for node in nodes) else 0.0
    custom = {name.removeprefix(_CUSTOM): float(n) for name, n in options.items() if name.startswith(_CUSTOM)}
    asked = {
        "CPU": float(options.get("num_cpus", needed.cpus)),
        "GPU": float(options.get("num_gpus", gpus)),
        "memory": needed.memory_mb * 2.0**20,
        **custom,
    }
    return {name: amount for name, amount in asked.items() if amount}


def count_room(asked: Amounts, nodes: Iterable[Amounts]) -> int:
    """How many jobs that ask for this the nodes hold at once, each job on one node."""
    return sum(min(int(node.get(name, 0.0) / amount + 1e-6) for name, amount in asked.items()) for node in nodes)


def check_room(asked: Amounts, nodes: Iterable[Amounts]) -> None:
    """Raise ServiceError if no node could ever hold the job: Ray would wait for one without a word."""
    if count_room(asked, nodes) == 0:
        wanted = ", ".join(f"{amount / 2**20:g} MB memory" if name == "memory" else f"{amount:g} {name}"
                           for name, amount in asked.items())  # fmt: skip
        raise ServiceError(
            f"no node of the Ray cluster has {wanted}, which each experiment asks for; add such a node, or set "
            "executor.options.slots if the cluster starts one on demand"
        )


def task_options(asked: Amounts) -> dict[str, object]:
    """As keywords of a Ray task's options."""
    rest = {name: amount for name, amount in asked.items() if name not in ("CPU", "GPU", "memory")}
    return {
        "num_cpus": asked.get("CPU", 0.0),
        "num_gpus": asked.get("GPU", 0.0),
        "memory": int(asked["memory"]),
        "resources": rest,
    }
