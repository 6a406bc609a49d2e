"""Reading and writing files that may be half there, hostile, or cut off by a kill. Whole or not at all."""

import hashlib
import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from agents.errors import ServiceError

_NOT_THE_EVALUATORS = ("experiment.py", "plot.py")


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write to a temporary name beside `path`, flush to disk, rename. A full disk leaves the old file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    raw = content.encode() if isinstance(content, str) else content
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _cannot_write(path, error) from error


def write_json(path: Path, value: Any) -> None:
    write_atomic(path, json_text(value))


def json_text(value: Any) -> str:
    """JSON as all files of a run have it; raises ValueError for what is no number."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_all(folder: Path, contents: Iterable[tuple[str, bytes | str]]) -> None:
    """Write the files of a new folder that nobody reads yet, and flush them together, which costs little more than one.

    Raises ServiceError where the disk is full; what is there by then is the caller's to remove.
    """
    written: list[Path] = []
    path = folder
    try:
        for name, content in contents:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            path.chmod(0o644)
            written.append(path)
        for path in written:
            _flush(path)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _cannot_write(path: Path, error: OSError) -> ServiceError:
    return ServiceError(f"cannot write {path}: {error.strerror}; free some disk space, then resume the run")


def sha256_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def evaluator_files(template: Path) -> list[Path]:
    """evaluate.py and the fixed modules of a template's folder: every Python file at its top but two."""
    return sorted(path for path in template.glob("*.py") if path.name not in _NOT_THE_EVALUATORS)


def sha256_evaluator(template: Path) -> str:
    return combine_hashes({path: sha256_file(path) for path in evaluator_files(template)})


def combine_hashes(hashes: Mapping[Path, str]) -> str:
    """One sha256 for several files of a folder: over sorted lines "name sha256"; that of a file alone is its own."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return sha256_text("".join(sorted(f"{path.name} {digest}\n" for path, digest in hashes.items())))


def remove_tree(folder: Path) -> None:
    """Remove a folder that an experiment wrote in, read-only parts too; raises ServiceError if something stays.

    Follows no link. Folders may be nested deeper than Python can walk, or than a path can say.
    """
    try:
        _open_up(folder)
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except (OSError, RecursionError):
        _remove_by_tools(folder)


def _open_up(folder: Path) -> None:
    for parent, names, _ in os.walk(folder):
        for path in (Path(parent, name) for name in names):
            if not path.is_symlink():
                path.chmod(stat.S_IRWXU)


def _remove_by_tools(folder: Path) -> None:
    said = ""
    for tool in (("chmod", "-R", "u+rwX"), ("rm", "-rf")):
        said = subprocess.run([*tool, "--", folder], capture_output=True, text=True).stderr
    if folder.exists():
        reason = (said.strip().splitlines() or ["no reason given"])[0]
        raise ServiceError(f"cannot remove {folder}: {reason}; delete it by hand, then resume the run")


def read_untrusted(path: Path, limit_bytes: int) -> bytes:
    """Read a file that an experiment made: regular, no link, at most `limit_bytes`; anything else raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not _is_plain(status):
            raise OSError(f"{path.name} is not a plain file with one link")
        content = file.read(limit_bytes + 1)
    if len(content) > limit_bytes:
        raise OSError(f"{path.name} is larger than {limit_bytes} bytes")
    return content


def _is_plain(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_nlink == 1


def copy_template(source: Path, target: Path) -> None:
    """Copy a template's folder for everyone to read: as root, a sandbox runs the evaluator as somebody else."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (target.parent, target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
