"""Children of a test that put up a fence and then try things; as root, and as an ordinary user."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
NOBODY = 65534
_SYSTEM_PYTHON = Path("/usr/bin/python3")
_START = f"import os, sys\nsys.path.insert(0, {str(ROOT)!r})\n"
_ATTEMPT = """
import errno
def attempt(action):
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno]
    return 'done'
def call(number, *arguments):
    import ctypes
    c = ctypes.CDLL(None, use_errno=True)
    if c.syscall(ctypes.c_long(number), *(a if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments)) < 0:
        raise OSError(ctypes.get_errno(), '')
"""
USERS = [
    pytest.param(None, id="this user"),
    pytest.param(
        NOBODY,
        id="an ordinary user",
        marks=pytest.mark.skipif(
            os.geteuid() != 0 or not _SYSTEM_PYTHON.exists(),
            reason="only root can become another user, who needs a Python that all may read",
        ),
    ),
]


def run_child(code: str, user: int | None = None) -> list[str]:
    """The lines that `code` prints; `attempt(action)` in it gives "done" or the name of the error."""
    python = str(_SYSTEM_PYTHON) if user is not None else sys.executable
    argv = [python, "-I", "-S", "-c", _START + _ATTEMPT + code]
    done = subprocess.run(argv, user=user, group=user, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
