"""An attack: the text of a hostile program, and what it takes to judge it. Every program starts with the same tools."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.schema import Limits

ESCAPED = "ESCAPED"
"""How a program says that it did what no sandbox should allow, where the host could not see that by itself."""
BEGAN = "BEGAN"
"""Printed before the attack itself, so that one that never came to it does not count as held off."""

_TOOLS = '''
import ctypes, errno, json, mmap, os, re, resource, signal, socket, struct, sys, time
from glob import glob
from types import SimpleNamespace
host = SimpleNamespace(**json.loads(@FACTS@))
libc = ctypes.CDLL(None, use_errno=True)
def escaped(*what):
    print("ESCAPED", *what, flush=True)
def attempt(action, *given):
    """What the action returns, None when it is refused."""
    try: return action(*given)
    except (OSError, ValueError, EOFError) as error: print("refused", type(error).__name__, error, flush=True)
def leak(content):
    """Print the planted secrets among these bytes, and nothing else of somebody's machine."""
    for found in re.findall(rb"SECRET-[a-z-]+-[0-9a-f]+", content or b""): print(found.decode(), flush=True)
def read(path):
    def content():
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", 0) as file: return file.read(1 << 20)
    return attempt(content)
def call(name, *given):
    """A system call: its result, or minus its errno. Integers are words, everything else is passed as it is."""
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in given]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(host.calls[name]), *words)
    return result if result >= 0 else -ctypes.get_errno()
def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
'''


@dataclass(frozen=True)
class Attack:
    """`program` can use the tools above; `host` there holds the facts of host.py.

    `ends` are the statuses that it may end with, all if empty. `not_bare` says why a bare subprocess is not tried, or
    does no harm; `for_root` that it harms a bare host only if run by root.
    """

    name: str
    program: str
    ends: tuple[str, ...] = ()
    limits: Mapping[str, float] = field(default_factory=dict[str, float])
    not_bare: str = ""
    for_root: bool = False

    @property
    def all_limits(self) -> Limits:
        return Limits.model_validate({"wall_s": 10.0, **self.limits})


def program_text(program: str, facts: Mapping[str, object]) -> str:
    return f"{_TOOLS.replace('@FACTS@', repr(json.dumps(facts)))}print({BEGAN!r}, flush=True)\n{program}"
