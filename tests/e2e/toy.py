"""Runs of the toy template: the whole road with real experiments, in seconds and without TeX."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from agents.events import Event
from agents.run import RunResult, resume_run, start_run
from agents.schema import Experiment
from agents.settings import Settings, resolve_settings
from agents.store.database import sqlite_url
from agents.store.event_log import read_events
from agents.store.journal import SqlJournal

ROOT = Path(__file__).parents[2]
TOY = ROOT / "tests" / "toy_template"


def toy_settings(home: Path, **flags: Any) -> Settings:
    given = {
        "topic": "Does boost raise the toy score?",
        "template": str(TOY),
        "workspace": home / "workspace",
        "papers": home / "papers",
        "search.experiments": 3,
        "confirm.seeds": 2,
        "generations": 1,
        "sandbox.slots": 2,
        "paper.is_typeset": False,
        "paper.repairs": 0,
    }
    return resolve_settings({**given, **flags}, project_file=home / "none.toml")


def start(home: Path, **flags: Any) -> RunResult:
    return start_run(toy_settings(home, **flags), ignore)


def resume(folder: Path, **how: Any) -> list[Event]:
    """Resume a run and return the events of this session."""
    events: list[Event] = []
    resume_run(folder, events.append, **how)
    return events


def ignore(_: Event) -> None:
    """An on_event that does nothing: what matters is on disk."""


def experiments_of(folder: Path) -> list[Experiment]:
    journal = SqlJournal(sqlite_url(folder / "journal.db"))
    try:
        return journal.experiments()
    finally:
        journal.close()


def of_kind(events: Iterable[Event], kind: str) -> list[Any]:
    return [event for event in events if event.event == kind]


def logged(folder: Path, kind: str) -> list[Any]:
    return of_kind(read_events(folder / "events.jsonl"), kind)


def copy_template(home: Path, program: Mapping[str, str] | None = None, name: str = "toy_copy", **limits: Any) -> Path:
    """Copy the toy with texts of its experiment.py replaced, and with other limits in its template.toml."""
    folder = home / name
    shutil.copytree(TOY, folder, ignore=shutil.ignore_patterns("__pycache__"))
    experiment, toml = folder / "experiment.py", folder / "template.toml"
    code, table = experiment.read_text(), toml.read_text()
    for old, new in (program or {}).items():
        assert old in code
        code = code.replace(old, new)
    for key, value in limits.items():
        table, changes = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", table)
        assert changes == 1
    experiment.write_text(code)
    toml.write_text(table)
    return folder


def command_line(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `naturalist` in a process of its own, in the folder `home`."""
    return subprocess.run(
        [sys.executable, "-m", "agents.cli.main", *arguments],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environ},
        capture_output=True,
        text=True,
        timeout=120,
    )
