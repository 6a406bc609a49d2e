"""This machine's Python as a tar: what programs need of /usr, the interpreter, its packages. Nothing of a home."""

import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from agents.sandbox.borrowed import interpreter_folders, settings_files, system_folders
from agents.sandbox.containers import host

_KEPT = (
    "bin", "include", "lib64", "lib/*-linux-gnu*", "lib/gcc", "lib/lib*", "lib/python3*", "local/lib",
    "share/fontconfig", "share/fonts", "share/zoneinfo",
)  # fmt: skip
"""Of /usr: what programs load, and a compiler, which torch.compile calls. A machine's /usr holds much more."""
_LEFT_OUT = ("test", "idlelib", "ensurepip", "turtledemo")
"""Of the standard library."""


def choose_folders() -> list[Path]:
    """What goes into an image of this environment."""
    system = [found for pattern in _KEPT for found in sorted(Path("/usr").glob(pattern))]
    system += [folder for folder in system_folders() if folder != Path("/usr")]
    return [*system, *settings_files(), *interpreter_folders()]


def pack(folders: list[Path], into: BinaryIO) -> None:
    """Write a root file system with these folders as a tar stream; what cannot be read is left out."""
    left_out = _left_out()
    with tarfile.open(fileobj=into, mode="w|", bufsize=1 << 20) as tar:
        host.add_frame(tar)
        for folder in folders:
            for path in _walk(folder, left_out):
                _add(tar, path)


def _walk(path: Path, left_out: frozenset[Path]) -> Iterator[Path]:
    if path in left_out:
        return
    yield path
    if path.is_dir() and not path.is_symlink():
        try:
            below = sorted(path.iterdir())
        except OSError:
            return
        for each in below:
            yield from _walk(each, left_out)


def _add(tar: tarfile.TarFile, path: Path) -> None:
    try:
        entry = tar.gettarinfo(str(path), arcname=str(path).lstrip("/"))
    except OSError:
        return
    if entry.isreg():
        try:
            with path.open("rb") as file:
                tar.addfile(_plain(entry), file)
        except PermissionError:
            return
    elif entry.isdir() or entry.issym() or entry.islnk():
        tar.addfile(_plain(entry))


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Root's, readable by all, without setuid."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    entry.mode = (entry.mode & 0o755) | (0o755 if entry.isdir() or entry.mode & 0o100 else 0o444)
    return entry


def _left_out() -> frozenset[Path]:
    """Tests of the standard library, and packages beside it that a virtual environment does not see."""
    library = Path(sys.base_prefix, "lib", f"python{sys.version_info.major}.{sys.version_info.minor}").absolute()
    hidden = [] if any(Path(entry) == library / "site-packages" for entry in sys.path) else ["site-packages"]
    return frozenset(library / name for name in (*_LEFT_OUT, *hidden))
