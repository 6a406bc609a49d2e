"""The process sandbox: an ordinary process with limits. The weakest level; works on every Linux and macOS machine.

It bounds time, memory, disk and output, ends everything that a command started, and shows it nothing of the driver's
environment. Where Linux has Landlock and seccomp, a command opens no file but its own, makes no socket, signals nobody
else and changes no file's attributes; what holds on this machine is tried out and said by `guarantees`.

What it takes from a program there: sockets; /dev/shm and named semaphores, so no multiprocessing locks, queues or pools
and no DataLoader workers (making one is a crash: PermissionError, Permission denied); chmod, chown
and setting a file's times, which succeed and do nothing; /proc/self in the programs that it starts. Names, sizes and
times of files anywhere can still be looked up.
"""

from pathlib import Path

from agents.sandbox.bubblewrap import interpreter_folders
from agents.sandbox.inside import seccomp
from agents.sandbox.inside.fence import FenceRequest
from agents.sandbox.local import LocalSandbox
from agents.sandbox.probe import Danger, Probe, probe_sandbox
from agents.schema import Command

_ALWAYS = (
    "wall-clock limit on the whole process tree: enforced",
    "nothing left running, daemons included: enforced",
    "environment and memory of Naturalist itself unreadable: enforced on Linux",
    "size of the output and of each file: enforced",
    "disk of the working folder: polled, can be overshot for a moment",
)
_TRIED: dict[Danger, tuple[str, str]] = {
    "read your files": (
        "files outside the working folder and the inputs: closed to reading (names, sizes, times stay open)",
        "files outside the working folder: NOT protected from reading",
    ),
    "write your files": (
        "files outside the working folder: closed to writing",
        "files outside the working folder: NOT protected from writing",
    ),
    "reach the network": ("network: cut off", "network: NOT cut off"),
    "use this machine's sockets": ("sockets of this machine: closed", "sockets of this machine: NOT closed"),
    "see other processes": (
        "the user's other processes: closed to signals",
        "the user's other processes: NOT protected from signals",
    ),
    "make namespaces": ("namespaces and mounts: closed", "namespaces and mounts: NOT closed"),
}
"""What is said when a program could not, and when it could."""
_GPU_SETTINGS = (
    "/sys/bus", "/sys/class", "/sys/devices", "/sys/module", "/etc/OpenCL", "/etc/nvidia", "/proc/driver",
    "/proc/devices", "/proc/modules",
)  # fmt: skip


class ProcessSandbox(LocalSandbox):
    """Fences a command in by the kernel's own filters, as far as it has them."""

    name = "process"

    def __init__(self) -> None:
        super().__init__()
        self._probe: Probe | None = None

    @property
    def guarantees(self) -> tuple[str, ...]:
        """What holds on this machine: a program that tries is run once."""
        self._probe = self._probe or probe_sandbox(self)
        opened = self._probe.open
        tried = tuple(phrases[danger in opened] for danger, phrases in _TRIED.items())
        return (*_ALWAYS, self.limits, *tried, _describe_attributes())

    def _fence(self, command: Command, scratch: Path) -> FenceRequest:
        settings, nodes = _gpu_paths() if command.env.get("CUDA_VISIBLE_DEVICES") else ((), ())
        readable = (*interpreter_folders(), *(path.absolute() for path in command.readable), *settings)
        writable = (command.workdir.absolute(), scratch, *nodes)
        return {"kind": "filters", "readable": list(map(str, readable)), "writable": list(map(str, writable))}


def _describe_attributes() -> str:
    if obstacle := seccomp.find_obstacle():
        return f"permissions, owners and times of your files: NOT protected ({obstacle})"
    return "permissions, owners and times of your files: closed to changes"


def _gpu_paths() -> tuple[tuple[str, ...], tuple[Path, ...]]:
    return _GPU_SETTINGS, tuple(sorted(Path("/dev").glob("nvidia*")))
