"""Edits over the wire: applied to the code to start from; those that do not fit go back once, with the reason."""

import json

import pytest

from agents.edits import CLOSE, MIDDLE, OPEN
from agents.errors import ServiceError
from agents.llm.model import LiteLlmModel, Patience
from agents.review_models import CallMemory
from agents.tasks import Change
from tests.agents.llm.chat_server import ChatServer, Reply, serve
from tests.agents.llm.task_samples import PROPOSE_CHANGE

TASK = PROPOSE_CHANGE.model_copy(update={"code": "rate = 0.1\nsteps = 3\n"})
FIELDS = json.dumps({"summary": "s", "config": {"dropout": 0.5}})


def reply(search: str, fence: str = "````edits") -> Reply:
    return Reply(f"```json\n{FIELDS}\n```\n\n{fence}\n{OPEN}\n{search}\n{MIDDLE}\nrate = 0.2\n{CLOSE}\n````\n")


def ask(server: ChatServer) -> Change:
    return LiteLlmModel("openai/test", CallMemory(), 1.0, server.url, patience=Patience(timeout_s=10.0)).ask(TASK)


@pytest.mark.parametrize("fence", ["````edits", "````diff", "````python"])
def test_edits_are_applied_to_the_code_to_start_from(fence: str) -> None:
    with serve(reply("rate = 0.1", fence)) as server:
        assert ask(server) == Change(summary="s", config={"dropout": 0.5}, code="rate = 0.2\nsteps = 3\n")
        assert len(server.requests) == 1


def test_edits_that_do_not_fit_go_back_with_the_nearest_lines() -> None:
    with serve(reply("rate = 0.3"), reply("rate = 0.1")) as server:
        assert ask(server).code == "rate = 0.2\nsteps = 3\n"
        repair = server.requests[1]["messages"][-1]["content"]
    assert "edit 1: its SEARCH is nowhere in experiment.py. Nearest, from line 1:\nrate = 0.1" in repair


def test_edits_that_never_fit_are_no_reply() -> None:
    with serve(reply("rate = 0.3"), reply("rate = 0.4")) as server, pytest.raises(ServiceError, match="edit 1"):
        ask(server)


def test_none_of_several_blocks_of_edits_is_dropped() -> None:
    blocks = "".join(
        f"````edits\n{OPEN}\n{search}\n{MIDDLE}\n{replace}\n{CLOSE}\n````\n"
        for search, replace in (("rate = 0.1", "rate = 0.2"), ("steps = 3", "steps = 4"))
    )
    with serve(Reply(f"```json\n{FIELDS}\n```\n{blocks}")) as server:
        assert ask(server).code == "rate = 0.2\nsteps = 4\n"
