"""The command's side of the fork: its streams, signals and limits, its fence, and then the program itself."""

import os
import resource
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from agents.sandbox.inside import warm
from agents.sandbox.inside.processes import DEATH_SIGNAL, prctl

if TYPE_CHECKING:
    from agents.sandbox.inside.fence import Fence
    from agents.sandbox.inside.launcher import Request

OPEN_FILES = 1024


def become_command(request: "Request", fence: "Fence") -> NoReturn:
    """Run the command in this process; reports to the driver and exits 127 when it cannot be started."""
    report = os.dup(2)  # from here on every descriptor but the first three goes when the program starts
    try:
        _take_streams()
        os.setsid()
        _restore_signals()
        _limit(request)
        _join(request["groups"], report)
        _enter(fence, report)
        prctl(DEATH_SIGNAL, signal.SIGKILL)
        os.chdir(request["cwd"])
        if warm.can_run(request):
            os.closerange(3, OPEN_FILES)
            warm.run_program(request)
        os.execvpe(request["argv"][0], request["argv"], request["env"])
    except OSError as error:
        os.write(report, f"failed {error.errno}\n".encode())
    except BaseException as error:
        os.write(report, f"broken {error!r}\n".encode())
    os._exit(127)


def _join(groups: list[str], report: int) -> None:
    try:
        for path in groups:
            with open(path, "w") as file:  # noqa: PTH123 (pathlib is slow to import)
                file.write("0")
    except OSError as error:
        os.write(report, f"broken cannot join a control group: {error}\n".encode())
        os._exit(127)


def _enter(fence: "Fence", report: int) -> None:
    try:
        fence.close_behind()
    except BaseException as error:
        os.write(report, f"broken {error!r}\n".encode())
        os._exit(127)


def _take_streams() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(1, 2)


def _restore_signals() -> None:
    # Python ignores these two, and an ignored signal stays ignored across exec.
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _limit(request: "Request") -> None:
    # RLIMIT_AS would count torch's reserved address space; RLIMIT_NPROC counts the whole user and spares root.
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _set_limit(resource.RLIMIT_FSIZE, request["file_bytes"])
    _set_limit(resource.RLIMIT_DATA, request["data_bytes"])


def _set_limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    try:
        resource.setrlimit(kind, (allowed, allowed))
    except (OSError, ValueError):
        if sys.platform == "linux":  # macOS refuses some; there the watch from outside is all there is
            raise
