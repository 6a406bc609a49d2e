"""The host around one attack: planted secrets, files that must stay as they are, doors, a victim; and their damage.

Everything is open to every user of this machine, so that it is the sandbox that protects it and not another user's id.
"""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.abuse.calls import CALLS
from tests.abuse.doors import Doors
from tests.abuse.victim import Victim

PROJECT = Path(__file__).resolve().parents[2]
_KINDS = ("argument", "environ", "memory", "victim-file", "file", "ssh-key", "other-run", "shared-memory", "temporary")


def new_secret(kind: str) -> str:
    return f"SECRET-{kind}-{secrets.token_hex(8)}"


class Host:
    """Made for one attack, closed after it. `work` is the folder of the command; all else here is out of its bounds."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(8)
        self.secrets = {kind: new_secret(kind) for kind in _KINDS}
        self.folder = _open_folder(Path(tempfile.mkdtemp(prefix="abuse-", dir="/tmp")))
        self.run = _open_folder(self.folder / "run")
        self.work = _open_folder(self.run / "work")
        self._planted = self._plant()
        self.doors = Doors(self.folder, self.token)
        self.victim = Victim(self.folder / "victim", self.secrets)
        self._before = {path: _look_at(path) for path in self._planted.values()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.victim.close()
        self.doors.close()
        for path in (*self._planted.values(), *self._strange_files()):
            with suppress(OSError):
                path.unlink()
        remove_at_any_depth(self.folder)

    @property
    def readable(self) -> tuple[Path, ...]:
        """What the command may read: an evaluator's folder, which also holds a program that is setuid root."""
        return (self._planted["evaluator"].parent,)

    @property
    def facts(self) -> dict[str, object]:
        """What an attacker could find out or guess; no secret."""
        return {
            **self.doors.facts,
            **{name: str(path) for name, path in self._planted.items()},
            "token": self.token,
            "folder": str(self.folder),
            "folders": [str(folder) for folder in self._forbidden_folders()],
            "home_files": [str(path) for path in _files_of_home()],
            "driver": os.getpid(),
            "victim": self.victim.pid,
            "victim_address": self.victim.address,
            "victim_descriptor": self.victim.descriptor,
            "engine": os.environ.get("DOCKER_HOST", "").removeprefix("unix://"),
            "shadow": _digest(Path("/etc/shadow")),
            "pid_namespace": Path("/proc/self/ns/pid").stat().st_ino,
            "calls": CALLS,
        }

    def damage(self) -> list[str]:
        """What is not as it was, a line each."""
        changed = [f"{path} was changed" for path, before in self._before.items() if _look_at(path) != before]
        strange = [f"{path} was made" for path in self._strange_files()]
        return changed + strange + self.doors.damage() + self.victim.damage()

    def _plant(self) -> dict[str, Path]:
        room, evaluator = _open_folder(self.folder / "room"), _open_folder(self.folder / "evaluator")
        texts = {
            "file": (room / "file", self.secrets["file"]),
            "precious": (room / "precious", "precious"),
            "ssh_key": (_open_folder(_open_folder(room / "home") / ".ssh") / "id_ed25519", self.secrets["ssh-key"]),
            "other_run": (_open_folder(self.folder / "other") / "result.json", self.secrets["other-run"]),
            "shared_memory": (Path("/dev/shm") / f"planted-{self.token}", self.secrets["shared-memory"]),
            "temporary": (Path("/tmp") / f"planted-{self.token}", self.secrets["temporary"]),
            "evaluator": (evaluator / "evaluate.py", "score = 0\n"),
        }
        for path, text in texts.values():
            path.write_text(text)
            path.chmod(0o666)
        helper = Path(shutil.copy("/bin/cat", evaluator / "helper"))
        helper.chmod(0o4755)
        return {name: path for name, (path, _) in texts.items()} | {"helper": helper}

    def _forbidden_folders(self) -> list[Path]:
        places = (
            "/",
            "/etc",
            "/opt",
            "/run",
            "/tmp",
            "/var/tmp",
            "/dev",
            "/dev/shm",
            "/usr/local/lib",
            "/sys/fs/cgroup",
        )
        ours = (self.run, self.folder / "room", self.folder / "evaluator", PROJECT, PROJECT / "agents", Path.home())
        python = (sysconfig.get_path("purelib"), sys.prefix, sys.base_prefix)
        return [*map(Path, places), *ours, *map(Path, python)]

    def _strange_files(self) -> list[Path]:
        return [path for folder in self._forbidden_folders() for path in folder.glob(f"abuse-{self.token}*")]


def remove_at_any_depth(folder: Path) -> None:
    """What shutil cannot remove: folders nested deeper than Python's stack, or than the longest path."""
    subprocess.run(["rm", "-rf", "--", str(folder)], stderr=subprocess.DEVNULL, check=False)


def _open_folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    path.chmod(0o777)
    return path


def _files_of_home() -> list[Path]:
    """Some of the files that stand in the user's home."""
    return [path for path in sorted(Path.home().glob(".*")) if path.is_file() and path.stat().st_size][:8]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"


def _look_at(path: Path) -> object:
    try:
        status = path.lstat()
        marks = {name: os.getxattr(path, name) for name in os.listxattr(path)} if hasattr(os, "listxattr") else {}
        return (
            path.read_bytes(),
            status.st_mode,
            status.st_uid,
            status.st_gid,
            status.st_mtime_ns,
            status.st_nlink,
            marks,
        )
    except OSError as error:
        return error.errno
