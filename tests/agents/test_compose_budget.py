"""A session begins with what earlier ones took: their hours, their calls, and those that a kill cut off."""

import time
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest

from agents.compose import compose_services
from agents.events import Degraded, RunStarted, StageStarted
from agents.llm.budget import Reservation
from agents.run_folder import make_folder, settle_settings
from agents.schema import ModelCall
from agents.settings import BudgetSettings, Settings, resolve_settings
from agents.store.calls import CallLog
from agents.store.database import sqlite_url
from agents.store.event_log import EventLog
from templates import load_template
from tests.agents.scripted import TOY

CALL = ModelCall(task="T", model="m", study="s1", prompt_sha256="a" * 64, reply='""', cost_usd=0.25, tokens_out=40)


def begun(folder: Path, **flags: Any) -> tuple[Path, Settings]:
    """A run whose first session was killed after 100 seconds."""
    given = {"topic": "t", "workspace": folder, "papers": folder / "papers", "sandbox.backend": "process"}
    settings = resolve_settings({**given, "sandbox.is_weak_allowed": True, **flags}, project_file=folder / "none.toml")
    template = load_template(TOY)
    run = make_folder(settle_settings(settings, "t", template), template, None)
    log, now = EventLog(run / "events.jsonl"), time.time()
    log.emit(RunStarted(at=now - 5000, run="r", topic="t", template="toy_template", researcher="m", is_resumed=False))
    log.emit(StageStarted(at=now - 4900, node="explore"))
    log.close()
    return run, settings


def test_what_a_kill_cut_off_counts_and_is_told(tmp_path: Path) -> None:
    run, settings = begun(tmp_path, model="openai/gpt-4o-mini")
    killed = CallLog(sqlite_url(run / "calls.db"))
    Reservation(killed, CALL, BudgetSettings())
    killed.close()
    with compose_services(run, settings, load_template(TOY), Flag(), lambda _: None) as services:
        (lost,) = services.bills("s1")
        assert (lost.cost_usd, lost.is_assumed) == (0.25, True)
        told = [each for each in services.notices if isinstance(each, Degraded) and "killed" in each.what]
        assert [each.what for each in told] == ["1 model call(s) were under way when the run was killed"]
        assert told[0].consequence == "they count at the most they may have cost, 0.25 USD"
    with compose_services(run, settings, load_template(TOY), Flag(), lambda _: None) as services:
        assert len(services.bills("s1")) == 1
        assert not any("killed" in each.what for each in services.notices if isinstance(each, Degraded))


def test_the_hours_of_earlier_sessions_count_but_not_the_time_between(tmp_path: Path) -> None:
    run, settings = begun(tmp_path)
    with compose_services(run, settings, load_template(TOY), Flag(), lambda _: None) as services:
        first = services.clock()
        assert first == pytest.approx(100, abs=30)
        assert services.clock() >= first


def test_a_run_that_asks_no_model_keeps_no_calls(tmp_path: Path) -> None:
    run, settings = begun(tmp_path)
    with compose_services(run, settings, load_template(TOY), Flag(), lambda _: None) as services:
        assert services.calls is None and services.paper_bills("s1") == []
    assert not (run / "calls.db").exists()
