"""A process of the same user beside the sandbox, with secrets in its arguments, environment, memory and open files."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import psutil

_CODE = """
import ctypes, os, sys, time
kept = ctypes.create_string_buffer(sys.stdin.readline().strip().encode())
file = os.open(sys.argv[1], os.O_RDWR)
print(ctypes.addressof(kept), file, flush=True)
sys.stdin.read()
"""


class Victim:
    """Lives until `close`, or until its host dies; `damage` says what was done to it meanwhile."""

    def __init__(self, folder: Path, secrets: dict[str, str]) -> None:
        folder.mkdir()
        (folder / "file").write_text(secrets["victim-file"])
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CODE, "file", secrets["argument"]],
            cwd=folder,
            env={"KEY": secrets["environ"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(secrets["memory"] + "\n")
        self._process.stdin.flush()
        self.address, self.descriptor = map(int, self._process.stdout.readline().split())
        self.pid = self._process.pid
        self._before = self._state()

    def damage(self) -> list[str]:
        if self._process.poll() is not None:
            return [f"the victim was killed ({self._process.returncode})"]
        after = self._state()
        return [f"the victim's {name} changed" for name, value in self._before.items() if after[name] != value]

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def _state(self) -> dict[str, object]:
        seen = psutil.Process(self.pid)
        return {
            "run": seen.status() == psutil.STATUS_STOPPED or seen.status() == psutil.STATUS_TRACING_STOP,
            "priority": (os.getpriority(os.PRIO_PROCESS, self.pid), seen.ionice(), os.sched_getscheduler(self.pid)),
            "processors": os.sched_getaffinity(self.pid),
            "limits": [resource.prlimit(self.pid, kind) for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)],
            "chance to be killed for memory": Path(f"/proc/{self.pid}/oom_score_adj").read_text(),
        }
