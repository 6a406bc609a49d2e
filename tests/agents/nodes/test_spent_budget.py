"""A run whose money or tokens are used up goes on with the built-in researcher, says so once, and ends in a paper."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.errors import ReplyRejected
from agents.llm.budget import Budget
from agents.nodes.artefacts import read_evidence
from agents.nodes.asking import ask_or_stand_in
from agents.nodes.paper import write_paper
from agents.schema import ModelCall, Task
from agents.services import Services
from agents.settings import BudgetSettings
from agents.store.calls import CallLog
from agents.store.database import sqlite_url
from agents.tasks import JudgeNovelty
from agents.whereabouts import being_at, whereabouts
from tests.agents.scripted import DOSE, drive, emitted, scripted_services
from tests.fakes import ScriptedModel

FLAGS = {"generations": 1, "search.experiments": 6, "search.is_staged": False, "paper.repairs": 0}


class BilledModel:
    """Answers as the scripted model does; a call costs `usd`, and twice as much at most."""

    name = "some/model-4"

    def __init__(self, scripted: ScriptedModel, calls: CallLog, limits: BudgetSettings, usd: float = 0.1) -> None:
        self._scripted, self._calls, self._usd = scripted, calls, usd
        self._budget = Budget(limits, calls)

    def ask(self, task: Task[Any]) -> Any:
        here = whereabouts()
        call = ModelCall(
            task=type(task).__name__, role=task.role, model=self.name, study=here.study, node=here.node,
            subject=task.subject, prompt_sha256="a" * 64, reply='"text"',
        )  # fmt: skip
        with self._budget.reserve(call, 2 * self._usd, 400, 100) as held:
            reply = self._scripted.ask(task)
            held.settle(call.model_copy(update={"cost_usd": self._usd, "tokens_in": 250, "tokens_out": 50}))
        return reply


def billed(folder: Path, calls: CallLog, **limits: float) -> Services:
    services = scripted_services(folder, flags=FLAGS)
    assert isinstance(services.model, ScriptedModel)
    model = BilledModel(services.model, calls, BudgetSettings.model_validate(limits))
    settings = services.settings.model_copy(update={"model": model.name})
    return replace(services, model=model, calls=calls, settings=settings)


@pytest.fixture
def calls(tmp_path: Path) -> Any:
    with closing(CallLog(sqlite_url(tmp_path / "calls.db"))) as log:
        yield log


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A run that had money enough, and its calls."""
    folder = tmp_path_factory.mktemp("finished")
    with closing(CallLog(sqlite_url(folder / "calls.db"))) as log:
        services = billed(folder, log, usd=100.0)
        assert drive(services)["published"]
        yield services, log


def test_a_run_whose_money_is_used_up_ends_in_a_paper_and_says_so_once(tmp_path: Path, calls: CallLog) -> None:
    services = billed(tmp_path, calls, usd=1.05)
    assert drive(services)["published"]
    told = [event for event in emitted(services, "degraded") if "is used up" in event.what]
    assert [event.study for event in told] == ["s1"]
    assert told[0].what.startswith("the budget of 1.05 USD is used up (")
    assert told[0].consequence == "the built-in researcher answers every question that does not fit it any more"
    assert calls.total_usd() <= 1.05
    researchers = {node.researcher for node in services.journal.experiments("s1", "search")}
    assert researchers == {"some/model-4", "built-in researcher"}


def test_each_node_knows_what_was_asked_for_it_and_the_paper_prints_all(finished: tuple[Services, CallLog]) -> None:
    services, calls = finished
    nodes = services.journal.experiments("s1", "search")
    for node in nodes:
        asked = calls.bills("s1", f"node {node.index}")
        assert node.cost_usd == pytest.approx(0.1 * len(asked))
        assert bool(asked) == bool(node.index)
    evidence = read_evidence(services, "s1")
    bills = services.paper_bills("s1")
    assert evidence["cost.calls"].value == len(bills) == len(calls.calls())
    assert evidence["cost.usd"].value == pytest.approx(0.1 * len(bills))
    assert evidence["cost.tokens_in"].value == 250 * len(bills)
    assert evidence["cost.by.write_paper.0.calls"].value == sum(bill.node == "write_paper" for bill in bills) > 0
    table = (services.study_folder("s1") / "tables" / "costs.tex").read_text()
    assert "Write paper & some/model-4" in table.replace(r"\allowbreak{}", "")
    assert r"\input{tables/costs}" in (services.study_folder("s1") / "paper.tex").read_text()


def test_what_writing_costs_is_no_reason_to_write_anew(finished: tuple[Services, CallLog]) -> None:
    services, _ = finished
    asked = [bill.subject for bill in services.bills("s1") if bill.node == "write_paper"]
    write_paper({"study": "s1"}, services)
    assert [bill.subject for bill in services.bills("s1") if bill.node == "write_paper"] == asked
    assert len(set(asked)) == len(asked)


def test_tokens_are_told_apart_from_money_and_one_study_from_the_next(tmp_path: Path, calls: CallLog) -> None:
    services = billed(tmp_path, calls, usd=0.0)
    task = JudgeNovelty(idea=DOSE, sources=(), earlier=())
    tokens = replace(services, model=BilledModel(ScriptedModel({}), calls, BudgetSettings(usd=9.0, tokens=499)))
    for study in ("s1", "s1", "s2"):
        with being_at("judge_novelty", study):
            for each in (services, tokens):
                ask_or_stand_in(task, each.model, each)
    told = [(event.study, event.what.split(" is ")[0]) for event in emitted(services, "degraded")]
    kinds = ("the budget of 0 USD", "the budget of 499 tokens")
    assert told == [(study, kind) for study in ("s1", "s2") for kind in kinds]


def test_every_reply_that_does_not_fit_is_told(tmp_path: Path) -> None:
    services = scripted_services(tmp_path)

    def refuse(_: Any) -> Any:
        raise ReplyRejected("its reply did not fit")

    model = ScriptedModel({"JudgeNovelty": refuse})
    for _ in range(2):
        _, who = ask_or_stand_in(JudgeNovelty(idea=DOSE, sources=(), earlier=()), model, services)
        assert who.name == "built-in researcher"
    assert [event.what for event in emitted(services, "degraded")] == ["JudgeNovelty dose: its reply did not fit"] * 2
