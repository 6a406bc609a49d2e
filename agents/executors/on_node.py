"""What a worker on another machine does with a job: it runs it in its own sandbox and sends back what it left."""

import platform
from functools import cache
from threading import Event as Flag
from typing import Any

from agents import __version__
from agents.errors import Interrupted, NaturalistError, ServiceError
from agents.executors.admission import Placement
from agents.executors.node_store import NodeStore
from agents.executors.parcels import Parcel, Return
from agents.executors.receiving import Fetch, Unpacked, use_own_python
from agents.executors.shipping import workdirs
from agents.files import remove_tree
from agents.registry import find_adapter
from agents.schema import Completion, Job, Record
from agents.services import Sandbox


class SandboxRecipe(Record):
    """How a node makes its sandbox: an entry point's name or package.module:Name, and what its constructor is given."""

    target: str
    options: dict[str, Any] = {}


def run_parcel(parcel: Parcel, fetch: Fetch, recipe: SandboxRecipe, placement: Placement, stop: Flag) -> Return:
    """Run a parcel's job; what keeps it from being run is in the result, so that it needs no exception to travel."""
    if parcel.version != __version__:
        here = f"{platform.node()} has naturalist {__version__}"
        return Return(failure=f"{here}, the driver {parcel.version}; install the same version on both")
    try:
        sandbox = _open_sandbox(recipe.model_dump_json())
        if parcel.is_shared:
            return _run_shared(parcel, sandbox, placement, stop)
        return _run_shipped(parcel, fetch, sandbox, placement, stop)
    except Interrupted:
        raise
    except NaturalistError as error:
        is_retryable = isinstance(error, ServiceError) and error.retryable
        return Return(failure=f"{platform.node()}: {error}", is_retryable=is_retryable)
    except OSError as error:
        return Return(failure=f"{platform.node()}: cannot unpack {parcel.job.id}: {error}", is_retryable=True)


def run_here(job: Job, sandbox: Sandbox, stop: Flag) -> tuple[Completion, ...]:
    """Run a job's commands one after another, until one does not end "ok"."""
    completions: list[Completion] = []
    for command in job.commands:
        completions.append(sandbox.run(command, stop))
        if completions[-1].status != "ok":
            break
    return tuple(completions)


def empty_workdirs(job: Job) -> None:
    """Make the folders that the commands write anew: an attempt that was cut off may have left something in them."""
    for folder in workdirs(job):
        remove_tree(folder)
        folder.mkdir(parents=True, exist_ok=True)


def _run_shared(parcel: Parcel, sandbox: Sandbox, placement: Placement, stop: Flag) -> Return:
    job = _placed(use_own_python(parcel.job, parcel.python), placement)
    empty_workdirs(job)
    return Return(run_here(job, sandbox, stop))


def _run_shipped(parcel: Parcel, fetch: Fetch, sandbox: Sandbox, placement: Placement, stop: Flag) -> Return:
    store = _open_store()
    with store.job_folder() as folder:
        unpacked = Unpacked(parcel, folder, lambda digest: store.read(digest, fetch))
        return unpacked.collect(run_here(_placed(unpacked.job, placement), sandbox, stop))


def _placed(job: Job, placement: Placement) -> Job:
    commands = (command.model_copy(update={"env": {**command.env, **placement.env}}) for command in job.commands)
    return job.model_copy(update={"commands": tuple(commands)})


@cache
def _open_sandbox(recipe: str) -> Sandbox:
    """One sandbox for all jobs of a worker: it keeps interpreters warm."""
    made = SandboxRecipe.model_validate_json(recipe)
    return find_adapter("sandbox", made.target, {})(**made.options)


@cache
def _open_store() -> NodeStore:
    return NodeStore()
