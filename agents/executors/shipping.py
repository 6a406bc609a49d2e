"""The driver's end of shipping: a job packed with all it reads, by content hash; what it left put where it belongs.

What comes back is data. Nothing in it is followed, opened or run here; whatever is not a plain file or folder arrives
as a link that leads nowhere, so that the checks after an experiment see that something odd was there.
"""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from agents import __version__
from agents.errors import ServiceError, UserError
from agents.executors.parcels import Item, Left, Parcel, Return, Root
from agents.files import remove_tree, write_atomic
from agents.schema import Job

Blobs = dict[str, bytes]
MOST_SHIPPED_BYTES = 512_000_000
"""It all goes through the driver's memory; more belongs on storage that the nodes share."""
LEFT_OUT = "__pycache__"
"""Bytecode: no part of any hash, and made anew where it is wanted."""


def share_job(job: Job) -> Parcel:
    """A parcel for nodes that see the driver's files at the same paths: nothing is shipped."""
    return Parcel(job, (), is_shared=True, python=sys.executable, version=__version__)


def pack_job(job: Job) -> tuple[Parcel, Blobs]:
    """Describe the job with everything that its commands read, and the contents by sha256.

    A link, device or missing file among what it reads raises UserError, and so do more than 512 MB.
    """
    blobs: Blobs = {}
    paths = outermost(shipped_paths(job))
    if (size := sum(map(_size_of, paths))) > MOST_SHIPPED_BYTES:
        raise UserError(
            f"{job.id} reads {size // 10**6} MB, too much to ship to other machines; put the data on storage that all "
            "of them share, and say so: executor.options.shared = 1 (docs/scaling.md)"
        )
    roots = tuple(_pack_root(path, blobs) for path in paths)
    return Parcel(job, roots, is_shared=False, python=sys.executable, version=__version__), blobs


def shipped_paths(job: Job) -> Iterator[Path]:
    """Every file and folder that a job's commands may read or write."""
    for command in job.commands:
        yield from (command.workdir, *command.readable)


def outermost(paths: Iterator[Path]) -> list[Path]:
    """These paths, each once, without those that lie below another."""
    found = sorted({Path(os.path.normpath(path.absolute())) for path in paths})  # no link is followed
    return [path for path in found if not any(path.is_relative_to(other) for other in found if other != path)]


def workdirs(job: Job) -> list[Path]:
    """The folders that the commands write, each once, in the order of the commands."""
    return list(dict.fromkeys(command.workdir for command in job.commands))


def deliver(returned: Return, job: Job) -> None:
    """Put what came back at the driver's own paths, each folder at once; safe to repeat.

    Raises ServiceError for a job that could not be run at all.
    """
    if returned.failure:
        raise ServiceError(returned.failure, retryable=returned.is_retryable)
    try:
        for folder, left in zip(workdirs(job), returned.workdirs, strict=False):
            _replace_folder(folder, left)
    except OSError as error:
        raise ServiceError(f"cannot write what {job.id} left: {error}; mend that, then resume the run") from error
    for command, output in zip(job.commands, returned.outputs, strict=False):
        if output is not None:
            write_atomic(command.stdout, output)


def _pack_root(path: Path, blobs: Blobs) -> Root:
    found = [path, *_below(path)] if path.is_dir() else [path]
    return Root(str(path), tuple(_pack_item(item, path, blobs) for item in found))


def _size_of(path: Path) -> int:
    files = _below(path) if path.is_dir() else (path,)
    return sum(each.stat().st_size for each in files if each.is_file())


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name != LEFT_OUT:
            yield path
            if path.is_dir() and not path.is_symlink():
                yield from _below(path)


def _pack_item(path: Path, root: Path, blobs: Blobs) -> Item:
    try:
        mode = path.lstat().st_mode
        name = "" if path == root else path.relative_to(root).as_posix()
        if stat.S_ISDIR(mode):
            return Item(name, stat.S_IMODE(mode), None)
        if not stat.S_ISREG(mode):
            raise UserError(f"{path} is a link or a device, which is not shipped to other machines; put a file there")
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot ship {path}: {error.strerror}") from error
    blobs[digest := hashlib.sha256(content).hexdigest()] = content
    return Item(name, stat.S_IMODE(mode), digest)


def _replace_folder(folder: Path, left: Sequence[Left]) -> None:
    """Write beside `folder`, then take its place: it is there whole or not at all."""
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_all(made, left)
        remove_tree(folder)
        made.rename(folder)
    except BaseException:
        remove_tree(made)
        raise


def _write_all(folder: Path, left: Sequence[Left]) -> None:
    """Write everything below `folder`; folders get their own modes last, since some are read-only."""
    for thing in left:
        _write(_inside(folder, thing.path), thing)
    for thing in reversed(left):
        if thing.kind == "folder":
            _inside(folder, thing.path).chmod(thing.mode & 0o755 | stat.S_IRUSR | stat.S_IXUSR)


def _write(path: Path, thing: Left) -> None:
    if thing.kind == "folder":
        path.mkdir(mode=0o700, exist_ok=thing.path == "")
    elif thing.kind == "odd":
        path.symlink_to(thing.content.decode())
    else:
        with path.open("xb") as file:
            file.write(thing.content)
        path.chmod(thing.mode & 0o755 | stat.S_IRUSR)


def _inside(folder: Path, path: str) -> Path:
    """The path below `folder`; a node that names another has been tampered with."""
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or "\0" in path:
        raise ServiceError(f"a node sent a file named {path!r}, which lies outside its folder; is the node sound?")
    return folder.joinpath(*parts)
