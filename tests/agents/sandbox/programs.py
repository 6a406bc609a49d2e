"""Small programs to put into a sandbox, and what it takes to run them and to see what is left of them."""

import fcntl
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event as Flag

from agents.schema import Command, Completion, Limits
from agents.services import Sandbox


def python(folder: Path, code: str, **limits: float) -> Command:
    """A command that runs `code` in folder/work and prints to folder/out.txt; 20 seconds unless `limits` say else."""
    workdir = folder / "work"
    workdir.mkdir(parents=True, exist_ok=True)
    return Command(
        argv=(sys.executable, "-c", code),
        workdir=workdir,
        limits=Limits.model_validate({"wall_s": 20.0, **limits}),
        stdout=folder / "out.txt",
    )


def run(sandbox: Sandbox, command: Command) -> tuple[Completion, str]:
    """How the command ended, and what it printed."""
    completion = sandbox.run(command, Flag())
    return completion, command.stdout.read_text(errors="replace")


def wait_until(holds: Callable[[], bool], timeout_s: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held


def is_running(pid_file: Path) -> bool:
    """Whether the process that wrote this file still lives: it holds a lock on it, which any namespace can see."""
    with pid_file.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def has_pid(pid_file: Path) -> bool:
    return pid_file.exists() and pid_file.read_text() != ""


NOTE_PID = """
import fcntl, os
noted = []
def note(name):
    file = open(name + '.tmp', 'w')
    noted.append(file)
    file.write(str(os.getpid()))
    file.flush()
    fcntl.flock(file, fcntl.LOCK_EX)
    os.rename(name + '.tmp', name)
"""
IGNORE_SIGNALS = "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\n"
SLEEP = "import time\nwhile True: time.sleep(1)\n"
DAEMON = f"""{NOTE_PID}{IGNORE_SIGNALS}
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.environ.clear()
        note('daemon.pid')
        import time
        while True: time.sleep(1)
    os._exit(0)
import time
while not os.path.exists('daemon.pid'): time.sleep(0.01)
"""
