"""One process drives a run at a time: an OS lock on run.lock, which ends with the process however it ends."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType

from agents.errors import ServiceError, UserError

_TRIES = 20
_PAUSE_S = 0.02


class RunLock:
    """Holds a run folder from `with RunLock(folder):` on; a second holder gets UserError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor = -1

    def __enter__(self) -> "RunLock":
        self._descriptor = _open(self._folder / "run.lock")
        if not _is_taken(self._descriptor):
            os.close(self._descriptor)
            raise UserError(_message(self._folder))
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def running_pid(folder: Path) -> int | None:
    """The process that drives the run, 0 if it has not said yet, None if there is none."""
    try:
        with (folder / "run.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _written_pid(folder)
    return None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ServiceError(f"cannot write {path}: {error.strerror}; make the run folder writable") from error


def _is_taken(descriptor: int) -> bool:
    """Take the lock; `naturalist status` holds it for an instant when it looks, so one refusal says nothing."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_S)
        else:
            return True
    return False


def _written_pid(folder: Path) -> int:
    content = (folder / "run.lock").read_bytes().strip()
    return int(content) if content.isdigit() else 0


def _message(folder: Path) -> str:
    return f"run {folder.name} is already running (pid {_written_pid(folder)}); wait for it or stop it first"
