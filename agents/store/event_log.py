"""events.jsonl: one event a line, appended as it happens; a kill can tear the last line at most."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import RLock

from pydantic import ValidationError

from agents.errors import ServiceError
from agents.events import EVENT, Event


class EventLog:
    """Appends events to a file and hands each on to `subscribers`, in one order for all threads."""

    def __init__(self, path: Path, subscribers: tuple[Callable[[Event], None], ...] = ()) -> None:
        self._path = path
        self._subscribers = subscribers
        self._lock = RLock()
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop_torn_line(path)
        self._file = path.open("ab", buffering=0)

    def emit(self, event: Event) -> None:
        """Append one line, out of this process's hands when this returns; raises ServiceError on a full disk."""
        with self._lock:
            self._append(event.model_dump_json().encode() + b"\n")
            for subscriber in self._subscribers:
                subscriber(event)

    def close(self) -> None:
        self._file.close()

    def _append(self, line: bytes) -> None:
        try:
            end = os.fstat(self._file.fileno()).st_size
            if self._file.write(line) != len(line):
                self._file.truncate(end)
                raise OSError("only a part of the line could be written")
        except OSError as error:
            reason = error.strerror or error
            raise ServiceError(f"cannot write {self._path}: {reason}; free some disk space, then resume") from error


def read_events(path: Path) -> list[Event]:
    """Read the events that can be read: a torn line, or an event of another version, is passed over."""
    if not path.is_file():
        return []
    lines = path.read_bytes().split(b"\n")
    return [event for line in lines if (event := _parse(line)) is not None]


def _parse(line: bytes) -> Event | None:
    try:
        return EVENT.validate_json(line)
    except ValidationError:
        return None


def _drop_torn_line(path: Path) -> None:
    """Cut off what a killed process left of its last line."""
    if not path.is_file():
        return
    content = path.read_bytes()
    if content and not content.endswith(b"\n"):
        os.truncate(path, content.rfind(b"\n") + 1)
