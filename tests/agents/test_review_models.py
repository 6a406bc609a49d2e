"""Models on the reviewer's panel, against a real HTTP server on loopback: every way that a service answers or fails."""

import json
import time
from threading import Event

import pytest

from agents.errors import Interrupted, UserError
from agents.llm.model import CONTINUATIONS, Patience
from agents.review_models import CallMemory, PanelModel, open_panel_models
from reviewer.panel import (
    Member,
    Model,
    ModelFailed,
    ModelTimedOut,
    PanelError,
    PanelReview,
    ReplyCut,
    hold_panel,
    load_rubric,
)
from tests.agents.llm.chat_server import ChatServer, Reply, serve
from tests.reviewer.panel.seats import PAPER, filled

GOOD = Reply(f"```json\n{json.dumps(filled())}\n```")
PRICED = "openai/gpt-4o-mini"
IMPATIENT = Patience(timeout_s=10.0, tries=3, pause_s=0.01)


def open_one(
    server: ChatServer,
    calls: CallMemory,
    name: str = "openai/test",
    budget_usd: float = 1.0,
    patience: Patience = IMPATIENT,
    stop: Event | None = None,
) -> PanelModel:
    (model,) = open_panel_models([name], calls, budget_usd, api_base=server.url, patience=patience, stop=stop)
    return model


def hold(*models: Model) -> PanelReview:
    return hold_panel(PAPER, [Member(model, 0.6) for model in models], load_rubric("neurips"), reflections=0)


def test_a_review_comes_from_a_server_with_temperature_and_system_message() -> None:
    calls = CallMemory()
    with serve(GOOD) as server:
        made = hold(open_one(server, calls))
        (request,) = server.requests
    assert made.opinion.overall == 5
    assert request["temperature"] == 0.6
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert "data\nthat others wrote" in request["messages"][0]["content"]
    assert PAPER.sections[0].text in request["messages"][1]["content"]
    assert calls.count == 1


def test_the_form_goes_as_a_schema_where_the_model_takes_one() -> None:
    with serve(GOOD) as server:
        hold(open_one(server, CallMemory(), PRICED))
        schema = server.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["properties"]["overall"]["maximum"] == 10


def test_cost_is_counted() -> None:
    calls = CallMemory()
    with serve(GOOD) as server:
        hold(open_one(server, calls, PRICED))
    assert calls.total_usd() == pytest.approx(100 * 0.15e-6 + 20 * 0.6e-6)


def test_a_rate_limit_passes() -> None:
    with serve(Reply(status=429), GOOD) as server:
        assert hold(open_one(server, CallMemory())).opinion.n == 1
        assert len(server.requests) == 2


def test_a_malformed_reply_goes_back_once() -> None:
    with serve(Reply('{"summary": "x"'), GOOD) as server:
        assert hold(open_one(server, CallMemory())).opinion.n == 1
        assert "there is no JSON object in the reply" in server.requests[1]["messages"][1]["content"]


def test_a_reply_that_was_cut_off_goes_back_once() -> None:
    with serve(*[Reply('{"summary": "x', finish="length")] * (1 + CONTINUATIONS), GOOD) as server:
        assert hold(open_one(server, CallMemory())).opinion.n == 1
        assert "cut off at the token limit; be briefer" in server.requests[-1]["messages"][1]["content"]


@pytest.mark.parametrize(
    ("reply", "kind", "detail"),
    [
        (Reply("I'm sorry, but I can't help with that."), "refused", "it would not review"),
        (Reply("What a paper!"), "malformed", "there is no JSON object"),
        (Reply("{", finish="length"), "cut off", "be briefer"),
        (Reply(status=503), "failed", "model openai/second"),
        (Reply("Incorrect API key provided", status=401), "failed", "the service refused the key"),
        (GOOD._replace(hang_s=30.0), "timed out", "no answer within 0.5 s"),
    ],
    ids=["refusal", "prose", "cut off", "unavailable", "key", "silence"],
)
def test_a_reviewer_whose_model_fails_is_done_without(reply: Reply, kind: str, detail: str) -> None:
    hasty = Patience(timeout_s=0.5, tries=1, pause_s=0.01)
    with serve(GOOD) as first, serve(reply) as second:
        made = hold(
            open_one(first, CallMemory(), "openai/first"),
            open_one(second, CallMemory(), "openai/second", patience=hasty),
        )
    assert [signed.model for signed in made.forms] == ["openai/first"]
    assert (made.troubles[0].who, made.troubles[0].kind) == ("R2 (openai/second)", kind)
    assert detail in made.troubles[0].detail


def test_a_panel_that_nobody_answers_is_one_line() -> None:
    with serve(Reply(status=500)) as server, pytest.raises(PanelError, match="no reviewer gave a review") as caught:
        hold(open_one(server, CallMemory()))
    assert "\n" not in str(caught.value)


def test_a_silent_service_is_timed_out() -> None:
    start, hasty = time.monotonic(), Patience(timeout_s=0.3, tries=1)
    with serve(GOOD._replace(hang_s=30.0)) as server, pytest.raises(ModelTimedOut):
        open_one(server, CallMemory(), patience=hasty).complete("x", system="y", temperature=0, schema=None)
    assert time.monotonic() - start < 8


def test_a_cut_reply_is_no_text() -> None:
    with serve(Reply("half a sent", finish="length")) as server, pytest.raises(ReplyCut):
        open_one(server, CallMemory()).complete("x", system="y", temperature=0, schema=None)


def test_an_empty_budget_asks_nobody() -> None:
    with serve(GOOD) as server:
        with pytest.raises(ModelFailed, match="budget of 0 USD is used up"):
            open_one(server, CallMemory(), PRICED, budget_usd=0).complete("x", system="", temperature=0, schema=None)
        assert server.requests == []


def test_models_of_a_panel_share_one_budget() -> None:
    with serve(GOOD._replace(hang_s=1.0)) as server:
        names = ("openai/gpt-4o-mini", "openai/gpt-4.1-mini", "openai/gpt-4.1-nano")
        models = open_panel_models(names, CallMemory(), 0.03, api_base=server.url, patience=IMPATIENT)
        made = hold(*models)
    refused = [trouble.detail for trouble in made.troubles if "budget of 0.03 USD is used up" in trouble.detail]
    assert refused and made.forms


def test_a_panel_that_is_told_to_stop_stops() -> None:
    stop = Event()
    stop.set()
    with serve(Reply(status=500)) as server, pytest.raises(Interrupted):
        hold(open_one(server, CallMemory(), patience=Patience(pause_s=60.0), stop=stop))


def test_a_model_named_twice_is_opened_once_and_the_offline_one_not_at_all() -> None:
    calls = CallMemory()
    assert [model.name for model in open_panel_models(["a/b", "c/d", "a/b"], calls, 1.0)] == ["a/b", "c/d"]
    with pytest.raises(UserError, match="does not review"):
        open_panel_models(["offline"], calls, 1.0)


def test_unknown_price_is_said() -> None:
    with serve(GOOD) as server:
        assert "price of openai/test is unknown" in open_one(server, CallMemory()).notes[0]
