"""This machine's own Python in a container: an image of empty folders, into which the machine's are bound read-only."""

import hashlib
import io
import sys
import tarfile
from pathlib import Path

from agents.sandbox.borrowed import (
    ROOM_USER,
    interpreter_folders,
    name_user,
    settings_files,
    system_folders,
    system_links,
)

NAME = "naturalist-host"
_FOLDERS = ("dev", "etc", "opt", "proc", "run", "sys", "usr", "var", "tmp")


def is_possible() -> bool:
    """Containers have this machine's kernel and C library only on Linux."""
    return sys.platform == "linux"


def python() -> str:
    return sys.executable


def tag(skeleton: bytes) -> str:
    return hashlib.sha256(skeleton).hexdigest()[:12]


def make_skeleton() -> bytes:
    """A root file system of a few kilobytes, as a tar."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        add_frame(tar)
    return content.getvalue()


def add_frame(tar: tarfile.TarFile) -> None:
    """Put in what every image needs: folders to mount on, the system's links into /usr, names of users."""
    for name in _FOLDERS:
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
        tar.addfile(folder)
    for name, target in system_links().items():
        link = tarfile.TarInfo(name)
        link.type, link.linkname = tarfile.SYMTYPE, target
        tar.addfile(link)
    for name, text in name_user(ROOM_USER).items():
        file = tarfile.TarInfo(f"etc/{name}")
        file.size = len(text)
        tar.addfile(file, io.BytesIO(text.encode()))


def borrowed() -> tuple[Path, ...]:
    """What a program of this environment may need of the machine: libraries, settings, Python and its packages."""
    return (*system_folders(), *settings_files(), *interpreter_folders())
