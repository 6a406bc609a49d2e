"""What is said of a command that has ended: its status, and one line that tells why."""

import re
import shutil
import signal
from pathlib import Path

from agents.errors import ServiceError
from agents.sandbox.breach import Breach
from agents.sandbox.output import last_meaningful_line
from agents.sandbox.supervised import Exit

_NO_MEMORY = re.compile(
    r"MemoryError|OutOfMemoryError|bad_alloc|not enough memory|Cannot allocate memory|out of memory"
)
_NO_SPACE = "No space left on device"
_FULL_BYTES = 16 * 1024 * 1024


def judge_end(ended: Exit | None, output: bytes, workdir: Path) -> Breach | None:
    """None for success, else what went wrong. Raises ServiceError if the machine's disk is full."""
    if ended is None:
        return Breach("crash", "the program killed the process that supervised it")
    if ended.code == 0:
        return None
    line = last_meaningful_line(output)
    if _NO_SPACE in line and shutil.disk_usage(workdir).free < _FULL_BYTES:
        raise ServiceError(f"no disk space left at {workdir}; free some, then resume the run")
    return Breach("oom" if _NO_MEMORY.search(line) else "crash", _describe(ended.code, line))


def _describe(code: int, line: str) -> str:
    if code < 0:
        return f"killed by {_signal_name(-code)}" + (f" after printing: {line}" if line else "")
    return line or f"exit code {code} and no output"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
