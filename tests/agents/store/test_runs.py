"""Run folders are found and summed up, whatever state a process left them in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.errors import UserError
from agents.events import (
    ApprovalNeeded,
    Event,
    ExperimentsPlanned,
    PaperPublished,
    PaperReviewed,
    RunFinished,
    RunStarted,
    StageStarted,
    VerdictReached,
)
from agents.schema import ModelCall
from agents.settings import Settings, dump_settings
from agents.store.calls import CallLog
from agents.store.database import sqlite_url
from agents.store.event_log import EventLog
from agents.store.journal import SqlJournal
from agents.store.run_lock import RunLock, running_pid
from agents.store.runs import Progress, find_run, list_runs, read_run
from tests.agents.store.samples import make_experiment, make_outcome, make_plan


def make_run(workspace: Path, name: str, events: tuple[Event, ...] = ()) -> Path:
    folder = workspace / name
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text(dump_settings(Settings(topic="Does smoothing help?", generations=3)))
    stamp = 1_000_000_000 * (1 + len(list_runs(workspace)))
    os.utime(folder / "settings.toml", ns=(stamp, stamp))
    log = EventLog(folder / "events.jsonl")
    for event in events:
        log.emit(event)
    log.close()
    return folder


def started(at: float, *, is_resumed: bool = False) -> RunStarted:
    return RunStarted(
        at=at, run="r", topic="Does smoothing help?", template="digits", researcher="offline", is_resumed=is_resumed
    )


class TestFindRun:
    def test_by_name_path_prefix_and_age(self, tmp_path: Path) -> None:
        older, newer = make_run(tmp_path, "labels-b"), make_run(tmp_path, "epidemic-a")
        assert find_run(tmp_path, "labels-b") == older
        assert find_run(Path("elsewhere"), str(older)) == older
        assert find_run(tmp_path, "lab") == older
        assert find_run(tmp_path, "latest") == newer

    def test_a_whole_name_wins_over_a_longer_one(self, tmp_path: Path) -> None:
        short = make_run(tmp_path, "labels")
        make_run(tmp_path, "labels-2")
        assert find_run(tmp_path, "labels") == short

    def test_a_prefix_of_several_names_lists_them(self, tmp_path: Path) -> None:
        make_run(tmp_path, "labels-a")
        make_run(tmp_path, "labels-b")
        make_run(tmp_path, "other")
        with pytest.raises(UserError, match=r"'labels' means several runs: labels-b, labels-a$"):
            find_run(tmp_path, "labels")

    @pytest.mark.parametrize("name", ["nothing", "", "..", "."])
    def test_an_unknown_name_lists_what_exists(self, tmp_path: Path, name: str) -> None:
        make_run(tmp_path, "labels-a")
        with pytest.raises(UserError, match="labels-a"):
            find_run(tmp_path, name)

    def test_an_empty_workspace_says_how_to_start(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="naturalist run TOPIC"):
            find_run(tmp_path / "absent", "latest")

    def test_a_folder_still_in_the_making_is_no_run(self, tmp_path: Path) -> None:
        make_run(tmp_path, ".labels.making")
        assert list_runs(tmp_path) == []


class TestReadRun:
    def test_a_fresh_folder_has_settings_alone(self, tmp_path: Path) -> None:
        summary = read_run(make_run(tmp_path, "r"))
        assert (summary.state, summary.topic, summary.generation) == ("stopped", "Does smoothing help?", 0)
        assert (summary.elapsed_s, summary.cost_usd, summary.papers) == (0.0, 0.0, ())

    def test_a_run_without_an_end_is_stopped(self, tmp_path: Path) -> None:
        assert read_run(make_run(tmp_path, "r", (started(5),))).state == "stopped"

    def test_a_finished_run_that_was_resumed_and_killed_is_stopped(self, tmp_path: Path) -> None:
        events = (started(1), RunFinished(at=2, papers=1, wall_s=1, cost_usd=0), started(3, is_resumed=True))
        assert read_run(make_run(tmp_path, "r", events)).state == "stopped"

    def test_a_run_at_a_gate_is_waiting_until_it_is_resumed(self, tmp_path: Path) -> None:
        gate = ApprovalNeeded(at=2, gate="paper", what="the paper")
        waiting = read_run(make_run(tmp_path, "a", (started(1), gate)))
        resumed = read_run(make_run(tmp_path, "b", (started(1), gate, started(3, is_resumed=True))))
        assert (waiting.state, waiting.waiting_for) == ("waiting", "paper")
        assert (resumed.state, resumed.waiting_for) == ("stopped", None)

    def test_a_run_is_running_while_its_lock_is_held_whatever_the_events_say(self, tmp_path: Path) -> None:
        folder = make_run(tmp_path, "r", (started(1), RunFinished(at=2, papers=1, wall_s=1, cost_usd=0)))
        with RunLock(folder):
            assert (read_run(folder).state, read_run(folder).pid) == ("running", os.getpid())
        assert (read_run(folder).state, read_run(folder).pid) == ("finished", None)

    def test_the_gap_between_sessions_does_not_count(self, tmp_path: Path) -> None:
        events = (
            started(100),
            StageStarted(at=110, node="explore"),
            started(5000, is_resumed=True),
            RunFinished(at=5007, papers=0, wall_s=7, cost_usd=0),
        )
        summary = read_run(make_run(tmp_path, "r", events))
        assert (summary.started, summary.elapsed_s, summary.last_event) == (100, 17, 5007)

    def test_experiments_are_counted_by_stage_against_the_plan(self, tmp_path: Path) -> None:
        folder = make_run(tmp_path, "r", (started(1), ExperimentsPlanned(at=2, study="s1", stage="confirm", total=20)))
        journal = SqlJournal(sqlite_url(folder / "journal.db"))
        for study in ("s1", "s2"):
            journal.register(make_plan(study, search_experiments=8))
        journal.record(make_experiment(0, outcome=make_outcome(0.5)))
        journal.record(make_experiment(1, outcome=make_outcome(0.75)))
        journal.record(make_experiment(2, outcome=make_outcome(None, "timeout")))
        journal.record(make_experiment(3))
        journal.record(make_experiment(8, stage="confirm", outcome=make_outcome(0.99)))
        journal.record(make_experiment(0, "s2"))
        summary = read_run(folder)
        assert summary.experiments == {
            "search": Progress(done=3, planned=16),
            "control": Progress(done=0, planned=None),
            "confirm": Progress(done=1, planned=20),
            "ablate": Progress(done=0, planned=None),
        }
        assert (summary.failed, summary.metric, summary.best, summary.generation) == (1, "accuracy", 0.75, 2)

    def test_papers_come_with_verdict_review_and_place(self, tmp_path: Path) -> None:
        events = (
            started(1),
            VerdictReached(at=2, study="s1", verdict="refuted", text="It does not."),
            PaperReviewed(at=3, study="s1", title="T", overall=4.25, decision="reject", calibration="uncalibrated"),
            PaperPublished(at=4, study="s1", folder="papers/t", is_best=True),
        )
        (paper,) = read_run(make_run(tmp_path, "r", events)).papers
        assert (paper.title, paper.verdict, paper.overall, paper.decision) == ("T", "refuted", 4.25, "reject")
        assert (paper.folder, paper.is_best) == (Path("papers/t"), True)

    def test_the_cost_is_what_the_calls_cost_even_before_the_end(self, tmp_path: Path) -> None:
        folder = make_run(tmp_path, "r", (started(1),))
        call = ModelCall(task="JudgeNovelty", model="m", prompt_sha256="a" * 64, reply="{}", cost_usd=0.125)
        CallLog(sqlite_url(folder / "calls.db")).add(call)
        assert read_run(folder).cost_usd == 0.125


LOCKING = """
import os, signal, sys
from pathlib import Path
from agents.store.run_lock import RunLock
RunLock(Path(sys.argv[1])).__enter__()
os.kill(os.getpid(), signal.SIGKILL)
"""


def lock_and_die(folder: Path) -> str:
    process = subprocess.run([sys.executable, "-c", LOCKING, str(folder)], capture_output=True, text=True, check=False)
    return process.stderr


class TestRunLock:
    def test_a_second_process_is_told_which_one_runs(self, tmp_path: Path) -> None:
        with RunLock(tmp_path):
            assert f"is already running (pid {os.getpid()})" in lock_and_die(tmp_path)

    def test_it_can_be_taken_again_after_it_was_left(self, tmp_path: Path) -> None:
        for _ in range(2):
            with RunLock(tmp_path):
                assert running_pid(tmp_path) == os.getpid()
        assert running_pid(tmp_path) is None

    def test_it_ends_with_a_killed_process(self, tmp_path: Path) -> None:
        lock_and_die(tmp_path)
        assert (tmp_path / "run.lock").read_text().strip().isdigit()
        assert running_pid(tmp_path) is None

    def test_a_folder_without_lock_is_not_running(self, tmp_path: Path) -> None:
        assert running_pid(tmp_path) is None
