"""Walking over a file or folder of somebody's data: every file once, nothing that leads elsewhere."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agents.errors import UserError

MOST_FILES = 10_000


class Found(NamedTuple):
    """A file of some data: its path relative to the data ("" for a file given by itself) and its status."""

    name: str
    path: Path
    status: os.stat_result


def list_files(root: Path, most_files: int = MOST_FILES) -> list[Found]:
    """Every file of the data at `root`, sorted by relative path.

    Raises UserError for nothing there, no files, more than `most_files`, a whole disk or home, what may not be read,
    devices and sockets, and links out of the data or to folders.
    """
    if root in (Path(root.anchor), Path(os.environ.get("HOME") or "/").resolve()):
        raise UserError(f"--data {root} is more than data; give the file or folder that experiments need")
    try:
        _check_name(str(root))
        if not root.is_dir():
            return [_check(root, root, "")]
        _check_access(root, root.stat())
        found: list[Found] = []
        for path in _below(root):
            found.append(_check(root, path, path.relative_to(root).as_posix()))
            if len(found) > most_files:
                raise UserError(f"the data {root.name} has more than {most_files} files; pack them, or give a part")
    except FileNotFoundError as error:
        raise UserError(f"the data {error.filename or root} is not there") from error
    except RecursionError as error:
        raise UserError(f"the folders of the data {root} lie too deep in each other; give a part") from error
    except OSError as error:
        raise UserError(f"cannot read the data {error.filename or root}: {error.strerror}") from error
    if not found:
        raise UserError(f"the data {root} is an empty folder")
    return sorted(found)


def _below(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        path = Path(entry.path)
        if entry.is_symlink() and path.is_dir():
            raise UserError(f"{path} is a link to a folder; give that folder by --data as well, and remove the link")
        if entry.is_dir(follow_symlinks=False):
            _check_access(path, path.stat())
            yield from _below(path)
        else:
            yield path


def _check(root: Path, path: Path, name: str) -> Found:
    _check_name(name)
    if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
        raise UserError(f"{path} is a link that leads out of the data; put the file itself there")
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UserError(f"{path} is neither a file nor a folder (a device, pipe or socket); remove it from the data")
    _check_access(path, status)
    return Found(name, path, status)


def _check_name(name: str) -> None:
    """A name is written into hashes and settings, line by line, as UTF-8."""
    if not name.isprintable():
        raise UserError(f"the name {name!r} has characters that cannot be written down; rename it")


def _check_access(path: Path, status: os.stat_result) -> None:
    """An experiment of root's runs as somebody else, who must be let in as well."""
    is_folder = stat.S_ISDIR(status.st_mode)
    wanted = stat.S_IROTH | (stat.S_IXOTH if is_folder else 0)
    is_open = status.st_mode & wanted == wanted if os.geteuid() == 0 else True
    if not is_open or not os.access(path, os.R_OK | (os.X_OK if is_folder else 0)):
        raise UserError(f"experiments may not read {path}; allow it with: chmod -R o+rX {path}")
