"""The sandboxes of this machine, by name; one that cannot run says why."""

import os
from pathlib import Path
from threading import Event as Flag
from typing import Any

from agents.errors import ServiceError, UserError
from agents.registry import find_adapter
from agents.sandbox import SANDBOXES
from agents.schema import Command, Limits
from agents.services import Sandbox

NAMES = tuple(sorted(SANDBOXES))


class Unavailable(Exception):
    """A sandbox that cannot run here; the message says why."""


def make_sandbox(name: str, folder: Path, **options: str) -> Sandbox:
    """The sandbox of this name and these options, after it ran one harmless command in `folder`; raises Unavailable."""
    adapter: Any = find_adapter("sandbox", name, SANDBOXES)
    folder.mkdir(parents=True, exist_ok=True)
    command = Command(
        argv=("/bin/sh", "-c", "echo here"), workdir=folder, limits=Limits(wall_s=60), stdout=folder / "out"
    )
    try:
        sandbox: Sandbox = adapter(**options)
        completion = sandbox.run(command, Flag())
    except (ServiceError, UserError) as error:
        raise Unavailable(f"{name}: {error}") from error
    if completion.status != "ok":
        sandbox.close()
        raise Unavailable(f"{name}: a harmless command ended {completion.status}: {completion.detail}")
    return sandbox


def is_required(name: str) -> bool:
    """Whether REQUIRE_SANDBOXES, names with commas between, lists this one: then it may not be skipped."""
    return name in os.environ.get("REQUIRE_SANDBOXES", "").replace(" ", "").split(",")
