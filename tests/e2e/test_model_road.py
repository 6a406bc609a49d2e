"""Whole runs with a language model behind a real HTTP server: without trouble, with it, and replayed from a record."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.errors import NaturalistError
from agents.run import start_run
from agents.schema import Evidence, ModelCall, Review
from agents.store.calls import CallLog
from agents.store.database import sqlite_url
from tests.agents.llm.chat_server import Reply, serve
from tests.e2e.scripted_server import FOLLOWING, Faulty, study_the_toy
from tests.e2e.toy import experiments_of, ignore, logged, toy_settings

pytestmark = pytest.mark.slow
FLAGS = {"sandbox.backend": "process", "sandbox.is_weak_allowed": True, "search.lanes": 1, "search.lag": 1}
CLOCKS = ("cost.experiment_s", "cost.pilot_s", "hardware.")


def run_with_model(home: Path, url: str, **flags: Any) -> Path:
    given = {"model": "openai/scripted", "api_base": url, **FLAGS, **flags}
    return start_run(toy_settings(home, **given), ignore).folder


def texts(folder: Path, study: str = "s1") -> dict[str, str]:
    return {path.name: path.read_text() for path in (folder / "papers" / study / "sections").glob("*.tex")}


def numbers(folder: Path) -> dict[str, float]:
    """The ledger's values but those that hang on the clock or the machine."""
    evidence = Evidence.model_validate_json((folder / "papers" / "s1" / "evidence.json").read_bytes())
    return {key: each.value for key, each in evidence.quantities.items() if not key.startswith(CLOCKS)}


def calls_of(folder: Path) -> list[ModelCall]:
    with closing(CallLog(sqlite_url(folder / "calls.db"))) as calls:
        return calls.calls()


def degraded(folder: Path) -> str:
    return "\n".join(event.what for event in logged(folder, "degraded"))


def replay(source: Path, home: Path) -> Path:
    """Replay by the command line; returns the new run's folder."""
    where = ["--workspace", str(home / "workspace"), "--papers", str(home / "papers")]
    how = ["--sandbox", "process", "--allow-weak-sandbox", "--json"]
    made = CliRunner().invoke(app, ["replay", str(source), *where, *how])
    assert made.exit_code == 0, made.output
    (folder,) = (path for path in (home / "workspace").iterdir() if path.is_dir())
    return folder


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a model and a panel; its server is gone."""
    home = tmp_path_factory.mktemp("recorded")
    with serve(choose=study_the_toy) as server:
        flags = {"models.review": ("openai/reviewer",), "search.experiments": 5}
        folder = run_with_model(home, server.url, **flags)
    assert len(texts(folder)) == 10 and list((home / "papers").iterdir())
    return folder


def check_same(second: Path, first: Path) -> None:
    assert texts(second) == texts(first)
    assert numbers(second) == numbers(first)
    assert review_of(second).weaknesses == review_of(first).weaknesses


def test_calls_of_researcher_and_panel_are_in_the_record_of_the_run(recorded: Path) -> None:
    assert logged(recorded, "run_started")[0].researcher == "openai/scripted"
    assert {call.model for call in calls_of(recorded)} == {"openai/scripted", "openai/reviewer"}
    assert {call.study for call in calls_of(recorded) if call.model == "openai/reviewer"} == {"s1"}


def test_a_run_is_replayed_without_its_models_to_the_same_paper(recorded: Path, tmp_path: Path) -> None:
    second = replay(recorded, tmp_path)
    check_same(second, recorded)
    assert "of the recording answer a question that has changed" in degraded(second)  # the logs tell the time


def test_a_run_is_replayed_from_one_file(recorded: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.zip"
    assert CliRunner().invoke(app, ["record", str(recorded), "--out", str(file)]).exit_code == 0
    check_same(replay(file, tmp_path), recorded)


def test_what_followed_from_the_first_study_is_replayed_as_well(tmp_path: Path) -> None:
    with serve(choose=study_the_toy) as server:
        first = run_with_model(tmp_path, server.url, generations=2)
    second = replay(first, tmp_path / "again")
    for folder in (first, second):
        assert [event.idea for event in logged(folder, "idea_chosen")] == ["dose", FOLLOWING.id]
        asked = {(call.node, call.task, call.subject) for call in calls_of(folder)}
        assert ("follow_up", "propose_ideas", "after s1") in asked
        assert ("judge_novelty", "judge_novelty", FOLLOWING.id) in asked
    assert texts(second, "s2") == texts(first, "s2") and len(texts(first, "s2")) == 10


def review_of(folder: Path) -> Review:
    return Review.model_validate_json((folder / "papers" / "s1" / "review.json").read_bytes())


def test_a_service_that_fails_now_and_then_still_gives_a_paper(tmp_path: Path) -> None:
    faults = {
        1: Reply(status=500),
        2: Reply("I would rather not fill in a form."),
        5: Reply("slow down", status=429),
        7: Reply('{"idea": "dose", "verdict": "perhaps"}'),
        11: Reply("half a sect", finish="length"),
    }
    with serve(choose=Faulty(faults, study_the_toy)) as server:
        folder = run_with_model(tmp_path, server.url)
    assert len(texts(folder)) == 10 and list((tmp_path / "papers").iterdir())
    failed = [call for call in calls_of(folder) if '{"error"' in call.reply and call.task != "look_at_figure"]
    assert len(failed) == 2
    assert sum(call.step != "answer" for call in calls_of(folder)) >= 3


def test_a_model_that_is_unknown_is_stood_in_for_and_the_paper_names_both(tmp_path: Path) -> None:
    def answer(request: dict[str, Any]) -> Reply:
        return study_the_toy(request) if request["model"] == "scripted" else Reply("no such model", status=404)

    with serve(choose=answer) as server:
        flags = {"model": "openai/gone", "models.fallback": ("openai/scripted",)}
        folder = run_with_model(tmp_path, server.url, **flags)
        assert sum(request["model"] == "gone" for request in server.requests) == 1
    assert degraded(folder).count("a model failed: model openai/gone: unknown to the service") == 1
    (paper,) = (path for path in (tmp_path / "papers").iterdir() if path.is_dir())
    assert "openai/gone or openai/scripted" in (paper / "paper.tex").read_text()


def test_where_a_model_may_write_code_a_weak_sandbox_is_refused(tmp_path: Path) -> None:
    flags = {"models.code": ("openai/scripted",), "api_base": "http://127.0.0.1:9", "sandbox.backend": "process"}
    with pytest.raises(NaturalistError, match="sandbox"):
        start_run(toy_settings(tmp_path, **flags), ignore)


def test_the_built_in_researcher_and_a_model_work_together(tmp_path: Path) -> None:
    with serve(choose=study_the_toy) as server:
        flags = {"model": "offline", "models.code": ("openai/scripted",), "confirm.seeds": 4}
        folder = run_with_model(tmp_path, server.url, **flags)
        assert all("another boost" not in text for text in texts(folder).values())
    assert {call.task for call in calls_of(folder)} == {"propose_change"}
    nodes = [each for each in experiments_of(folder) if each.stage == "search" and each.index]
    assert {node.researcher for node in nodes} == {"openai/scripted"}
    (paper,) = (path for path in (tmp_path / "papers").iterdir() if path.is_dir())
    assert "the built-in researcher, openai/scripted (code)" in (paper / "paper.tex").read_text()
