"""The bubblewrap sandbox: a room of Linux namespaces for each run. No daemon; root or an ordinary user.

The room shows the interpreter, the system's libraries and what the command may read, all read-only; one folder can be
written. No network but a loopback of its own, no other processes, no home, no sockets of the host.
"""

import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path

from agents.errors import ServiceError
from agents.sandbox.inside.fence import FenceRequest
from agents.sandbox.local import LocalSandbox
from agents.schema import Command

ROOM_USER = 64001
"""Whom a command runs as when the driver is root: nobody else on the machine."""
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = (
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts", "/etc/localtime",
    "/etc/protocols", "/etc/services", "/etc/mime.types", "/sys/devices/system/cpu", "/sys/devices/system/node",
)  # fmt: skip
_GPU_SETTINGS = ("/sys/bus", "/sys/class", "/sys/devices", "/sys/module", "/etc/OpenCL", "/etc/nvidia")
_WRITTEN = {
    "passwd": "root:x:0:0::/:/usr/sbin/nologin\nsandbox:x:{user}:{user}::/tmp:/usr/sbin/nologin\n",
    "group": "root:x:0:\nsandbox:x:{user}:\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}


class BubblewrapSandbox(LocalSandbox):
    """Needs the program `bwrap`, and leave to make namespaces: root's, or the kernel's for ordinary users."""

    name = "bubblewrap"

    def __init__(self) -> None:
        if sys.platform != "linux":
            raise ServiceError("bubblewrap is for Linux only; use --sandbox docker")
        program = shutil.which("bwrap")
        if program is None:
            raise ServiceError("bubblewrap is not installed; on Debian or Ubuntu: sudo apt-get install -y bubblewrap")
        super().__init__()
        self._program = program
        self._user = ROOM_USER if os.geteuid() == 0 else None
        self._etc = _write_etc(self._user or os.geteuid())
        weakref.finalize(self, shutil.rmtree, self._etc, ignore_errors=True)

    @property
    def guarantees(self) -> tuple[str, ...]:
        """What holds on this machine."""
        return (
            "files outside the working folder: cannot be written; only the interpreter, system libraries and the inputs can be read",
            "network: none, but a loopback of its own",
            "other processes: neither seen nor signalled; nothing outlives the run (the kernel's namespaces)",
            "user: nobody else's, without any capability, and without the system calls that lead out (seccomp)",
            "wall-clock limit on the whole process tree, size of the output and of each file: enforced",
            "memory, and disk of the working folder: polled, can be overshot for a moment",
        )

    def _home(self, scratch: Path) -> Path:
        return Path("/tmp")  # noqa: S108 (the room's own)

    def _fence(self, command: Command, scratch: Path) -> FenceRequest:
        if self._user is not None:
            os.chown(command.workdir, self._user, self._user)
        room = [self._program, *_SPACES, *self._mounts(command)]
        if self._user is None:
            return {"kind": "room", "bwrap": [*room, "--unshare-user"]}
        return {"kind": "room", "bwrap": room, "user": self._user}

    def _mounts(self, command: Command) -> Iterator[str]:
        """Temporary folders first: what is bound may lie below them."""
        limits = command.limits
        readable = [*interpreter_folders(), *(path.absolute() for path in command.readable)]
        workdir = command.workdir.absolute()
        yield from ("--size", str(limits.disk_mb << 20), "--perms", "1777", "--tmpfs", "/tmp")  # noqa: S108
        yield from ("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev")
        yield from ("--size", str(limits.memory_mb << 19), "--perms", "1777", "--tmpfs", "/dev/shm")  # noqa: S108
        for path in _SYSTEM:
            yield from ("--symlink", str(Path(path).readlink()), path) if Path(path).is_symlink() else _show(path)
        for folder in _above((*readable, workdir, *map(Path, _SETTINGS))):
            yield from ("--perms", "0755", "--dir", str(folder))  # else only root could pass through them
        for path in (*_SETTINGS, *(_gpu_paths() if command.env.get("CUDA_VISIBLE_DEVICES") else ())):
            yield from ("--dev-bind-try" if path.startswith("/dev") else "--ro-bind-try", path, path)
        for name in _WRITTEN:
            yield from ("--ro-bind", str(self._etc / name), f"/etc/{name}")
        for path in readable:
            yield from ("--ro-bind", str(path), str(path))
        yield from ("--bind", str(workdir), str(workdir), "--remount-ro", "/")


_SPACES = (
    "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent",
    "--cap-drop", "ALL", "--clearenv", "--hostname", "sandbox",
)  # fmt: skip


def interpreter_folders() -> list[Path]:
    """Folders that Python and its packages stand in, besides the system's own."""
    found = {Path(prefix).absolute() for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix)}
    return sorted(folder for folder in found if not _is_below(folder, _SYSTEM))


def _above(paths: Iterable[Path]) -> list[Path]:
    """Every folder above these, outermost first, that the room does not get from the system."""
    found = {parent for path in paths for parent in path.parents}
    return sorted(folder for folder in found if not _is_below(folder, _SYSTEM) and folder != Path("/"))


def _is_below(path: Path, folders: Iterable[str]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _show(path: str) -> tuple[str, str, str]:
    return ("--ro-bind-try", path, path)


def _gpu_paths() -> list[str]:
    return [*_GPU_SETTINGS, *sorted(str(path) for path in Path("/dev").glob("nvidia*"))]


def _write_etc(user: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="naturalist-etc-"))
    for name, text in _WRITTEN.items():
        (folder / name).write_text(text.format(user=user))
        (folder / name).chmod(0o644)
    return folder
