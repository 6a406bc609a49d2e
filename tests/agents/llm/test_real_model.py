"""A real language model, however small, on the road that all models take. Skipped where its wheels are missing."""

import pytest

from agents.cli.models import try_model
from agents.llm.model import LiteLlmModel, Patience
from agents.schema import Novelty
from agents.settings import Settings
from agents.tasks import Section
from tests.agents.llm.real_model import serve_real_model, skip_unless_there
from tests.agents.llm.task_samples import JUDGE_NOVELTY, WRITE_SECTION
from tests.agents.llm.test_model import CallList

PATIENT = Patience(timeout_s=240.0, tries=2, pause_s=0.1)


@pytest.mark.heavy
def test_a_small_real_model_is_held_to_the_form_and_writes() -> None:
    skip_unless_there()
    calls = CallList()
    with serve_real_model() as url:
        report = try_model("openai/smollm2", Settings(topic="x", model="openai/smollm2", api_base=url))
        model = LiteLlmModel("openai/smollm2", calls, 1.0, url, patience=PATIENT)
        novelty = model.ask(JUDGE_NOVELTY)
        section = model.ask(WRITE_SECTION.model_copy(update={"section": "title"}))
    assert report.problem == "" and report.can.structured == "schema"
    assert type(novelty) is Novelty and type(section) is Section and section.text.strip()
    assert all(call.tokens_in > 100 and call.tokens_out > 0 for call in calls.calls)
