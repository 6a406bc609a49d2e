"""The LiteLLM adapter against a real HTTP server on loopback: every way a model service answers or fails to."""

import json
import time
from threading import Event

import pytest

from agents.errors import BudgetExceeded, Interrupted, ServiceError, UserError
from agents.llm.model import LiteLlmModel, Patience
from agents.schema import ModelCall
from agents.tasks import JudgeNovelty, NoveltyOpinion, Section
from tests.agents.llm.chat_server import ChatServer, Reply, serve
from tests.agents.llm.task_samples import JUDGE_NOVELTY, WRITE_SECTION

NOVELTY = NoveltyOpinion(verdict="unknown", reason="Nothing was found.")
GOOD = Reply(f"Here you are:\n```json\n{NOVELTY.model_dump_json()}\n```")
BAD = Reply('{"idea": "dropout-helps", "verdict": "perhaps", "reason": "r"}')
PRICED = "openai/gpt-4o-mini"
IMPATIENT = Patience(timeout_s=10.0, tries=3, pause_s=0.01)


class CallList:
    """Keeps calls in memory."""

    def __init__(self, spent_usd: float = 0.0) -> None:
        self.calls: list[ModelCall] = []
        self.spent_usd = spent_usd

    def add(self, call: ModelCall) -> None:
        self.calls.append(call)

    def total_usd(self) -> float:
        return self.spent_usd + sum(call.cost_usd for call in self.calls)


def make_model(
    server: ChatServer,
    calls: CallList,
    model: str = "openai/test",
    patience: Patience = IMPATIENT,
    stop: Event | None = None,
) -> LiteLlmModel:
    return LiteLlmModel(model, calls, 1.0, server.url, patience=patience, stop=stop)


def test_good_reply_is_validated_and_recorded() -> None:
    calls = CallList()
    with serve(GOOD) as server:
        model = make_model(server, calls)
        assert model.ask(JUDGE_NOVELTY) == NOVELTY
        assert model.name == "openai/test"
        assert "Dropout helps a toy classifier" in server.requests[0]["messages"][0]["content"]
    (call,) = calls.calls
    assert (call.task, call.step, call.model) == ("judge_novelty", "answer", "openai/test")
    assert (call.tokens_in, call.tokens_out, call.cost_usd) == (100, 20, 0.0)
    assert json.loads(call.reply) == GOOD.text
    assert call.wall_s > 0


def test_long_text_needs_no_json() -> None:
    with serve(Reply("````text\nNo effect, \\evi{effect.primary}.\n````")) as server:
        section = make_model(server, CallList(), model=PRICED).ask(WRITE_SECTION)
        assert section == Section(text="No effect, \\evi{effect.primary}.\n")
        assert "response_format" not in server.requests[0]


def test_schema_is_sent_where_the_model_takes_one_and_left_out_elsewhere() -> None:
    with serve(GOOD) as server:
        make_model(server, CallList(), model=PRICED).ask(JUDGE_NOVELTY)
        make_model(server, CallList()).ask(JUDGE_NOVELTY)
        assert server.requests[0]["response_format"]["json_schema"]["schema"]["title"] == "NoveltyOpinion"
        assert "response_format" not in server.requests[1]


def test_length_is_limited_but_on_a_server_of_ones_own() -> None:
    with serve(GOOD) as server:
        make_model(server, CallList(), model=PRICED).ask(JUDGE_NOVELTY)
        make_model(server, CallList()).ask(JUDGE_NOVELTY)
        assert server.requests[0]["max_tokens"] == 16_384
        assert "max_tokens" not in server.requests[1]


def test_malformed_reply_goes_back_once_with_the_error() -> None:
    calls = CallList()
    with serve(BAD, GOOD) as server:
        assert make_model(server, calls).ask(JUDGE_NOVELTY) == NOVELTY
        first, second, third = server.requests[1]["messages"]
    assert [call.step for call in calls.calls] == ["answer", "repair"]
    assert (first["role"], second["content"], third["role"]) == ("user", BAD.text, "user")
    assert "verdict: Input should be" in third["content"]


def test_reply_that_stays_malformed_is_a_service_error() -> None:
    with serve(BAD) as server:
        with pytest.raises(ServiceError, match="judge_novelty did not fit, nor did the repair: verdict"):
            make_model(server, CallList()).ask(JUDGE_NOVELTY)
        assert len(server.requests) == 2


def test_reply_cut_at_the_token_limit_is_told_so() -> None:
    with serve(Reply('{"idea": "dropout-h', finish="length"), GOOD) as server:
        assert make_model(server, CallList()).ask(JUDGE_NOVELTY) == NOVELTY
        assert "cut off at the token limit" in server.requests[1]["messages"][2]["content"]


def test_rate_limit_passes() -> None:
    calls = CallList()
    with serve(Reply(status=429), Reply(status=429), GOOD) as server:
        assert make_model(server, calls).ask(JUDGE_NOVELTY) == NOVELTY
        assert len(server.requests) == 3
    assert ["error" in call.reply for call in calls.calls] == [True, True, False]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_failure_for_ever_ends_after_the_last_try(status: int) -> None:
    start = time.monotonic()
    with serve(Reply(status=status)) as server:
        with pytest.raises(ServiceError) as caught:
            make_model(server, CallList()).ask(JUDGE_NOVELTY)
        assert len(server.requests) == IMPATIENT.tries
    assert caught.value.retryable
    assert "\n" not in str(caught.value)
    assert time.monotonic() - start < 10


def test_refused_key_is_one_line_at_once() -> None:
    with serve(Reply("Incorrect API key provided", status=401)) as server:
        with pytest.raises(UserError, match="the service refused the key; set OPENAI_API_KEY") as caught:
            make_model(server, CallList()).ask(JUDGE_NOVELTY)
        assert len(server.requests) == 1
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply("no such model", status=404), UserError),
        (Reply("bad request", status=400), ServiceError),
        (Reply("You exceeded your quota: insufficient_quota", status=429), ServiceError),
    ],
    ids=["unknown model", "bad request", "no quota left"],
)
def test_what_trying_again_cannot_mend_is_tried_once(reply: Reply, kind: type[Exception]) -> None:
    with serve(reply) as server:
        with pytest.raises(kind):
            make_model(server, CallList()).ask(JUDGE_NOVELTY)
        assert len(server.requests) == 1


@pytest.mark.parametrize("reply", [GOOD._replace(hang_s=30.0), GOOD._replace(drip_s=30.0)], ids=["silent", "dripping"])
def test_hanging_service_times_out_and_is_counted_in_full(reply: Reply) -> None:
    calls, start = CallList(), time.monotonic()
    patience = Patience(timeout_s=0.4, tries=1, pause_s=0.01)
    with serve(reply) as server, pytest.raises(ServiceError, match=r"no answer within 0\.4 s") as caught:
        make_model(server, calls, model=PRICED, patience=patience).ask(JUDGE_NOVELTY)
    assert caught.value.retryable
    assert time.monotonic() - start < 8
    assert calls.calls[0].cost_usd > 0


def test_price_of_a_known_model_is_recorded() -> None:
    calls = CallList()
    with serve(GOOD) as server:
        model = make_model(server, calls, model=PRICED)
        model.ask(JUDGE_NOVELTY)
    assert calls.total_usd() == pytest.approx(100 * 0.15e-6 + 20 * 0.6e-6)
    assert model.notes == ()


def test_unknown_price_is_said() -> None:
    with serve(GOOD) as server:
        assert "price of openai/test is unknown" in make_model(server, CallList()).notes[0]


def test_budget_stops_a_call_before_it_is_made() -> None:
    with serve(GOOD) as server:
        with pytest.raises(BudgetExceeded):
            make_model(server, CallList(spent_usd=0.999), model=PRICED).ask(JUDGE_NOVELTY)
        assert server.requests == []


def test_stop_ends_the_wait_between_tries() -> None:
    stop = Event()
    stop.set()
    with serve(Reply(status=500)) as server, pytest.raises(Interrupted):
        make_model(server, CallList(), patience=Patience(pause_s=60.0), stop=stop).ask(JUDGE_NOVELTY)


def test_service_that_is_not_there_is_a_service_error() -> None:
    with serve(GOOD) as server:
        gone = server.url
    model = LiteLlmModel("openai/test", CallList(), 1.0, gone, patience=IMPATIENT)
    with pytest.raises(ServiceError) as caught:
        model.ask(JUDGE_NOVELTY)
    assert caught.value.retryable


def test_paid_model_cannot_be_reached_from_a_test() -> None:
    model = LiteLlmModel("anthropic/claude-sonnet-4-5", CallList(), 1.0, patience=Patience(timeout_s=5.0, tries=1))
    with pytest.raises(UserError, match="ANTHROPIC_API_KEY"):
        model.ask(JUDGE_NOVELTY)


def test_same_task_asks_the_same() -> None:
    calls = CallList()
    with serve(GOOD) as server:
        model = make_model(server, calls)
        for _ in range(2):
            model.ask(JudgeNovelty(idea=JUDGE_NOVELTY.idea, sources=(), earlier=JUDGE_NOVELTY.earlier))
    assert calls.calls[0].prompt_sha256 == calls.calls[1].prompt_sha256
