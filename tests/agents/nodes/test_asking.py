"""Questions that no model answers well: the built-in researcher steps in, and everybody can see that it did."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.errors import BudgetExceeded, ReplyRejected, ServiceError
from agents.nodes.asking import ask_or_stand_in
from agents.services import Services
from agents.tasks import AnalyseResults, Analysis, Finding, JudgeNovelty, NoveltyOpinion, WriteSection
from tests.agents.scripted import DOSE, drive, emitted, scripted_services
from tests.fakes import ScriptedModel

TASK = JudgeNovelty(idea=DOSE, sources=(), earlier=())


def refuse(error: Exception) -> Any:
    def answer(_: Any) -> Any:
        raise error

    return answer


def services_whose(folder: Path, kind: str, answer: Any) -> Services:
    services = scripted_services(folder, flags={"model": "openai/any", "generations": 1})
    assert isinstance(services.model, ScriptedModel)
    return replace(services, model=ScriptedModel({**services.model.replies, kind: answer}))


@pytest.mark.parametrize(
    ("error", "what"),
    [
        (ReplyRejected("it did not fit"), "JudgeNovelty dose: it did not fit"),
        (BudgetExceeded("usd", 1.0, 1.0), "the budget of 1 USD is used up (1 spent or set aside)"),
    ],
)
def test_an_unusable_reply_is_answered_by_the_built_in_researcher(tmp_path: Path, error: Exception, what: str) -> None:
    services = services_whose(tmp_path, "JudgeNovelty", refuse(error))
    reply, who = ask_or_stand_in(TASK, services.model, services)
    assert reply.verdict == "unknown" and who.name == "built-in researcher"
    assert emitted(services, "degraded")[0].what == what


def test_a_service_that_is_down_is_no_reason_to_answer_in_its_place(tmp_path: Path) -> None:
    services = services_whose(tmp_path, "JudgeNovelty", refuse(ServiceError("down", retryable=True)))
    with pytest.raises(ServiceError, match="down"):
        ask_or_stand_in(TASK, services.model, services)


def test_a_good_reply_is_the_models_own(tmp_path: Path) -> None:
    services = scripted_services(tmp_path)
    reply, who = ask_or_stand_in(TASK, services.model, services)
    assert isinstance(reply, NoveltyOpinion) and who is services.model and emitted(services, "degraded") == []


@pytest.mark.parametrize("kind", ["JudgeNovelty", "ProposeChange", "WriteSection"])
def test_a_run_whose_model_fails_at_one_kind_of_question_still_ends_in_a_paper(tmp_path: Path, kind: str) -> None:
    services = services_whose(tmp_path, kind, refuse(ReplyRejected("it did not fit")))
    assert drive(services)["done"] == ["s1"]
    researchers = {each.researcher for each in services.journal.experiments("s1", "search") if each.index}
    assert ("built-in researcher" in researchers) == (kind == "ProposeChange")
    tex = (services.study_folder("s1") / "paper.tex").read_text()
    assert ("wrote in its place: introduction" in tex) == (kind == "WriteSection")


def test_an_analysis_reaches_the_writer_without_what_rests_on_nothing(tmp_path: Path) -> None:
    sound = Finding(text="Boost helps.", keys=("effect.primary",))
    stray = Finding(text="It cures all.", keys=("effect.primary", "effect.imagined"))
    services = services_whose(tmp_path, "AnalyseResults", Analysis(findings=(sound, stray), alternatives=("Luck.",)))
    drive(services)
    assert isinstance(services.model, ScriptedModel)
    tasks = [task for task in services.model.asked if isinstance(task, WriteSection)]
    assert all(task.analysis == Analysis(findings=(sound,), alternatives=("Luck.",)) for task in tasks) and tasks
    assert len([task for task in services.model.asked if isinstance(task, AnalyseResults)]) == 1
