"""Where experiments run: the executor that was asked for, with the sandboxes that it or its nodes need."""

import time
from contextlib import ExitStack
from pathlib import Path
from threading import Event as Flag
from typing import NamedTuple, get_args

from agents.events import Degraded, Event, SandboxChosen
from agents.executors.local import LocalExecutor
from agents.executors.on_node import SandboxRecipe
from agents.executors.slots import find_slots
from agents.llm.team import OFFLINE, models_of, searched_models
from agents.registry import find_adapter
from agents.sandbox import SANDBOXES
from agents.sandbox.choose import AUTO, Chosen, choose_sandbox
from agents.schema import Resources, Role
from agents.services import Executor
from agents.settings import Settings

LOCAL, RAY, SLURM = "local", "ray", "slurm"
REMOTE_SLOTS = 32
"""Experiments that are sent to a cluster at once, unless executor.options.slots says otherwise."""


class Workplace(NamedTuple):
    """A running executor, and what there is to tell of it once the run has started."""

    executor: Executor
    notices: tuple[Event, ...]


def open_workplace(folder: Path, settings: Settings, needed: Resources, stop: Flag, stack: ExitStack) -> Workplace:
    """Open the executor and let `stack` close it. One of the user's own is made from the first four arguments.

    `needed` is what one experiment asks for.
    """
    if settings.executor.name == LOCAL:
        return _open_local(settings, needed, stop, stack)
    executor = _open_remote(folder, settings, needed, stop)
    stack.callback(executor.close)
    told = SandboxChosen(at=time.time(), name=f"{settings.sandbox.backend}, chosen on each node", guarantees=())
    return Workplace(executor, (told,))


def check_workplace(settings: Settings) -> None:
    """Raise UserError for a sandbox or an executor that no adapter has."""
    if settings.sandbox.backend != AUTO:
        find_adapter("sandbox", settings.sandbox.backend, SANDBOXES)
    if settings.executor.name not in (LOCAL, RAY, SLURM):
        find_adapter("executor", settings.executor.name, dict.fromkeys((LOCAL, RAY, SLURM), ""))


def count_slots(settings: Settings, needed: Resources) -> int:
    """Experiments that run at once."""
    if settings.executor.name == LOCAL:
        return find_slots(settings.sandbox.slots, settings.sandbox.gpus, needed).count
    return int(settings.executor.options.get("slots", settings.sandbox.slots or REMOTE_SLOTS))


def _open_local(settings: Settings, needed: Resources, stop: Flag, stack: ExitStack) -> Workplace:
    chosen = choose_sandbox(settings.sandbox, is_code_trusted=_is_code_trusted(settings))
    stack.callback(chosen.sandbox.close)
    slots = find_slots(settings.sandbox.slots, settings.sandbox.gpus, needed)
    executor = LocalExecutor(chosen.sandbox, slots, stop)
    stack.callback(executor.close)
    return Workplace(executor, _tell_sandbox(chosen))


def _open_remote(folder: Path, settings: Settings, needed: Resources, stop: Flag) -> Executor:
    match settings.executor.name:
        case "ray":
            from agents.executors.ray_cluster import RayExecutor

            return RayExecutor(folder, settings.executor, needed, _make_recipe(settings), stop)
        case "slurm":
            from agents.executors.slurm import SlurmExecutor

            return SlurmExecutor(folder, settings.executor, _make_recipe(settings), stop)
        case name:
            return find_adapter("executor", name, {})(folder, settings, needed, stop)


def _make_recipe(settings: Settings) -> SandboxRecipe:
    """How a node chooses its sandbox: as the driver would for itself."""
    options = {"settings": settings.sandbox.model_dump(mode="json"), "is_code_trusted": _is_code_trusted(settings)}
    return SandboxRecipe(target="agents.sandbox.choose:choose_on_node", options=options)


def _is_code_trusted(settings: Settings) -> bool:
    """Whether no language model may write what runs; research without a template asks other roles for code too."""
    roles: tuple[Role, ...] = get_args(Role) if settings.free.is_on else ("code",)
    writers = {*searched_models(settings), *(name for role in roles for name in models_of(settings, role))}
    return writers == {OFFLINE}


def _tell_sandbox(chosen: Chosen) -> tuple[Event, ...]:
    """Which sandbox the run has, and loudly what it leaves open."""
    now, name = time.time(), chosen.sandbox.name
    told = SandboxChosen(at=now, name=name, guarantees=chosen.sandbox.guarantees, passed_over=chosen.passed_over)
    if not chosen.probe.open:
        return (told,)
    consequence = f"an experiment's program can {', '.join(chosen.probe.open)}; what holds: naturalist doctor"
    return told, Degraded(at=now, what=f"weak sandbox ({name})", consequence=consequence)
