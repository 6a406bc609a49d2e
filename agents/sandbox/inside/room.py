"""A room of namespaces that bubblewrap builds and holds open, for one command to step into.

bubblewrap makes the mounts and starts `cat` there, which waits; the supervisor enters the room's process table (so that
its children are born in it), and the command, in a process of its own, everything else. Killing the first process of
the room ends all that is in it: the kernel sees to that.
"""

import fcntl
import json
import os
import select
import time

from agents.sandbox.inside.processes import DROP_CAPABILITY, NO_NEW_PRIVILEGES, drop_capabilities, kill, prctl, setns
from agents.sandbox.inside.seccomp import load

HOLDER = "/usr/bin/cat"
_BUILD_S = 20.0
_JOINED = ("ipc", "uts", "net", "cgroup", "mnt", "user")
_SPACES = (*_JOINED, "pid")
_OWNER = 0xB701
"""NS_GET_USERNS: bubblewrap keeps a user namespace of its own between ours and the command's."""
_CAPABILITIES = 64


class Room:
    """`bwrap` is the command line without its last part; `user` the id to run under, None to stay who we are."""

    def __init__(self, bwrap: list[str], user: int | None) -> None:
        self._user = user
        self._first, self._held = _build(bwrap)
        self._spaces = {name: _open_space(self._first, name) for name in _SPACES if not _is_shared(self._first, name)}
        if "user" in self._spaces:  # an ordinary user has a say in the others only within the one that owns them
            owner = fcntl.ioctl(self._spaces["pid"], _OWNER)
            setns(owner)
            if os.fstat(owner).st_ino == os.fstat(self._spaces["user"]).st_ino:
                del self._spaces["user"]
        setns(self._spaces["pid"])

    def close_behind(self) -> None:
        """Step in, become the room's user, drop every capability, shut the system calls that lead out."""
        for name in _JOINED:
            if name in self._spaces:
                setns(self._spaces[name])
        for capability in range(_CAPABILITIES):
            prctl(DROP_CAPABILITY, capability)
        if self._user is not None:
            os.setgroups([])
            os.setresgid(self._user, self._user, self._user)
            os.setresuid(self._user, self._user, self._user)
        drop_capabilities()
        prctl(NO_NEW_PRIVILEGES, 1)
        load("room")

    def end(self) -> None:
        kill(self._first)


def _build(bwrap: list[str]) -> tuple[int, int]:
    """Start bubblewrap; the id of the room's first process, and the descriptor that keeps the holder waiting."""
    held, holding = os.pipe()
    answering, answer = os.pipe()
    complaining, complaint = os.pipe()
    telling, tell = os.pipe()
    pid = os.posix_spawnp(
        bwrap[0],
        [bwrap[0], "--info-fd", "3", *bwrap[1:], "--", HOLDER],
        {"PATH": "/usr/bin:/bin"},
        file_actions=[(os.POSIX_SPAWN_DUP2, end, place) for place, end in enumerate((held, answer, complaint, tell))],
    )
    for end in (held, answer, complaint, tell):
        os.close(end)
    os.write(holding, b"\n")
    if not _is_ready(answering):
        kill(pid)
        said = os.read(complaining, 4096).decode(errors="replace").strip().replace("\n", "; ")
        raise OSError(said or "bubblewrap did not build the room in time")
    first = int(json.loads(os.read(telling, 4096))["child-pid"])
    for end in (answering, complaining, telling):
        os.close(end)
    return first, holding


def _is_ready(answering: int) -> bool:
    """Whether the holder answered: it runs, so the room is complete."""
    deadline = time.monotonic() + _BUILD_S
    while (left := deadline - time.monotonic()) > 0:
        if select.select([answering], [], [], left)[0]:
            return os.read(answering, 1) == b"\n"
    return False


def _is_shared(first: int, name: str) -> bool:
    return os.readlink(f"/proc/self/ns/{name}") == os.readlink(f"/proc/{first}/ns/{name}")  # noqa: PTH115


def _open_space(first: int, name: str) -> int:
    return os.open(f"/proc/{first}/ns/{name}", os.O_RDONLY)
