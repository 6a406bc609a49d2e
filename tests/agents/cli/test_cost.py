"""`naturalist cost`, and `naturalist resume` with larger limits."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.llm.budget import Reservation
from agents.schema import ModelCall
from agents.settings import BudgetSettings, Settings, change_settings, dump_settings, load_settings
from agents.store.calls import KILLED, CallLog
from agents.store.database import sqlite_url
from agents.store.event_log import EventLog
from agents.store.journal import SqlJournal
from agents.store.run_lock import RunLock
from tests.agents.cli.scenes import RUN, FakeEngine, beginning
from tests.agents.store.samples import make_experiment, make_outcome, make_plan


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run folder in the workspace of the current directory, for which nothing was asked yet."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "workspace" / RUN
    made.mkdir(parents=True)
    (made / "settings.toml").write_text(dump_settings(Settings(topic="t", model="some/model")))
    log = EventLog(made / "events.jsonl")
    for event in beginning():
        log.emit(event)
    log.close()
    return made


def run(*arguments: str, engine: FakeEngine | None = None) -> str:
    result = CliRunner().invoke(app, list(arguments), obj=engine)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def ask(folder: Path) -> CallLog:
    """Calls of two stages and models, one that failed for nothing, one that was killed, one under way."""
    calls = CallLog(sqlite_url(folder / "calls.db"))
    call = ModelCall(
        task="ProposeChange", role="code", model="some/large-model", study="s1", node="write_code", subject="node 1",
        prompt_sha256="a" * 64, reply='"fine"', tokens_in=1200, tokens_out=300, cost_usd=0.25, wall_s=4.0,
    )  # fmt: skip
    small = {"model": "a/small", "role": "writing", "node": "write_paper", "cost_usd": 0.004, "tokens_in": 1_200_000}
    refused = {"reply": json.dumps({"error": "busy"}), "cost_usd": 0.0, "tokens_in": 0, "tokens_out": 0}
    for each in (call, call.model_copy(update=small), call.model_copy(update=refused)):
        calls.add(each)
    calls.add(call.model_copy(update={"reply": KILLED, "cost_usd": 0.5}))
    Reservation(calls, call.model_copy(update={"cost_usd": 0.125}), BudgetSettings())
    return calls


def test_cost_breaks_down_by_stage_role_and_model(folder: Path) -> None:
    ask(folder).close()
    shown = run("cost", "latest")
    lines = [line.split() for line in shown.splitlines() if line]
    assert "calls       4, 2 failed" in shown
    assert "tokens      1,202,400 read, 900 written" in shown
    assert "cost        $0.75" in shown
    assert "assumed     $0.50 for 1 call(s) that never answered" in shown
    assert "reserved    $0.12 and 1,500 tokens for calls under way" in shown
    assert "left        $9.12 of $10.00\n" in shown
    assert ["stage", "write", "code", "3", "2", "2.4k", "600", "$0.75", "4.0", "s", "4.0", "s"] in lines
    assert ["writing", "1", "0", "1.20M", "300", "$0.0040", "4.0", "s", "4.0", "s"] in lines
    assert ["model", "some/large-model", "3", "2", "2.4k", "600", "$0.75", "4.0", "s", "4.0", "s"] in lines
    assert max(map(len, shown.splitlines())) <= 80


def test_a_price_that_nobody_knows_is_no_cost_of_nothing(folder: Path) -> None:
    calls = ask(folder)
    local = ModelCall(task="WriteSection", role="writing", model="my/own", node="write_paper", prompt_sha256="a" * 64,
                      reply='"fine"', tokens_in=40, tokens_out=2, is_priced=False)  # fmt: skip
    calls.add(local)
    calls.close()
    shown = run("cost", "latest")
    lines = [line.split() for line in shown.splitlines() if line]
    assert "cost        $0.75 and 1 call of unknown price" in shown
    assert ["my/own", "1", "0", "40", "2", "unknown", "0.0", "s", "0.0", "s"] in lines
    assert ["writing", "2", "0", "1.20M", "302", "$0.0040", "+", "2.0", "s", "4.0", "s"] in lines


def test_json_has_the_same_and_what_is_left_of_every_limit(folder: Path) -> None:
    ask(folder).close()
    settings = load_settings(folder / "settings.toml")
    (folder / "settings.toml").write_text(
        dump_settings(change_settings(settings, {"budget.tokens": 2_000_000, "budget.hours": 1.0}))
    )
    told: dict[str, Any] = json.loads(run("cost", RUN, "--json"))
    assert told["total"]["calls"] == 4
    assert told["by_stage"]["write_code"]["failed"] == 2
    assert set(told["by_model"]) == {"some/large-model", "a/small"}
    assert told["reserved"] == {"usd": 0.125, "tokens": 1500}
    assert told["budget"]["tokens"]["left"] == 2_000_000 - 1_203_300 - 1500
    assert told["budget"]["hours"]["left"] == pytest.approx(1.0 - 16 / 3600, abs=0.01)
    assert told["budget"]["gpu_hours"]["left"] is None


def test_gpu_hours_come_from_the_journal(folder: Path) -> None:
    settings = Settings.model_validate(
        {"topic": "t", "free": {"is_on": True, "gpus": 0.5}, "sandbox": {"gpus": ["0"]}, "budget": {"gpu_hours": 2}}
    )
    (folder / "settings.toml").write_text(dump_settings(settings))
    journal = SqlJournal(sqlite_url(folder / "journal.db"))
    journal.register(make_plan())
    journal.record(make_experiment(outcome=make_outcome().model_copy(update={"wall_s": 3600.0})))
    journal.close()
    assert "1.50 of 2 GPU hours" in run("cost", RUN)


@pytest.mark.parametrize(
    ("model", "said"), [("offline", "no model was asked: the built-in researcher"), ("x/y", "no model was asked yet")]
)
def test_a_run_without_calls_says_so(folder: Path, model: str, said: str) -> None:
    (folder / "settings.toml").write_text(dump_settings(Settings(topic="t", model=model)))
    assert said in run("cost")
    assert json.loads(run("cost", "--json"))["total"]["calls"] == 0
    assert not (folder / "calls.db").exists()


class TestResume:
    def test_larger_limits_are_the_runs_own_from_then_on(self, folder: Path) -> None:
        before = (folder / "settings.toml").stat().st_mtime_ns
        more = ("--budget", "25.5", "--tokens", "9000", "--hours", "3", "--gpu-hours", "1.5")
        run("resume", RUN, *more, engine=FakeEngine([]))
        settings = load_settings(folder / "settings.toml")
        assert settings.budget == BudgetSettings(usd=25.5, tokens=9000, hours=3.0, gpu_hours=1.5)
        assert settings.model == "some/model"
        run("resume", RUN, "--budget", "30", engine=FakeEngine([]))
        assert load_settings(folder / "settings.toml").budget == settings.budget.model_copy(update={"usd": 30.0})
        assert (folder / "settings.toml").stat().st_mtime_ns == before  # "latest" still means the run begun last

    def test_a_limit_that_is_none_is_refused(self, folder: Path) -> None:
        before = (folder / "settings.toml").read_bytes()
        refused = CliRunner().invoke(app, ["resume", RUN, "--hours", "-1"], obj=FakeEngine([]))
        assert refused.exit_code == 2
        assert "setting budget.hours" in refused.stderr
        assert (folder / "settings.toml").read_bytes() == before

    def test_a_run_that_is_driven_keeps_its_limits(self, folder: Path) -> None:
        with RunLock(folder):
            refused = CliRunner().invoke(app, ["resume", RUN, "--budget", "99"], obj=FakeEngine([]))
        assert "already running" in refused.stderr
        assert load_settings(folder / "settings.toml").budget.usd == 10.0
