"""One attack tried in one sandbox: what it printed, how it ended, what the host looks like afterwards."""

import os
import re
import sys
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event as Flag
from typing import NamedTuple

from agents.schema import Command, Completion
from agents.services import Sandbox
from tests.abuse.attack import BEGAN, ESCAPED, Attack, program_text
from tests.abuse.host import Host, new_secret
from tests.abuse.traces import sweep, wait_for_none

DRIVER_KEY = "NATURALIST_ABUSE_SECRET"
_START_S = 12.0
"""A container on a machine under load takes its time; not part of any limit."""
_END_S = 5.0
_SIDE_BY_SIDE = 3


class Trial(NamedTuple):
    """`harm` and `left` are lists of one line each, empty for a sandbox that holds."""

    completion: Completion
    printed: str
    elapsed_s: float
    harm: list[str]
    left: list[int]
    has_begun: bool

    def hung(self, attack: Attack) -> str:
        """How it was too late; "" if it was in time."""
        limit = attack.all_limits.wall_s
        if self.completion.wall_s > limit + _END_S:
            return f"the program lived {self.completion.wall_s:.1f} s; its limit was {limit} s"
        if self.elapsed_s > limit + _END_S + _START_S:
            return f"the slot was held {self.elapsed_s:.1f} s for a limit of {limit} s"
        return ""


def attempt(sandbox: Sandbox, attack: Attack, patience_s: float) -> Trial:
    """Try the attack on a host of its own, look what it did, and put everything right again.

    What still runs after the sandbox has returned has `patience_s` to be gone.
    """
    with Host() as host:
        command = write_command(host, attack)
        started = time.monotonic()
        completion = sandbox.run(command, Flag())
        elapsed_s = time.monotonic() - started
        left = wait_for_none(host.token, host.work, patience_s)
        sweep(host.token, host.work)
        harm = [*_told(host, command), *host.damage(), *_oversized(command), *_spoilt(completion)]
        return Trial(completion, _tail(command.stdout), elapsed_s, harm, left, _has_begun(command.stdout))


def write_command(host: Host, attack: Attack, more: Mapping[str, object] | None = None) -> Command:
    """The command of an attack that is told `more`; its token stands in the arguments and in the environment."""
    return Command(
        argv=(sys.executable, "-c", program_text(attack.program, {**host.facts, **(more or {})}), host.token),
        workdir=host.work,
        readable=host.readable,
        limits=attack.all_limits,
        stdout=host.run / "out.txt",
        env={"ABUSE_TOKEN": host.token},
    )


class Batch:
    """Trials of attacks in one sandbox, a few side by side."""

    def __init__(self, sandbox: Sandbox, wanted: Iterable[Attack], patience_s: float = _END_S) -> None:
        self.sandbox = sandbox.name
        self._pool = ThreadPoolExecutor(_SIDE_BY_SIDE)
        self._running: dict[str, Future[Trial]] = {
            attack.name: self._pool.submit(attempt, sandbox, attack, patience_s) for attack in wanted
        }

    def result(self, attack: Attack) -> Trial:
        return self._running[attack.name].result()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)


class Bait:
    """A key in the driver's environment, and a descriptor of a secret file that a careless start would pass on."""

    def __init__(self, folder: Path) -> None:
        secret = folder / "bait"
        secret.write_text(new_secret("descriptor"))
        os.environ[DRIVER_KEY] = new_secret("driver-environ")
        self._descriptor = os.open(secret, os.O_RDONLY)
        os.set_inheritable(self._descriptor, True)

    def close(self) -> None:
        os.close(self._descriptor)
        del os.environ[DRIVER_KEY]


def told(printed: str) -> list[str]:
    """What a program said of its success, and the planted secrets that it printed."""
    boasts = [line for line in printed.splitlines() if line.startswith(ESCAPED)]
    return boasts + sorted({f"printed {found}" for found in re.findall(r"SECRET-[a-z-]+-[0-9a-f]+", printed)})


def _told(host: Host, command: Command) -> list[str]:
    return told(command.stdout.read_text(errors="replace"))


def _oversized(command: Command) -> list[str]:
    size, limit = command.stdout.stat().st_size, command.limits.output_mb << 20
    return [f"the log has {size} bytes; its limit is {limit}"] if size > limit + 1000 else []


def _spoilt(completion: Completion) -> list[str]:
    return [] if completion.detail.isprintable() else [f"control characters in {completion.detail!r}"]


def _has_begun(path: Path) -> bool:
    with path.open(errors="replace") as log:
        return log.readline().strip() == BEGAN


def _tail(path: Path) -> str:
    return path.read_text(errors="replace")[-2000:]
