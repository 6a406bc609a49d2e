"""Sandboxes that are none: what probes and tests must be able to tell from real ones."""

import subprocess
from threading import Event as Flag

from agents.schema import Command, Completion


class BareSandbox:
    """Runs the command as it is."""

    name = "bare"
    guarantees = ("nothing",)

    def run(self, command: Command, stop: Flag) -> Completion:
        assert not stop.is_set()
        with command.stdout.open("wb") as out:
            done = subprocess.run(command.argv, stdout=out, stderr=subprocess.STDOUT, cwd=command.workdir)
        return Completion(status="crash" if done.returncode else "ok", exit_code=done.returncode, wall_s=0.0)

    def close(self) -> None:
        """Nothing is kept."""


class BrokenSandbox(BareSandbox):
    """Runs nothing."""

    def run(self, command: Command, stop: Flag) -> Completion:
        assert not stop.is_set() and command.argv
        return Completion(status="crash", exit_code=1, wall_s=0.0, detail="no room")
