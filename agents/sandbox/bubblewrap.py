"""The bubblewrap sandbox: a room of Linux namespaces for each run. No daemon; root or an ordinary user.

The room shows the interpreter, the system's libraries and what the command may read, all read-only; one folder can be
written. No network but a loopback of its own, no other processes, no home, no sockets of the host.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from agents.errors import ServiceError
from agents.sandbox.borrowed import (
    ROOM_USER,
    interpreter_folders,
    name_user,
    settings_files,
    system_folders,
    system_links,
)
from agents.sandbox.inside.fence import FenceRequest
from agents.sandbox.local import LocalSandbox
from agents.schema import Command

_CPU_SETTINGS = ("/sys/devices/system/cpu", "/sys/devices/system/node")
_GPU_SETTINGS = ("/sys/bus", "/sys/class", "/sys/devices", "/sys/module", "/etc/OpenCL", "/etc/nvidia")
_HOSTS = "127.0.0.1 localhost\n::1 localhost\n"


class BubblewrapSandbox(LocalSandbox):
    """Needs the program `bwrap`, and leave to make namespaces: root's, or the kernel's for ordinary users."""

    name = "bubblewrap"
    home = Path("/tmp")

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise ServiceError("bubblewrap is for Linux only; use --sandbox docker")
        program = shutil.which("bwrap")
        if program is None:
            raise ServiceError("bubblewrap is not installed; on Debian or Ubuntu: sudo apt-get install -y bubblewrap")
        super().__init__()
        self._program = program
        self._user = ROOM_USER if os.geteuid() == 0 else None

    @property
    def guarantees(self) -> tuple[str, ...]:
        """What holds on this machine."""
        return (
            "files: only the working folder can be written, only Python, system libraries and the inputs can be read",
            "network: none, but a loopback of its own",
            "other processes: neither seen nor signalled; nothing outlives the run (the kernel's namespaces)",
            "user: nobody else's, without any capability, and without the system calls that lead out (seccomp)",
            "wall-clock limit on the whole process tree, size of the output and of each file: enforced",
            self.limits,
            "disk of the working folder: polled, can be overshot for a moment",
        )

    def room_of(self, command: Command, scratch: Path) -> list[str]:
        """The command line of bubblewrap that builds the room; `scratch` holds what is no file of the machine."""
        alone = () if self._user is not None else ("--unshare-user",)
        return [self._program, *_SPACES, *alone, *self._mounts(command, scratch)]

    def _fence(self, command: Command, scratch: Path) -> FenceRequest:
        room: FenceRequest = {"kind": "room", "bwrap": self.room_of(command, scratch)}
        if self._user is not None:
            os.chown(command.workdir, self._user, self._user)
            room["user"] = self._user
        return room

    def _mounts(self, command: Command, scratch: Path) -> Iterator[str]:
        """Temporary folders first: what is bound may lie below them."""
        limits, workdir = command.limits, command.workdir.absolute()
        shown = [*system_folders(), *settings_files(), *interpreter_folders(), *map(Path.absolute, command.readable)]
        yield from ("--size", str(limits.disk_mb << 20), "--perms", "1777", "--tmpfs", "/tmp")
        yield from ("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev")
        yield from (
            "--size",
            str(limits.memory_mb << 19),
            "--perms",
            "1777",
            "--tmpfs",
            "/dev/shm",
            "--remount-ro",
            "/dev",
        )
        for name, target in system_links().items():
            yield from ("--symlink", target, f"/{name}")
        for folder in _above((*shown, workdir, Path("/sys/devices/system/cpu"))):
            yield from ("--perms", "0755", "--dir", str(folder))  # else only root could pass through them
        for device in (*_CPU_SETTINGS, *(_gpu_paths() if command.env.get("CUDA_VISIBLE_DEVICES") else ())):
            yield from ("--dev-bind-try" if device.startswith("/dev") else "--ro-bind-try", device, device)
        for path, name in self._written(scratch):
            yield from ("--ro-bind", str(path), f"/etc/{name}")
        for path in shown:
            yield from ("--ro-bind", str(path), str(path))
        yield from ("--bind", str(workdir), str(workdir), "--remount-ro", "/")

    def _written(self, scratch: Path) -> Iterator[tuple[Path, str]]:
        """Settings of the room's own, written into `scratch`."""
        user = os.geteuid() if self._user is None else self._user
        for name, text in {**name_user(user), "hosts": _HOSTS}.items():
            (scratch / name).write_text(text)
            (scratch / name).chmod(0o644)
            yield scratch / name, name


_SPACES = (
    "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent",
    "--cap-drop", "ALL", "--clearenv", "--hostname", "sandbox",
)  # fmt: skip


def _above(paths: Iterable[Path]) -> list[Path]:
    """Every folder above these, outermost first, that the room does not get from the system."""
    system = system_folders()
    found = {parent for path in paths for parent in path.parents if parent != Path("/")}
    return sorted(folder for folder in found if not any(folder.is_relative_to(each) for each in system))


def _gpu_paths() -> list[str]:
    return [*_GPU_SETTINGS, *sorted(str(path) for path in Path("/dev").glob("nvidia*"))]
