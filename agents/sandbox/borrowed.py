"""What rooms and containers borrow of this machine, read-only: system libraries, a few settings, Python itself."""

import sys
from pathlib import Path

ROOM_USER = 64001
"""Whom a command runs as when the driver is root: nobody else on the machine."""
SYSTEM = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
"""Links into /usr on most systems, folders on some."""
SETTINGS = (
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts", "localtime", "mime.types", "protocols",
    "services",
)  # fmt: skip
"""Below /etc."""


def name_user(user: int) -> dict[str, str]:
    """Files below /etc that name the room's user and nobody else of this machine."""
    return {
        "passwd": f"root:x:0:0::/:/usr/sbin/nologin\nsandbox:x:{user}:{user}::/tmp:/usr/sbin/nologin\n",
        "group": f"root:x:0:\nsandbox:x:{user}:\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }


def system_links() -> dict[str, str]:
    """Names at the root of the file system that lead into /usr, and where to."""
    return {name: str(Path("/", name).readlink()) for name in SYSTEM if Path("/", name).is_symlink()}


def system_folders() -> tuple[Path, ...]:
    folders = (Path("/", name) for name in SYSTEM)
    return (Path("/usr"), *(folder for folder in folders if folder.is_dir() and not folder.is_symlink()))


def settings_files() -> tuple[Path, ...]:
    return tuple(path for name in SETTINGS if (path := Path("/etc", name)).exists())


def interpreter_folders() -> tuple[Path, ...]:
    """Folders that Python and its packages stand in, besides the system's own."""
    prefixes = {Path(prefix).absolute() for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix)}
    prefixes.add(Path(sys.executable).resolve().parent.parent)  # where the links of a virtual environment lead
    system = system_folders()
    return tuple(sorted(each for each in prefixes if not any(each.is_relative_to(folder) for folder in system)))
