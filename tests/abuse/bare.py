"""No sandbox at all: a subprocess under a wall clock. What an attack does here shows that it is one."""

import os
import subprocess
import time
from threading import Event as Flag

from agents.schema import Command, Completion


class Bare:
    """What running generated code usually comes down to."""

    name = "bare"
    guarantees = ("wall-clock limit on one process: enforced",)

    def __init__(self) -> None:
        self._environ = dict(os.environ)  # once: pytest changes it while these programs start side by side

    def run(self, command: Command, stop: Flag) -> Completion:
        started = time.monotonic()
        with command.stdout.open("wb") as log:
            running = subprocess.Popen(
                command.argv,
                cwd=command.workdir,
                env={**self._environ, **command.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                close_fds=False,
                start_new_session=True,
            )
            is_late = _wait(running, command.limits.wall_s, stop)
        status = "timeout" if is_late else "crash" if running.returncode else "ok"
        return Completion(status=status, exit_code=running.returncode, wall_s=time.monotonic() - started)

    def close(self) -> None:
        """Nothing is kept."""


def _wait(running: subprocess.Popen[bytes], limit_s: float, stop: Flag) -> bool:
    """Wait for the end, at most for so long; whether it had to be killed."""
    deadline = time.monotonic() + limit_s
    while running.poll() is None:
        if stop.is_set() or time.monotonic() > deadline:
            running.kill()
            running.wait()
            return True
        time.sleep(0.01)
    return False
