"""Looking at a run while it runs, waits, died or is finished; and a second driver, who is turned away."""

import multiprocessing
import os
import signal
import subprocess
import sys
from multiprocessing.synchronize import Event as Signal
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.errors import UserError
from agents.events import Event
from agents.run import resume_run, start_run
from tests.e2e.toy import ROOT, ignore, start, toy_settings

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="forks and kills: Linux only")]
_LOOK = """
import sys
from agents.cli.main import app
for words in (["status", sys.argv[1]], ["list"], ["show", sys.argv[1]], ["status", sys.argv[1], "--json"]):
    try:
        app([*words, "--workspace", sys.argv[2]], prog_name="naturalist")
    except SystemExit as end:
        assert not end.code, words
heavy = {"langgraph", "litellm", "torch", "matplotlib", "sklearn", "scipy"} & set(sys.modules)
assert not heavy, heavy
"""


class Held:
    """A run in a process of its own that stands still at its second experiment until it is killed."""

    def __init__(self, home: Path) -> None:
        context = multiprocessing.get_context("fork")
        self.is_there = context.Event()
        self.process = context.Process(target=_drive, args=(home, self.is_there))
        self.process.start()
        assert self.is_there.wait(60)
        self.folder = next((home / "workspace").glob("2*"))

    def kill(self) -> None:
        os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join()


def _drive(home: Path, is_there: Signal) -> None:
    seen: list[Event] = []

    def hold(event: Event) -> None:
        seen.extend([event] if event.event == "experiment_started" else [])
        if len(seen) == 2:
            is_there.set()
            Flag().wait()

    start_run(toy_settings(home), hold)


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path)


def look(folder: Path) -> str:
    """What status, list and show say, in a process that fails if it loads more than it needs."""
    done = subprocess.run(
        [sys.executable, "-c", _LOOK, folder.name, str(folder.parent)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_running_and_then_killed_run_can_be_looked_at_but_not_driven_twice(held: Held) -> None:
    try:
        assert f"running (pid {held.process.pid})" in look(held.folder)
        with pytest.raises(UserError, match=rf"is already running \(pid {held.process.pid}\); wait for it") as caught:
            resume_run(held.folder, ignore)
        assert "\n" not in str(caught.value)
        with pytest.raises(UserError, match="already running"):
            resume_run(held.folder, ignore, start_at="survey_literature")
    finally:
        held.kill()
    seen = look(held.folder)
    assert "state       stopped" in seen
    assert "to go on    naturalist resume" in seen


def test_a_waiting_run_can_be_looked_at(tmp_path: Path) -> None:
    folder = start(tmp_path, gates=("idea",)).folder
    assert "waiting for approval of the idea" in look(folder)


def test_a_finished_run_can_be_looked_at(tmp_path: Path) -> None:
    folder = start(tmp_path, **{"search.experiments": 2}).folder
    assert "state       finished" in look(folder)
