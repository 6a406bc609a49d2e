"""The first process of a container: supervises one command, then tells what only its cgroup knows.

After the launcher's lines its report has one more, "killed N": how many processes the kernel ended for want of memory.
"""

import json
import os

from agents.sandbox.inside.launcher import report, supervise

_COUNTS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
"""Of cgroup version 2, and of version 1."""


def supervise_contained(text: str) -> None:
    """Supervise the command of a request in JSON, then end this process and with it the container."""
    supervise(json.loads(text))
    report(f"killed {count_kills()}\n")
    os._exit(0)  # nothing to flush or tidy


def count_kills(files: tuple[str, ...] = _COUNTS) -> int:
    """Processes of this container that were killed for want of memory, children of the program included."""
    for path in files:
        try:
            with open(path, encoding="ascii") as file:  # noqa: PTH123 (pathlib is slow to import)
                return sum(int(line.split()[1]) for line in file if line.startswith("oom_kill "))
        except OSError:
            continue
    return 0
