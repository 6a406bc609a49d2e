"""Nothing outlives its driver, its supervisor or its limit, and the slot is free for the next."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from threading import Event as Flag

import psutil

from agents.errors import ServiceError
from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.schema import Command, Job
from agents.services import Sandbox
from tests.abuse.attack import Attack
from tests.abuse.host import PROJECT, Host
from tests.abuse.traces import find_processes, sweep, wait_for_none
from tests.abuse.trial import write_command

_DEAF_TREE = """
for number in (1, 2, 3, 15): signal.signal(number, signal.SIG_IGN)
os.fork()
if os.fork() == 0: os.setsid()
open("ready", "w").close()
signal.alarm(120)
while True: time.sleep(1)
"""
_DRIVER = """
import sys
from threading import Event
from agents.registry import find_adapter
from agents.sandbox import SANDBOXES
from agents.schema import Command
print(find_adapter("sandbox", sys.argv[1], SANDBOXES)().run(Command.model_validate_json(sys.argv[2]), Event()))
"""
_GONE_S = 10.0


def test_a_killed_driver_leaves_nothing(sandbox: Sandbox) -> None:
    with Host() as host:
        argv = [sys.executable, "-c", _DRIVER, sandbox.name, _deaf_tree(host, 60).model_dump_json()]
        driver = subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.DEVNULL, start_new_session=True)
        try:
            _wait_for(host.work / "ready")
        finally:
            driver.kill()
            driver.wait()
        assert _end(host) == []


def test_a_killed_supervisor_leaves_nothing(sandbox: Sandbox) -> None:
    """Whoever kills it: an administrator, or the kernel that needs memory."""
    with Host() as host:
        running = threading.Thread(target=_run, args=(sandbox, _deaf_tree(host, 60)))
        running.start()
        _wait_for(host.work / "ready")
        os.kill(_parent_of_all(find_processes(host.token, host.work)), signal.SIGKILL)
        running.join(30)
        assert not running.is_alive()
        assert _end(host) == []


def test_the_slot_is_free_within_seconds_of_the_limit(sandbox: Sandbox) -> None:
    with Host() as first, Host() as second:
        executor = LocalExecutor(sandbox, Slots(count=1, cpus=1, memory_mb=8192), Flag())
        started = time.monotonic()
        hostile = executor.submit(Job(id="hostile", commands=(_deaf_tree(first, 1),)))
        friendly = executor.submit(
            Job(id="friendly", commands=(write_command(second, Attack("friendly", "print(1)")),))
        )
        assert hostile.result(30)[0].status == "timeout"
        assert friendly.result(30)[0].status == "ok"
        assert time.monotonic() - started < 20
        assert _end(first) == []
        executor.close()


def _deaf_tree(host: Host, wall_s: float) -> Command:
    return write_command(host, Attack("deaf tree", _DEAF_TREE, limits={"wall_s": wall_s}))


def _run(sandbox: Sandbox, command: Command) -> None:
    with suppress(ServiceError):
        sandbox.run(command, Flag())


def _parent_of_all(pids: list[int]) -> int:
    """The process above these that is not one of them, and not us."""
    parents = {psutil.Process(pid).ppid() for pid in pids} - {*pids, os.getpid(), 1}
    assert parents, "no supervisor between the program and its driver"
    return min(parents)


def _end(host: Host) -> list[int]:
    left = wait_for_none(host.token, host.work, _GONE_S)
    sweep(host.token, host.work)
    return left


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
