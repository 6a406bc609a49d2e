"""What stands between a command and the machine, put up by its supervisor: nothing, kernel filters, or a room."""

import contextlib
import os
import sys
from typing import Literal, NotRequired, Protocol, TypedDict

from agents.sandbox.inside import landlock, seccomp
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
    """Landlock for files and seccomp for system calls, as far as this kernel has them; ProcessSandbox tries it out."""

    def __init__(self, readable: list[str], writable: list[str]) -> None:
        self._readable, self._writable = readable, writable

    def close_behind(self) -> None:
        shed_privileges()
        landlock.restrict(self._readable, self._writable)
        with contextlib.suppress(seccomp.Unsupported):
            seccomp.load("process")


def shed_privileges() -> None:
    """No setuid program helps; root keeps one capability, so that it can neither trace nor read its driver."""
    prctl(NO_NEW_PRIVILEGES, 1)
    if os.geteuid() == 0:
        for capability in range(64):
            if capability != KEPT_CAPABILITY:
                prctl(DROP_CAPABILITY, capability)
        if sys.platform == "linux":  # what the next program would lack, a warm one that runs in this process still has
            _keep_only(KEPT_CAPABILITY)


def _keep_only(capability: int) -> None:
    """Give up every capability that this process holds but one (Linux capget and capset, version 3)."""
    import ctypes

    c = ctypes.CDLL(None, use_errno=True)
    header, held = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if c.capget(header, held):
        raise OSError(ctypes.get_errno(), "cannot read capabilities")
    effective, permitted = (held[place] & 1 << capability for place in (0, 1))
    if c.capset(header, (ctypes.c_uint32 * 6)(effective, permitted)):
        raise OSError(ctypes.get_errno(), "cannot drop capabilities")
