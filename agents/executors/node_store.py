"""A node's own folder for shipped work: contents by hash, which stay a while, and folders of jobs, which do not."""

import fcntl
import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from agents.errors import ServiceError
from agents.files import remove_tree

KEPT_S = 7 * 24 * 3600.0
_ATTEMPTS = 20


class NodeStore:
    """Kept in the temporary folder, closed to other users. Opening it removes what killed jobs left there."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir(), f"naturalist-node-{os.getuid()}")
        self._blobs, self._jobs = self._folder / "blobs", self._folder / "jobs"
        try:
            for path in (self._folder, self._blobs, self._jobs):
                _make_private(path)
        except OSError as error:
            raise ServiceError(f"cannot use {self._folder} on this node: {error}") from error
        self._sweep()

    @contextmanager
    def job_folder(self) -> Generator[Path]:
        """A fresh folder, removed in the end; it is locked meanwhile, so that nobody takes it for a leftover."""
        folder, lock = self._make_folder()
        try:
            yield folder
        finally:
            _discard(folder)
            os.close(lock)

    def read(self, digest: str, fetch: Callable[[str], bytes]) -> bytes:
        """A content by its sha256: from here, or else fetched and kept. It is checked each time."""
        path = self._blobs / digest
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            content = b""
        if _hash(content) != digest:
            content = fetch(digest)
            self._keep(path, content)
        return content

    def _make_folder(self) -> tuple[Path, int]:
        for _ in range(_ATTEMPTS):
            folder = Path(tempfile.mkdtemp(dir=self._jobs))
            if (lock := _lock(folder)) is not None:
                if folder.exists():
                    return folder, lock
                os.close(lock)  # another worker swept it before it was locked
        raise ServiceError(f"cannot lock a folder in {self._jobs} on this node", retryable=True)

    def _keep(self, path: Path, content: bytes) -> None:
        if _hash(content) != path.name:
            raise ServiceError(f"content {path.name} arrived damaged", retryable=True)
        handle, temporary = tempfile.mkstemp(dir=self._blobs)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o400)
        Path(temporary).replace(path)

    def _sweep(self) -> None:
        for folder in self._jobs.iterdir():
            if (lock := _lock(folder)) is not None:
                _discard(folder)
                os.close(lock)
        for blob in self._blobs.iterdir():
            if _age_s(blob) > KEPT_S:
                blob.unlink(missing_ok=True)


def _discard(folder: Path) -> None:
    """Remove a folder, or leave it to the next sweep: what ran in it may only just be dying."""
    with suppress(ServiceError):
        remove_tree(folder)


def _make_private(path: Path) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o022:
        raise PermissionError("it is not a folder of this user that nobody else may write")


def _lock(folder: Path) -> int | None:
    """Hold a folder until the descriptor is closed or this process is gone; None if another holds it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
