"""Reading a folder that an experiment wrote, to send it home: plain files and folders, all else as odd things."""

import stat
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path

from agents.executors.parcels import Left
from agents.files import read_untrusted

MOST_THINGS = 10_000
_LONGEST_PATH = 1000
_LONGEST_MARK = 150


def walk(folder: Path) -> Iterator[tuple[Path, int | None]]:
    """All things at and below a path, each before what is in it, with their modes; follows no link.

    What cannot be looked at has no mode, and comes a second time if it is a folder that cannot be listed.
    """
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            mode = path.lstat().st_mode
            yield path, mode
            if stat.S_ISDIR(mode):
                waiting += sorted(path.iterdir(), reverse=True)
        except OSError:
            yield path, None


class Harvest:
    """What is in one folder, parents first; at most `limit_bytes` of content and 10,000 things are kept."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._room = limit_bytes
        self._has_unusable = False
        self._left = {"": Left("", "folder", 0o755, b"")}
        for path, mode in walk(folder):
            self._take(path, path.relative_to(folder).as_posix() if path != folder else "", mode)
            if len(self._left) > MOST_THINGS:
                self.mark("and many more", "more than is shipped")
                break
        if self._has_unusable:
            self.mark("unusable", "a name or a folder that cannot be used")

    @property
    def things(self) -> tuple[Left, ...]:
        return tuple(self._left.values())

    def mark(self, name: str, was: str) -> None:
        """Leave an odd thing at the top, under a name that the experiment has not taken."""
        short = name.encode(errors="replace")[:_LONGEST_MARK].decode(errors="ignore")
        free = next(free for free in chain([short], (f"{short} {n}" for n in count(2))) if free not in self._left)
        self._left[free] = Left(free, "odd", 0, was.encode())

    def _take(self, path: Path, name: str, mode: int | None) -> None:
        if mode is None or not _is_usable(name) or (not name and not stat.S_ISDIR(mode)):
            self._has_unusable = True
        elif stat.S_ISDIR(mode):
            self._left[name] = Left(name, "folder", stat.S_IMODE(mode), b"")
        elif stat.S_ISREG(mode):
            self._take_file(path, name, mode)
        else:
            self._left[name] = Left(name, "odd", 0, b"a link, pipe, socket or device")

    def _take_file(self, path: Path, name: str, mode: int) -> None:
        try:
            content = read_untrusted(path, self._room)
        except OSError as error:
            self._left[name] = Left(name, "odd", 0, (error.strerror or "no plain file, or too large").encode())
        else:
            self._room -= len(content)
            self._left[name] = Left(name, "file", stat.S_IMODE(mode), content)


def _is_usable(name: str) -> bool:
    try:
        return len(name.encode()) <= _LONGEST_PATH
    except UnicodeEncodeError:
        return False
