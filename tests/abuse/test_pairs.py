"""Two programs in one sandbox, one after the other or at the same time: neither finds anything of the other.

The second one signals processes. It is told only of those that the first one's program became, tells others by the same
sign, and holds each while it looks, so that without a sandbox nothing of this machine or of the test itself is hit.
"""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Flag
from typing import NamedTuple

import pytest

from agents.errors import Interrupted
from agents.schema import Command, Completion
from agents.services import Sandbox
from tests.abuse.attack import BEGAN, Attack
from tests.abuse.bare import Bare
from tests.abuse.host import Host, new_secret
from tests.abuse.programs.table import WEAK_TOWARDS_OTHER_RUNS
from tests.abuse.programs.traps import LOOKS, RESIDENT
from tests.abuse.traces import find_processes, find_program, sweep, wait_for_none
from tests.abuse.trial import told, write_command

_READY_S = 30.0
_DEATH_S = 10.0
_WHEN = {"after": False, "beside": True}


class Visit(NamedTuple):
    """What a second program printed, and what it did to the first."""

    printed: str
    harm: list[str]


@pytest.mark.parametrize("when", _WHEN)
@pytest.mark.parametrize("look", LOOKS)
def test_another_run_is_hidden(look: str, when: str, sandbox: Sandbox) -> None:
    visit = pay_visit(sandbox, LOOKS[look], is_beside=_WHEN[when])
    assert visit.printed.startswith(BEGAN)
    weakness = WEAK_TOWARDS_OTHER_RUNS.get(sandbox.name, {}).get(look)
    if visit.harm and weakness:
        pytest.xfail(weakness)
    assert visit.harm == [], visit.printed


@pytest.mark.parametrize("when", _WHEN)
@pytest.mark.parametrize("look", LOOKS)
def test_without_a_sandbox_another_run_is_found(look: str, when: str) -> None:
    visit = pay_visit(Bare(), LOOKS[look], is_beside=_WHEN[when])
    assert visit.harm, visit.printed


def pay_visit(sandbox: Sandbox, look: str, is_beside: bool) -> Visit:
    """Run a program that leaves and holds what it can, then, or meanwhile, one that looks for it."""
    with Host() as first, Host() as second, _resident(sandbox, first, is_beside) as (facts, ends):
        was_there = bool(find_processes(first.token, first.work))
        command = write_command(second, Attack("visitor", look), facts)
        sandbox.run(command, Flag())
        printed = command.stdout.read_text()
        patience_s = _DEATH_S if "\nstruck" in printed else 0.0  # a signal that was sent may take a moment
        is_gone = was_there and not wait_for_none(first.token, first.work, patience_s)
        killed = [f"killed the other run: {ends}"] if is_gone else []
        written = ["wrote into the other run"] if (first.work / "abuse").exists() else []
        return Visit(printed, [*told(printed), *killed, *written])


@contextmanager
def _resident(sandbox: Sandbox, host: Host, stays: bool) -> Generator[tuple[dict[str, object], list[Completion]]]:
    """The first program, which runs on if it `stays`; gives what the second is told of it, and how it ended."""
    left = new_secret("left")
    known: dict[str, object] = {"first": host.token, "first_work": str(host.work), "port": _free_port()}
    attack = Attack("resident", RESIDENT, limits={"wall_s": 600})
    command = write_command(host, attack, {**known, "left": left, "stays": stays})
    command = command.model_copy(update={"env": {**command.env, "KEY": left}})
    (host.work / "note").write_text(left)
    stop, ends = Flag(), list[Completion]()
    running = threading.Thread(target=_run_until_stopped, args=(sandbox, command, stop, ends))
    running.start()
    try:
        _wait_for(host.work / "ready", command.stdout)
        if not stays:
            running.join()
        yield {**known, "first_pid": max(find_program(host.token), default=0)}, ends
    finally:
        stop.set()
        running.join()
        wait_for_none(host.token, host.work, 1.0)
        _tidy(host)


def _run_until_stopped(sandbox: Sandbox, command: Command, stop: Flag, ends: list[Completion]) -> None:
    with suppress(Interrupted):
        ends.append(sandbox.run(command, stop))


def _wait_for(path: Path, log: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while not path.exists():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.02)


def _tidy(host: Host) -> None:
    """Remove what a program without a sandbox left: processes, files, System V objects under its key."""
    sweep(host.token, host.work)
    for folder in (Path.home(), *map(Path, ("/", "/tmp", "/var/tmp", "/dev/shm", "/run"))):
        with suppress(OSError):
            (folder / f"left-{host.token}").unlink()
    key = str(int(host.token, 16) & 0x7FFFFFFF)
    if tool := shutil.which("ipcrm"):
        subprocess.run([tool, "-M", key, "-S", key, "-Q", key], stderr=subprocess.DEVNULL, check=False)


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]
