"""Run a Python program in this very process, forked from an interpreter that has imported its modules already."""

import atexit
import os
import runpy
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, NoReturn

from agents.sandbox.inside.processes import DUMPABLE, prctl

if TYPE_CHECKING:
    from agents.sandbox.inside.launcher import Request

MARKER = "NATURALIST_RUN_ID"
_OURS = ("agents.sandbox.inside", "agents.sandbox", "agents")


def can_run(request: "Request") -> bool:
    """Whether the command is a program file for this very interpreter, and the interpreter a warm one."""
    return request["is_warm"] and request["argv"][0] == sys.executable and _script_at(request["argv"]) is not None


def run_program(request: "Request") -> NoReturn:
    """Do what the interpreter would do with `python [-P] program.py argument...`, then end this process."""
    argv = request["argv"]
    place = _script_at(argv) or 1
    script = argv[place]
    _wear(request["env"])
    prctl(DUMPABLE, 1)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in sys.modules if name.startswith(_OURS)]:
        del sys.modules[name]
    sys.argv = argv[place:]
    sys.orig_argv[:] = argv
    _reseed()
    if place == 1:
        sys.path.insert(0, os.path.dirname(script))  # noqa: PTH120
    _leave(_run(script))


def _script_at(argv: list[str]) -> int | None:
    place = 2 if argv[1:2] == ["-P"] else 1
    return place if len(argv) > place and argv[place].endswith(".py") else None


def _wear(environment: dict[str, str]) -> None:
    """Take this environment; the marker also goes where /proc/PID/environ shows it."""
    import ctypes

    c = ctypes.CDLL(None)
    c.getenv.restype = ctypes.c_void_p
    room, marker = len(os.environb.get(MARKER.encode(), b"")), environment.get(MARKER, "").encode()
    if (address := c.getenv(MARKER.encode())) and len(marker) <= room:
        ctypes.memmove(address, marker.ljust(room), room)
    os.environ.clear()
    os.environ.update(environment)


def _reseed() -> None:
    """Draw fresh random states: a program that sets no seed must not find the same one in every run."""
    for module, function in (("numpy.random", "seed"), ("torch", "seed")):
        if module in sys.modules:
            getattr(sys.modules[module], function)()


def _run(script: str) -> int:
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        return _exit_code(ended.code)
    except BaseException as error:
        trace = error.__traceback__
        while trace and trace.tb_frame.f_code.co_filename in (__file__, runpy.__file__, "<frozen runpy>"):
            trace = trace.tb_next
        traceback.print_exception(type(error), error, trace)
        return 1
    return 0


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(f"{code}\n")
    return 1


def _leave(code: int) -> NoReturn:
    """End as the interpreter does: wait for threads, call what asked for it, flush; skip only the tearing down."""
    wait_for_threads, call_registered = vars(threading)["_shutdown"], vars(atexit)["_run_exitfuncs"]
    try:
        wait_for_threads()
        call_registered()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        code = code or 120
    os._exit(code)
