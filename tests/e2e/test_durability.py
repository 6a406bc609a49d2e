"""A killed run goes on where it stopped: nothing finished runs again, nothing is lost, the numbers are the same.

Sessions run in forked children, so that a kill -9 costs milliseconds, not the imports.
"""

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.events import Event, ExperimentStarted, StageFinished, StageStarted
from agents.run import resume_run, start_run
from agents.settings import Settings, resolve_settings
from agents.store.event_log import read_events
from agents.store.journal import SqlJournal

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="kills forked sessions: Linux only")]
TOY = Path(__file__).parents[1] / "toy_template"
Watch = Callable[[Event], None]


def toy_settings(home: Path, **flags: Any) -> Settings:
    return resolve_settings(
        {
            "topic": "Does boost raise the toy score?",
            "template": str(TOY),
            "workspace": home / "workspace",
            "papers": home / "papers",
            "search.experiments": 6,
            "confirm.seeds": 4,
            "generations": 2,
            "sandbox.slots": 2,
            "paper.is_typeset": False,
            **flags,
        },
        project_file=home / "none.toml",
    )


def run_folder(home: Path) -> Path | None:
    return next((path for path in (home / "workspace").glob("2*") if path.is_dir()), None)


def session(home: Path, watch: Watch) -> None:
    """Start the run of `home`, or go on with it, in this process."""
    folder = run_folder(home)
    if folder is None:
        start_run(toy_settings(home), watch)
    else:
        resume_run(folder, watch)


def in_child(home: Path, watch: Watch, kill_after_s: float | None = None) -> int:
    """Run a session in a forked child; returns its exit code, negative for a signal."""
    child = multiprocessing.get_context("fork").Process(target=session, args=(home, watch))
    child.start()
    child.join(kill_after_s)
    if child.is_alive():
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
    return child.exitcode or 0


def ignore(_: Event) -> None:
    """An on_event that does nothing: these sessions are judged by what they leave on disk."""


def outcome_of(home: Path) -> dict[str, Any]:
    """Everything a run leaves that must not depend on when it was killed."""
    folder = run_folder(home)
    assert folder is not None
    unstable = {"wall_s", "peak_memory_mb"}
    experiments = [
        experiment.model_dump(mode="json", exclude={"outcome": unstable})
        for experiment in SqlJournal(f"sqlite:///{folder / 'journal.db'}").experiments()
    ]
    evidence = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("papers/*/evidence.json")}
    for document in evidence.values():
        document["quantities"] = {k: v for k, v in document["quantities"].items() if not k.startswith("cost.")}
    sections = {str(path.relative_to(folder)): path.read_text() for path in folder.glob("papers/*/sections/*.tex")}
    reviews = {path.parent.name: json.loads(path.read_text()) for path in folder.glob("papers/*/review.json")}
    return {"experiments": experiments, "evidence": evidence, "sections": sections, "reviews": reviews}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("reference")
    session(home, ignore)
    return outcome_of(home)


def test_the_same_run_twice_gives_the_same_numbers(tmp_path: Path, reference: dict[str, Any]) -> None:
    session(tmp_path, ignore)
    assert outcome_of(tmp_path) == reference


def test_a_run_killed_at_twenty_random_moments_ends_like_one_that_was_not(
    tmp_path: Path, reference: dict[str, Any]
) -> None:
    rng = random.Random(20)
    for _ in range(20):
        in_child(tmp_path, ignore, kill_after_s=rng.uniform(0.05, 1.5))
    assert in_child(tmp_path, ignore) == 0
    assert outcome_of(tmp_path) == reference
    assert_no_finished_experiment_ran_again(tmp_path)


def test_a_run_killed_at_every_node_boundary_ends_like_one_that_was_not(
    tmp_path: Path, reference: dict[str, Any]
) -> None:
    kills = 0
    seen: set[tuple[str, str, str | None]] = set()

    def die_at_new_boundary(event: Event) -> None:
        if isinstance(event, StageStarted | StageFinished) and boundary(event) not in seen:
            os.kill(os.getpid(), signal.SIGKILL)

    while in_child(tmp_path, die_at_new_boundary) == -signal.SIGKILL:
        kills += 1
        folder = run_folder(tmp_path)
        assert folder is not None
        logged = read_events(folder / "events.jsonl")
        seen |= {boundary(event) for event in logged if isinstance(event, StageStarted | StageFinished)}
    assert kills > 40
    assert outcome_of(tmp_path) == reference
    assert_no_finished_experiment_ran_again(tmp_path)


def test_ctrl_c_stops_within_seconds_and_the_run_goes_on(tmp_path: Path, reference: dict[str, Any]) -> None:
    child = multiprocessing.get_context("fork").Process(target=session, args=(tmp_path, ignore))
    child.start()
    time.sleep(1.0)
    os.kill(child.pid or 0, signal.SIGINT)
    child.join(10)
    assert not child.is_alive()
    assert child.exitcode != 0
    assert in_child(tmp_path, ignore) == 0
    assert outcome_of(tmp_path) == reference


def boundary(event: StageStarted | StageFinished) -> tuple[str, str, str | None]:
    return event.event, event.node, event.study


def assert_no_finished_experiment_ran_again(home: Path) -> None:
    folder = run_folder(home)
    assert folder is not None
    finished: set[str] = set()
    starts: Counter[str] = Counter()
    for event in read_events(folder / "events.jsonl"):
        if isinstance(event, ExperimentStarted):
            assert event.experiment not in finished
            starts[event.experiment] += 1
        elif event.event == "experiment_finished":
            finished.add(event.experiment)
    assert finished == set(starts)
