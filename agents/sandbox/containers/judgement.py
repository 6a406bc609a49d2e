"""How a contained command ended, where that differs from a command outside: the kernel kills, and /tmp can be full."""

from pathlib import Path

from agents.sandbox.breach import Breach
from agents.sandbox.supervised import Exit
from agents.sandbox.verdict import judge_end
from agents.sandbox.watch import ProcessTable
from agents.schema import Command

_NO_SPACE = "No space left on device"


class Unseen(ProcessTable):
    """Processes of a container have ids of their own, and its cgroup holds their memory and number."""

    def below(self, root: int) -> list[int]:
        del root
        return []


def judge_memory(ended: Exit | None, command: Command, *, lacked_memory: bool) -> Breach | None:
    """Out of memory, if the kernel killed a process for it and the program did not get over that."""
    if not lacked_memory or (ended is not None and ended.code == 0):
        return None
    return Breach("oom", f"went over its memory limit of {command.limits.memory_mb} MB")


def judge_rest(ended: Exit | None, output: bytes, workdir: Path) -> Breach | None:
    """As `judge_end`; a program that failed for lack of space in its own temporary folder is over its disk limit."""
    breach = judge_end(ended, output, workdir)
    is_full = breach is not None and breach.status == "crash" and _NO_SPACE in breach.detail
    return Breach("disk", breach.detail) if breach is not None and is_full else breach
