"""Runs that share one PostgreSQL: the results are those of runs in files, nothing mixes, each has one driver."""

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from agents.errors import ServiceError, UserError
from agents.events import Event
from agents.run import resume_run, start_run
from agents.schema import Experiment
from agents.settings import load_settings
from agents.store.driver_lock import find_driver, hold_run
from agents.store.journal import SqlJournal
from agents.store.place import Place, check_store, find_place
from agents.store.runs import read_run
from tests.e2e.toy import ignore, resume, start, toy_settings
from tests.postgres import Server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url(postgres: Server) -> str:
    return postgres.make_database()


def place_of(folder: Path) -> Place:
    return find_place(folder, load_settings(folder / "settings.toml").store.url)


def numbers(folder: Path) -> list[dict[str, Any]]:
    """What a run found, without what time and machine decide."""
    with closing(SqlJournal(*place_of(folder))) as journal:
        found: list[Experiment] = journal.experiments()
    return [each.model_dump(mode="json", exclude={"outcome": {"wall_s", "peak_memory_mb"}}) for each in found]


def in_child(target: Callable[..., object], *given: object) -> BaseProcess:
    child = multiprocessing.get_context("fork").Process(target=target, args=given)
    child.start()
    return child


def drive(home: Path, url: str, seed: int) -> None:
    start(home, **{"store.url": url, "seed": seed})


def folder_of(home: Path) -> Path:
    return next((home / "workspace").glob("2*"))


def test_two_drivers_at_once_find_what_runs_in_files_find(tmp_path: Path, url: str) -> None:
    homes = {seed: tmp_path / f"shared-{seed}" for seed in (1, 2)}
    children = [in_child(drive, home, url, seed) for seed, home in homes.items()]
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0]
    for seed, home in homes.items():
        folder = folder_of(home)
        assert not list(folder.glob("*.db"))
        assert numbers(folder) == numbers(start(tmp_path / f"files-{seed}", seed=seed).folder)
        assert read_run(folder).state == "finished"


def test_a_killed_driver_lets_go_and_its_run_goes_on(tmp_path: Path, url: str) -> None:
    def die(event: Event) -> None:
        if event.event == "experiment_finished":
            os.kill(os.getpid(), signal.SIGKILL)

    child = in_child(start_run, toy_settings(tmp_path / "killed", **{"store.url": url}), die)
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    folder = folder_of(tmp_path / "killed")
    _wait_until(lambda: find_driver(place_of(folder)) is None)
    assert read_run(folder).state == "stopped"
    resume(folder)
    assert numbers(folder) == numbers(start(tmp_path / "files").folder)


def test_a_second_driver_is_told_who_drives(tmp_path: Path, url: str) -> None:
    folder = start(tmp_path, **{"store.url": url, "gates": ("idea",)}).folder
    before = (folder / "events.jsonl").read_bytes()
    with hold_run(place_of(folder), "a-run", Flag()):
        assert read_run(folder).pid == os.getpid()
        with pytest.raises(UserError, match=rf"is being driven by another process \(host .+, pid {os.getpid()}\)"):
            resume_run(folder, ignore)
    assert (folder / "events.jsonl").read_bytes() == before
    resume_run(folder, ignore)


def test_a_lost_server_is_one_line_and_the_run_goes_on_when_it_is_back(tmp_path: Path, postgres: Server) -> None:
    url = postgres.make_database()

    def stop_server(event: Event) -> None:
        if event.event == "experiment_finished":
            postgres.control("stop", "-m", "immediate")

    try:
        with pytest.raises(ServiceError, match=r"then resume|goes on") as caught:
            start_run(toy_settings(tmp_path / "shared", **{"store.url": url}), stop_server)
    finally:
        postgres.control("start")
    assert "\n" not in str(caught.value)
    folder = folder_of(tmp_path / "shared")
    resume(folder)
    assert numbers(folder) == numbers(start(tmp_path / "files").folder)


def test_a_run_outlives_connections_that_break_between_its_steps(tmp_path: Path, postgres: Server) -> None:
    url = postgres.make_database()
    restarts: list[Event] = []

    def restart(event: Event) -> None:
        if event.event == "stage_finished" and event.node == "choose_idea":
            restarts.append(event)
            postgres.control("restart", "-m", "fast")

    folder = start_run(toy_settings(tmp_path, **{"store.url": url}), restart).folder
    assert len(restarts) == 1
    assert read_run(folder).state == "finished"


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("postgresql://me:secret@host/db", "holds a password"),
        ("postgresql://me@host/db?password=secret", "holds a password"),
        ("mysql://me@host/db", "must be a PostgreSQL URL"),
        ("nonsense", "is no URL"),
    ],
)
def test_a_store_that_will_not_do_is_refused_before_anything_is_made(tmp_path: Path, url: str, fault: str) -> None:
    with pytest.raises(UserError, match=fault) as caught:
        start(tmp_path, **{"store.url": url})
    assert "secret" not in str(caught.value)
    assert not (tmp_path / "workspace").exists()


def test_a_run_in_files_is_not_moved_by_a_url(tmp_path: Path, postgres: Server) -> None:
    folder = start(tmp_path, gates=("idea",)).folder
    settings = folder / "settings.toml"
    text = settings.read_text()
    assert text.count('url = ""') == 1
    settings.write_text(text.replace('url = ""', f'url = "{postgres.make_database()}"'))
    with pytest.raises(UserError, match="keeps its journal in files"):
        resume_run(folder, ignore)


def test_checkpoints_of_a_long_thread_do_not_pile_up(tmp_path: Path, url: str) -> None:
    folder = start(tmp_path, **{"store.url": url, "search.experiments": 60, "search.lanes": 1}).folder
    engine = create_engine(check_store(url))
    with engine.connect() as connection:
        threads = connection.execute(
            text("SELECT count(*) FROM checkpoints WHERE thread_id = :thread"),
            {"thread": place_of(folder).thread("main")},
        )
        assert (threads.scalar() or 0) < 120
    engine.dispose()
    assert json.loads((folder / "run.json").read_text())["id"] == place_of(folder).run


def _wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_true()
