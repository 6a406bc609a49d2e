"""What stands between a command and the machine, put up by its supervisor: nothing, kernel filters, or a room."""

import os
from typing import Literal, NotRequired, Protocol, TypedDict

from agents.sandbox.inside.processes import DROP_CAPABILITY, NO_NEW_PRIVILEGES, prctl

KEPT_CAPABILITY = 1
"""CAP_DAC_OVERRIDE: root may still read the user's own template and workspace."""


class FenceRequest(TypedDict):
    """`readable` and `writable` are what "filters" leaves open; `bwrap` is the command line that builds the "room"."""

    kind: Literal["none", "filters", "room"]
    readable: NotRequired[list[str]]
    writable: NotRequired[list[str]]
    bwrap: NotRequired[list[str]]
    user: NotRequired[int]
    """Id that the command runs under in a room; only root can choose one."""


class Fence(Protocol):
    """`close_behind` is called in the command's own process, last before it runs; `end` by the supervisor."""

    def close_behind(self) -> None: ...

    def end(self) -> None: ...


def make_fence(request: FenceRequest) -> Fence:
    """Raises OSError with a reason when the fence cannot be put up."""
    match request["kind"]:
        case "room":
            from agents.sandbox.inside.room import Room

            return Room(request.get("bwrap", []), request.get("user"))
        case "filters":
            return Filters(request.get("readable", []), request.get("writable", []))
        case "none":
            return Open()


class Open:
    """No fence of ours: a container around us is one. Only privileges go."""

    def close_behind(self) -> None:
        shed_privileges()

    def end(self) -> None:
        """Nothing to take down."""


class Filters(Open):
    """Landlock for files and seccomp for system calls, as far as this kernel has them."""

    def __init__(self, readable: list[str], writable: list[str]) -> None:
        self._readable, self._writable = readable, writable

    def close_behind(self) -> None:
        shed_privileges()


def shed_privileges() -> None:
    """No setuid program helps; root keeps one capability, so that it can neither trace nor read its driver."""
    prctl(NO_NEW_PRIVILEGES, 1)
    if os.geteuid() == 0:
        for capability in range(64):
            if capability != KEPT_CAPABILITY:
                prctl(DROP_CAPABILITY, capability)
