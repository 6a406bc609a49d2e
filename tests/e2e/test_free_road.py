"""Whole runs without a template, with a language model behind a real HTTP server: ideas, evaluator, programs, paper."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agents.schema import Registration
from agents.store.database import sqlite_url
from agents.store.journal import SqlJournal
from tests.agents.free_toy import EVALUATOR
from tests.agents.llm.chat_server import serve
from tests.e2e.scripted_server import study_the_toy
from tests.e2e.test_model_road import calls_of, check_same, replay, run_with_model, texts
from tests.e2e.toy import experiments_of, logged, of_kind, resume

pytestmark = pytest.mark.slow
FREE: Mapping[str, Any] = {
    "template": None,
    "free.is_on": True,
    "ideas": 1,
    "search.experiments": 4,
    "confirm.seeds": 3,
}


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run without a template; its server is gone."""
    with serve(choose=study_the_toy) as server:
        return run_with_model(tmp_path_factory.mktemp("free"), server.url, **FREE)


def registration(folder: Path) -> Registration:
    journal = SqlJournal(sqlite_url(folder / "journal.db"))
    try:
        plan = journal.registration("s1")
    finally:
        journal.close()
    assert plan
    return plan


def test_a_study_runs_in_what_its_model_wrote_and_froze(free: Path) -> None:
    assert (free / "template" / "s1" / "evaluate.py").read_text() == EVALUATOR
    nodes = [each for each in experiments_of(free) if each.stage == "search"]
    assert len(nodes) == 4 and all(node.outcome and node.outcome.is_ok for node in nodes)
    assert registration(free).idea.hypothesis.metric == "error"
    (paper,) = (path for path in (free.parents[1] / "papers").iterdir() if path.is_dir())
    assert "written for this study by openai/scripted" in (paper / "paper.tex").read_text()
    assert (paper / "bundle" / "template" / "s1" / "data.py").exists()


def test_every_call_knows_who_asked(free: Path) -> None:
    asked = {(call.node, call.task) for call in calls_of(free)}
    assert {("propose_ideas", "invent_ideas"), ("propose_ideas", "revise_idea"), ("design_study", "write_evaluator"),
            ("design_study", "review_evaluator"), ("write_code", "propose_change")} <= asked  # fmt: skip
    assert {call.study for call in calls_of(free) if call.node == "design_study"} == {"s1"}


def test_it_is_replayed_without_its_model_to_the_same_paper(free: Path, tmp_path: Path) -> None:
    second = replay(free, tmp_path)
    check_same(second, free)
    assert registration(second) == registration(free)


def test_another_generation_can_be_entered_without_asking_anything_again(free: Path) -> None:
    before = len(calls_of(free))
    events = resume(free, start_at="design_study", study="s1")
    assert of_kind(events, "run_finished") and len(calls_of(free)) == before


def test_a_persons_idea_is_studied_in_their_words(tmp_path: Path) -> None:
    file = tmp_path / "ideas.json"
    idea = {
        "Name": "trim_it", "Title": "Trim the Mean", "Short Hypothesis": "Trimming helps.", "Related Work": "None.",
        "Abstract": "In my words.", "Experiments": "Trim and see.", "Risk Factors and Limitations": "Few.",
    }  # fmt: skip
    file.write_text(json.dumps([idea]))
    with serve(choose=study_the_toy) as server:
        folder = run_with_model(tmp_path, server.url, **FREE, ideas_file=file)
    assert registration(folder).idea.title == "Trim the Mean" and registration(folder).idea.abstract == "In my words."
    assert len(texts(folder)) == 10
    assert not [event for event in logged(folder, "degraded") if "trim" in event.what.lower()]
