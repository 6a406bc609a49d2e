"""Answers of a remote source kept on disk, one file each: for all runs of a workspace, safe for many processes."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

from agents.errors import ServiceError
from agents.files import read_untrusted, write_atomic
from agents.schema import Record, Source
from agents.services import LiteratureSource

KEPT_DAYS = 30
MOST_FILES = 4000
MOST_MB = 100
_MOST_BYTES = 16 * 2**20


class _Kept(Record):
    """An answer; `at` is seconds since the epoch."""

    source: str
    query: str
    count: int
    at: float
    found: tuple[Source, ...]


class Cached:
    """Asks `source` only what it has not answered in the last 30 days. Failures and empty answers are not kept.

    What cannot be read counts as not there; a folder that cannot be written is reported once and done without.
    """

    def __init__(
        self,
        source: LiteratureSource,
        name: str,
        folder: Path,
        on_degraded: Callable[[str, str], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._source = source
        self._name = name
        self._folder = folder
        self._on_degraded = on_degraded
        self._clock = clock
        self._is_writable = True

    def search(self, query: str, count: int) -> list[Source]:
        query = " ".join(query.split())
        path = self._path(query, count)
        kept = self._read(path, query, count)
        if kept is not None:
            return kept
        found = self._source.search(query, count)
        if found and self._is_writable:
            self._keep(path, query, count, found)
        return found

    def _path(self, query: str, count: int) -> Path:
        digest = hashlib.sha256(json.dumps([1, self._name, query, count]).encode()).hexdigest()
        return self._folder / f"{digest}.json"

    def _read(self, path: Path, query: str, count: int) -> list[Source] | None:
        try:
            kept = _Kept.model_validate_json(read_untrusted(path, _MOST_BYTES))
        except (OSError, ValueError):
            return None
        age_s = self._clock() - kept.at
        is_same = (kept.source, kept.query, kept.count) == (self._name, query, count)
        return list(kept.found) if is_same and 0 <= age_s < KEPT_DAYS * 86_400 else None

    def _keep(self, path: Path, query: str, count: int, found: list[Source]) -> None:
        kept = _Kept(source=self._name, query=query, count=count, at=self._clock(), found=tuple(found))
        try:
            write_atomic(path, kept.model_dump_json())
        except (OSError, ServiceError) as error:
            self._is_writable = False
            self._on_degraded("literature cache", f"{error}; answers are asked for again next time")


def prune_cache(folder: Path) -> None:
    """Remove the oldest answers until at most 4,000 files and 100 MB are left; one that vanishes meanwhile is fine."""
    sizes: list[tuple[float, int, Path]] = []
    for path in folder.glob("[0-9a-f]" * 64 + ".json"):
        try:
            status = path.stat()
        except OSError:
            continue
        sizes.append((status.st_mtime, status.st_size, path))
    total = 0
    for place, (_, size, path) in enumerate(sorted(sizes, reverse=True)):
        total += size
        if place >= MOST_FILES or total > MOST_MB * 2**20:
            _remove(path)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # a cache that cannot shrink is no reason to stop
