"""A real language model, however small, on the road that all models take. Skipped where its wheels are missing."""

from typing import TypeVar

import pytest

from agents.cli.models import try_model
from agents.errors import ReplyRejected
from agents.llm.capabilities import Lessons
from agents.llm.model import LiteLlmModel, Patience
from agents.schema import Record, Task
from agents.settings import Settings
from tests.agents.llm.real_model import serve_real_model, skip_unless_there
from tests.agents.llm.task_samples import JUDGE_NOVELTY, WRITE_SECTION
from tests.agents.llm.test_model import CallList

R = TypeVar("R", bound=Record)
PATIENT = Patience(timeout_s=240.0, tries=2, pause_s=0.1)


def ask(model: LiteLlmModel, task: Task[R]) -> R | None:
    """The reply, None for one that does not fit, which is the other honest end."""
    try:
        return model.ask(task)
    except ReplyRejected:
        return None


@pytest.mark.heavy
def test_a_small_real_model_is_held_to_the_form_or_rejected() -> None:
    skip_unless_there()
    calls = CallList()
    with serve_real_model() as url:
        report = try_model("openai/smollm2", Settings(topic="x", model="openai/smollm2", api_base=url), Lessons())
        model = LiteLlmModel("openai/smollm2", calls, 1.0, url, patience=PATIENT, max_tokens=200)
        novelty = ask(model, JUDGE_NOVELTY)
        section = ask(model, WRITE_SECTION.model_copy(update={"section": "title"}))
    assert report.problem == "" and report.can.structured == "schema"
    assert novelty is None or novelty.verdict in ("novel", "known", "unknown")
    assert section is None or section.text.strip()
    steps = [call.step for call in calls.calls]
    assert steps.count("answer") == 2 and (novelty is not None or "repair" in steps)
    assert all(call.tokens_in > 100 and call.tokens_out > 0 and "error" not in call.reply for call in calls.calls)
