"""The node's end of shipping: a parcel becomes a job in a fresh local folder; what it left is read back with care."""

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from agents.executors.harvest import Harvest, walk
from agents.executors.parcels import Parcel, Return, Root
from agents.executors.shipping import LEFT_OUT, workdirs
from agents.files import read_untrusted
from agents.schema import Command, Completion, Job

Fetch = Callable[[str], bytes]
Places = Mapping[Path, Path]
MB = 1024 * 1024
_LOG_SLACK = 4096
"""For the line that says how much of the output was left out."""


class Unpacked:
    """A parcel's files, copied below `folder`; `job` is the parcel's in the node's own paths.

    A word of a command line or environment is rewritten where all of it is a shipped path or one below it.
    """

    def __init__(self, parcel: Parcel, folder: Path, fetch: Fetch) -> None:
        self._roots = {folder / str(n) / Path(root.path).name: root for n, root in enumerate(parcel.roots)}
        for place, root in self._roots.items():
            _write_root(root, place, fetch)
        places = {Path(root.path): place for place, root in self._roots.items()}
        moved = [_move(command, places, folder / f"output-{n}.txt") for n, command in enumerate(parcel.job.commands)]
        self.job = use_own_python(parcel.job.model_copy(update={"commands": tuple(moved)}), parcel.python)

    def collect(self, completions: tuple[Completion, ...]) -> Return:
        """What the job left. Input that is not as it was shipped is an odd thing in the first workdir."""
        limits = {command.workdir: command.limits.disk_mb * MB for command in self.job.commands}
        harvests = [Harvest(folder, limits[folder]) for folder in workdirs(self.job)]
        for name in self._changed():
            harvests[0].mark(f"{name} changed during the experiment", "an input")
        started = self.job.commands[: len(completions)]
        return Return(completions, tuple(map(_read_log, started)), tuple(harvest.things for harvest in harvests))

    def _changed(self) -> list[str]:
        """Names of what was shipped to be read and is another now, or is new beside it."""
        written = workdirs(self.job)
        pairs = ((_shipped(root, place), _found(place)) for place, root in self._roots.items())
        differing = {path for shipped, found in pairs for path, _ in shipped.items() ^ found.items()}
        return sorted({path.name for path in differing if not any(path.is_relative_to(folder) for folder in written)})


def use_own_python(job: Job, theirs: str) -> Job:
    """Let commands that start the driver's interpreter start this machine's."""
    own = [(sys.executable if c.argv[0] == theirs else c.argv[0], *c.argv[1:]) for c in job.commands]
    commands = (c.model_copy(update={"argv": argv}) for c, argv in zip(job.commands, own, strict=True))
    return job.model_copy(update={"commands": tuple(commands)})


def _move(command: Command, places: Places, stdout: Path) -> Command:
    changes = {
        "argv": tuple(_move_word(word, places) for word in command.argv),
        "env": {name: _move_word(value, places) for name, value in command.env.items()},
        "workdir": Path(_move_word(str(command.workdir), places)),
        "readable": tuple(Path(_move_word(str(path), places)) for path in command.readable),
        "stdout": stdout,
    }
    return command.model_copy(update=changes)


def _move_word(word: str, places: Places) -> str:
    if not word.startswith("/"):
        return word
    path = Path(os.path.normpath(word))
    roots = (root for root in places if path.is_relative_to(root))
    return next((str(places[root] / path.relative_to(root)) for root in roots), word)


def _write_root(root: Root, place: Path, fetch: Fetch) -> None:
    place.parent.mkdir()
    for item in root.items:
        path = place / item.path
        if item.blob is None:
            path.mkdir()
        else:
            path.write_bytes(fetch(item.blob))
    for item in reversed(root.items):  # a folder that is read-only must be filled first
        (place / item.path).chmod(item.mode)


def _shipped(root: Root, place: Path) -> dict[Path, str]:
    return {place / item.path: item.blob or "" for item in root.items}


def _found(place: Path) -> dict[Path, str]:
    return {path: _digest(path, mode) for path, mode in walk(place) if LEFT_OUT not in path.relative_to(place).parts}


def _digest(path: Path, mode: int | None) -> str:
    """The sha256 of a plain file, "" for a folder, "odd" for all else."""
    if mode is not None and stat.S_ISDIR(mode):
        return ""
    try:
        return hashlib.sha256(read_untrusted(path, path.lstat().st_size)).hexdigest()
    except OSError:
        return "odd"


def _read_log(command: Command) -> bytes | None:
    try:
        return read_untrusted(command.stdout, command.limits.output_mb * MB + _LOG_SLACK)
    except OSError:
        return None  # not there, or no longer a plain file: it is kept for people alone
