"""A Docker engine of the tests' own: started once for a session, nothing of the machine's network is changed."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest

NO_ENGINE = "unix:///nowhere/docker.sock"
_READY_S, _END_S = 60.0, 20.0


def why_no_engine() -> str | None:
    """Why a private engine cannot be started here; None if it can."""
    if sys.platform != "linux":
        return "a Docker engine needs Linux"
    if os.geteuid() != 0:
        return "only root can start a Docker engine of its own"
    missing = [name for name in ("dockerd", "containerd", "runc", "setpriv") if shutil.which(name) is None]
    return f"{', '.join(missing)} not installed: apt-get install docker.io" if missing else None


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[str]:
    """The URL of a private engine; skips with the reason where there is none, fails instead under REQUIRE_DOCKER=1."""
    if reason := why_no_engine():
        if os.environ.get("REQUIRE_DOCKER") == "1":
            pytest.fail(f"REQUIRE_DOCKER=1, but {reason}")
        pytest.skip(reason)
    with run_engine() as url:
        yield url


@contextlib.contextmanager
def run_engine() -> Generator[str]:
    """Start an engine in a folder of its own, stop it in the end and leave nothing."""
    folder = Path(tempfile.mkdtemp(prefix="nd-"))  # short: the path of a socket may not be long
    try:
        with (folder / "log").open("wb") as log:
            engine = subprocess.Popen(_command(folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            _wait(engine, folder)
            yield f"unix://{folder / 'docker.sock'}"
        finally:
            _stop(engine)
    finally:
        _unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _command(folder: Path) -> list[str]:
    places = {"--host": f"unix://{folder}/docker.sock", "--pidfile": f"{folder}/pid"}
    places |= {"--data-root": f"{folder}/data", "--exec-root": f"{folder}/exec"}
    quiet = ("--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=overlay2")
    die_with_us = ("setpriv", "--pdeathsig", "TERM")  # when pytest is killed no fixture can end it
    return [*die_with_us, "dockerd", *(word for pair in places.items() for word in pair), *quiet]


def _wait(engine: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while "API listen on" not in (said := (folder / "log").read_text(errors="replace")):
        if engine.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"dockerd did not start: {said[-2000:]}")
        time.sleep(0.05)


def _stop(engine: subprocess.Popen[bytes]) -> None:
    """End the engine; what it started (containerd, and their containers) goes with it."""
    below = psutil.Process(engine.pid).children(recursive=True) if engine.poll() is None else []
    engine.send_signal(signal.SIGTERM)
    try:
        engine.wait(_END_S)
    except subprocess.TimeoutExpired:
        engine.kill()
        engine.wait()
    for process in psutil.wait_procs(below, 5)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _unmount(folder: Path) -> None:
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((place for place in mounted if place.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=False)
