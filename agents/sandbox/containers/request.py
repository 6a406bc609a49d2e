"""What the launcher in a container is asked to run: the command as it reads inside."""

import os
import sys
from pathlib import Path

from agents.sandbox.environment import clean_environment
from agents.sandbox.inside.launcher import Request
from agents.sandbox.strays import Marker
from agents.sandbox.supervised import GRACE_S, MB
from agents.schema import Command

SCRATCH = Path("/tmp")
"""HOME and TMPDIR, in memory and new for each container."""
_SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
_DATA_SLACK_MB = 1024
"""RLIMIT_DATA turns one leap far over the limit into an error that the program can tell; the cgroup holds the limit."""
_FILE_SLACK_MB = 1
"""So that a file cut off by its limit leaves the folder over its own, which is how it is noticed."""


def make_request(command: Command, python: str, marker: Marker) -> Request:
    """`python` is the interpreter of the image, which takes the place of this one."""
    limits = command.limits
    search = os.pathsep.join((str(Path(python).parent), _SEARCH_PATH))
    argv = (python, *command.argv[1:]) if command.argv[0] == sys.executable else command.argv
    return {
        "argv": list(argv),
        "cwd": str(command.workdir.absolute()),
        "env": _renumber_gpus(clean_environment({"PATH": search} | command.env, SCRATCH, str(marker))),
        "data_bytes": (limits.memory_mb + _DATA_SLACK_MB) * MB,
        "file_bytes": (limits.disk_mb + _FILE_SLACK_MB) * MB,
        "grace_s": GRACE_S,
        "scratch": "",
        "is_warm": False,
        "groups": [],
        "fence": {"kind": "none"},
    }


def list_gpus(environment: dict[str, str]) -> list[str]:
    """Ids of the GPUs that a command was given."""
    return [name for name in environment.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]


def _renumber_gpus(environment: dict[str, str]) -> dict[str, str]:
    """A container sees no other GPUs than those it was given, and counts them from 0."""
    own = ",".join(str(number) for number, _ in enumerate(list_gpus(environment)))
    return environment | {"CUDA_VISIBLE_DEVICES": own}
