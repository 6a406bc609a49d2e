"""Where this process may make control groups: only in a place that is its own, never in a group that another program
(systemd, a job scheduler) made for it and lays out.

Its own is the top of what it can see (the machine's, to root; a container's), a group that systemd delegated or has no
part in, and a place that the user names. Elsewhere systemd can be asked for one, for a launcher to start in.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import psutil

from agents.sandbox.cgroups import KEPT, GroupHome, Kept, read_members

_PROC = Path("/proc")
_LEAF = "naturalist-driver"
_ASK_S = 10.0
_MARKS = ("user.delegate", "trusted.delegate")
_SESSION = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")


class Mount(NamedTuple):
    """A mounted tree of groups: the group at its top, and what it limits (version 1; "cgroup2" in version 2)."""

    top: str
    folder: Path
    controls: frozenset[str]

    @property
    def is_unified(self) -> bool:
        return "cgroup2" in self.controls


class Place(NamedTuple):
    """The folder of a group, and whether it is the top of what can be seen."""

    folder: Path
    is_top: bool


def find_home(named: str | None = None, proc: Path = _PROC) -> GroupHome | None:
    """A home for groups, or None. `named` is a group, as /proc/self/cgroup writes it, that the user leaves to us."""
    mounts = list(read_mounts(proc))
    own = read_groups(proc / "self")
    unified = [mount for mount in mounts if mount.is_unified]
    for place in (_locate(mount, named or own.get("", "")) for mount in unified):
        if place and (named or _is_own(place)) and (home := open_unified(place.folder, _relatives(os.getpid()))):
            return home
    return _find_split_home(mounts, own, named)


def _find_split_home(mounts: Iterable[Mount], own: dict[str, str], named: str | None) -> GroupHome | None:
    folders: dict[Kept, Path] = {}
    for kept in KEPT:
        for mount in mounts:
            place = _locate(mount, named or own.get(kept, "")) if kept in mount.controls else None
            is_ours = place and (named or place.is_top or not _is_laid_out(own.get(kept, "")))
            if place and is_ours and _can_make_groups(place.folder):
                folders[kept] = place.folder
    return GroupHome(1, folders) if folders else None


def _is_laid_out(group: str) -> bool:
    """Whether systemd made the group, which may remove what it finds below."""
    return any(part.endswith((".service", ".scope", ".slice")) for part in PurePosixPath(group).parts)


def _can_make_groups(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def open_unified(folder: Path, movable: set[int]) -> GroupHome | None:
    """Make a group of version 2 a home; None if that cannot be.

    A group with limited groups in it may hold no process itself, so those there, if all of them are `movable`, go into
    a group of their own below it.
    """
    try:
        wanted: list[Kept] = [kept for kept in KEPT if kept in (folder / "cgroup.controllers").read_text().split()]
        handed = (folder / "cgroup.subtree_control").read_text().split()
        if missing := [kept for kept in wanted if kept not in handed]:
            if not _clear_out(folder, movable):
                return None
            (folder / "cgroup.subtree_control").write_text(" ".join(f"+{kept}" for kept in missing))
    except OSError:
        return None
    return GroupHome(2, dict.fromkeys(wanted, folder)) if wanted and _can_make_groups(folder) else None


def _clear_out(folder: Path, movable: set[int]) -> bool:
    members = read_members(folder)
    if not (folder / "cgroup.type").exists():
        return True  # the machine's own top: the rule does not hold there
    if not members or not set(members) <= movable:
        return not members
    (folder / _LEAF).mkdir(exist_ok=True)
    for pid in members:
        (folder / _LEAF / "cgroup.procs").write_text(str(pid))
    return True


def find_scope_command() -> tuple[str, ...]:
    """What to put before a launcher's command line so that systemd starts it in a delegated group; empty if it cannot.

    The launcher's environment must have what `find_session` names; it is taken out again before the launcher starts.
    """
    program = shutil.which("systemd-run")
    if program is None:
        return ()
    manager = () if os.geteuid() == 0 else ("--user",)
    ask = (program, *manager, "--scope", "--quiet", "--collect", "-p", "Delegate=yes", "--")
    try:
        subprocess.run([*ask, "true"], check=True, timeout=_ASK_S, stdin=subprocess.DEVNULL, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return (*ask, "env", *(word for name in _SESSION for word in ("-u", name)))


def find_session() -> dict[str, str]:
    """The variables by which systemd-run finds the user's systemd."""
    return {name: os.environ[name] for name in _SESSION if name in os.environ}


def find_scope_home(launcher: int, timeout_s: float = _ASK_S, proc: Path = _PROC) -> GroupHome | None:
    """The home in the scope that systemd made for a launcher, which is in it a moment after it was started."""
    deadline = time.monotonic() + timeout_s
    mounts = [mount for mount in read_mounts(proc) if mount.is_unified]
    while time.monotonic() < deadline:
        group = read_groups(proc / str(launcher)).get("", "")
        if group != read_groups(proc / "self").get("", "") and group.endswith(".scope"):
            places = filter(None, (_locate(mount, group) for mount in mounts))
            return next((home for place in places if (home := open_unified(place.folder, {launcher}))), None)
        time.sleep(0.02)
    return None


def read_mounts(proc: Path) -> Iterator[Mount]:
    """The trees of groups that this process sees."""
    for line in _read_lines(proc / "self" / "mountinfo"):
        before, _, after = line.partition(" - ")
        top, folder = before.split()[3:5]
        kind, _, options = after.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            yield Mount(top, Path(folder), frozenset((kind, *options.split(","))))


def read_groups(process: Path) -> dict[str, str]:
    """The groups of a process by what they limit; that of version 2 by the empty name."""
    found = [line.split(":", 2) for line in _read_lines(process / "cgroup")]
    return {name: group for _, names, group in found for name in names.split(",")}


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def _locate(mount: Mount, group: str) -> Place | None:
    """The folder of a group below a mount; None if it lies outside of what is mounted."""
    if not group or not PurePosixPath(group).is_relative_to(mount.top) or ".." in PurePosixPath(group).parts:
        return None
    below = PurePosixPath(group).relative_to(mount.top)
    folder = mount.folder / below
    return Place(folder, not below.parts) if folder.is_dir() else None


def _is_own(place: Place) -> bool:
    return place.is_top or any(_has_mark(place.folder, mark) for mark in _MARKS)


def _has_mark(folder: Path, mark: str) -> bool:
    try:
        return os.getxattr(folder, mark) == b"1"
    except (OSError, AttributeError):  # macOS has neither groups nor such marks
        return False


def _relatives(pid: int) -> set[int]:
    """A process, those that it comes from, and those that come from it."""
    process = psutil.Process(pid)
    return {pid, *(each.pid for each in (*process.parents(), *process.children(recursive=True)))}
