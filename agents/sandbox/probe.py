"""What a sandbox really shuts off on this machine: found by a program in it that tries, not by what is said of it."""

import json
import os
import socket
import sys
import tempfile
from pathlib import Path
from threading import Event as Flag
from typing import Literal, TypeAlias, get_args

from agents.errors import ServiceError
from agents.files import read_untrusted
from agents.schema import Command, Limits, Record
from agents.services import Sandbox

Danger: TypeAlias = Literal[
    "read your files",
    "write your files",
    "reach the network",
    "use this machine's sockets",
    "see other processes",
    "make namespaces",
    "use capabilities",
]
DANGERS: tuple[Danger, ...] = get_args(Danger)
_WALL_S = 30.0
_LIMIT_BYTES = 10_000
_CANARY = """
import ctypes, json, os, socket, sys
secret, outside, port, path, pid = sys.argv[1:]
def tries(action):
    try:
        return bool(action())
    except Exception:
        return False
def connect(kind, address):
    with socket.socket(kind) as line:
        line.settimeout(2)
        line.connect(address)
    return True
def capabilities():
    with open("/proc/self/status") as status:
        return int(next(line for line in status if line.startswith("CapEff")).split()[1], 16)
def write():
    with open(outside, "w") as file:
        file.write("x")
    return os.path.exists(outside)
print(json.dumps({
    "read your files": tries(lambda: open(secret).read() == "secret"),
    "write your files": tries(write),
    "reach the network": tries(lambda: connect(socket.AF_INET, ("127.0.0.1", int(port)))),
    "use this machine's sockets": tries(lambda: connect(socket.AF_UNIX, path)),
    "see other processes": tries(lambda: os.kill(int(pid), 0) is None and os.path.exists("/proc/" + pid)),
    "make namespaces": tries(lambda: ctypes.CDLL(None).unshare(0x10000000) == 0),
    "use capabilities": tries(capabilities),
}))
"""


class Probe(Record):
    """What a program in the sandbox could do on this machine that it should not."""

    open: tuple[Danger, ...]

    @property
    def shut(self) -> tuple[Danger, ...]:
        return tuple(danger for danger in DANGERS if danger not in self.open)


def probe_sandbox(sandbox: Sandbox) -> Probe:
    """Run the canary; raises ServiceError when the sandbox cannot run it. Takes a fraction of a second."""
    with tempfile.TemporaryDirectory(prefix="naturalist-probe-") as made, socket.socket() as listener:
        folder = Path(made)
        folder.chmod(0o755)  # what keeps the canary out shall be the sandbox, not this folder
        secret, door = _plant(folder, "secret"), folder / "door"
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with socket.socket(socket.AF_UNIX) as local:
            local.bind(str(door))
            local.listen()
            door.chmod(0o777)
            open_ground = folder / "ground"
            open_ground.mkdir()
            open_ground.chmod(0o777)
            facts = (secret, open_ground / "written", listener.getsockname()[1], door, os.getpid())
            return _run_canary(sandbox, folder, tuple(map(str, facts)))


def _plant(folder: Path, text: str) -> Path:
    path = folder / "secret"
    path.write_text(text)
    path.chmod(0o644)
    return path


def _run_canary(sandbox: Sandbox, folder: Path, facts: tuple[str, ...]) -> Probe:
    workdir, printed = folder / "work", folder / "printed"
    workdir.mkdir()
    command = Command(
        argv=(sys.executable, "-I", "-S", "-c", _CANARY, *facts),
        workdir=workdir,
        limits=Limits(wall_s=_WALL_S, memory_mb=512, disk_mb=8, output_mb=1),
        stdout=printed,
    )
    completion = sandbox.run(command, Flag())
    if completion.status != "ok":
        raise ServiceError(f"the {sandbox.name} sandbox cannot run Python here: {completion.detail}")
    try:
        could = json.loads(read_untrusted(printed, _LIMIT_BYTES))
    except (OSError, ValueError) as error:
        raise ServiceError(f"the {sandbox.name} sandbox gave no answer to its probe") from error
    return Probe(open=tuple(danger for danger in DANGERS if could.get(danger, True)))
