"""The LiteLLM adapter against a real HTTP server on loopback: every way a model service answers or fails to."""

import json
import time
from pathlib import Path
from threading import Event

import pytest

from agents import tasks
from agents.errors import BudgetExceeded, CannotSee, Interrupted, ReplyRejected, ServiceError, UserError
from agents.files import sha256_file, sha256_text
from agents.llm.capabilities import Lessons
from agents.llm.failures import Busy
from agents.llm.model import CONTINUATIONS, LiteLlmModel, Patience
from agents.llm.prompts import render_prompt
from agents.schema import ModelCall
from agents.settings import BudgetSettings
from agents.spending import Spent, check_limits
from agents.tasks import NoveltyOpinion, Section
from agents.whereabouts import being_at
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

    def reserve(self, worst: ModelCall, limits: BudgetSettings) -> str:
        check_limits(limits, Spent(self.total_usd()), Spent.on(worst))
        return ""

    def settle(self, reservation: str, call: ModelCall) -> None:
        self.add(call)

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


@pytest.mark.parametrize("model", [PRICED, "openai/test"], ids=["of the list", "of a server of one's own"])
def test_a_schema_is_sent(model: str) -> None:
    with serve(GOOD) as server:
        make_model(server, CallList(), model=model).ask(JUDGE_NOVELTY)
        assert server.requests[0]["response_format"]["json_schema"]["schema"]["title"] == "NoveltyOpinion"


def test_refused_schema_is_left_out_from_then_on_and_the_refusal_counts_as_no_failure() -> None:
    calls, once = CallList(), Patience(timeout_s=10.0, tries=1)
    with serve(GOOD, refuses=["response_format"]) as server:
        model = make_model(server, calls, patience=once)
        assert [model.ask(JUDGE_NOVELTY) for _ in range(2)] == [NOVELTY, NOVELTY]
        assert ["response_format" in request for request in server.requests] == [True, False, False]
    assert model.capabilities.structured == "text"
    assert "does not take response_format" in calls.calls[0].reply


def test_tool_call_stands_in_for_a_schema() -> None:
    reply = Reply(arguments=NOVELTY.model_dump_json(), finish="tool_calls")
    with serve(reply, refuses=["response_format"]) as server:
        assert make_model(server, CallList(), model=PRICED).ask(JUDGE_NOVELTY) == NOVELTY
        assert server.requests[-1]["tool_choice"]["function"]["name"] == "reply"


def test_model_that_takes_nothing_but_messages_still_answers() -> None:
    refuses = ["response_format", "tools", "temperature", "max_tokens", "max_completion_tokens"]
    with serve(GOOD, refuses=refuses) as server:
        model = make_model(server, CallList(), model=PRICED, patience=Patience(timeout_s=10.0, tries=1))
        schema = {"type": "object", "properties": {"idea": {"type": "string"}}}
        answer = model.complete("review_paper", "?", system="s", temperature=0.3, schema=schema)
        assert answer.text == GOOD.text
        assert set(server.requests[-1]) == {"model", "messages"}
        assert len(server.requests) == 1 + len(refuses)


def test_what_was_refused_is_known_to_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "models.json"
    with serve(GOOD, refuses=["response_format"]) as server:
        for _ in range(2):
            LiteLlmModel("openai/test", CallList(), 1.0, server.url, lessons=Lessons(path)).ask(JUDGE_NOVELTY)
        assert ["response_format" in request for request in server.requests] == [True, False, False]


@pytest.mark.parametrize("model", [PRICED, "openai/test"], ids=["of the list", "of a server of one's own"])
def test_length_is_limited_where_the_service_takes_a_limit(model: str) -> None:
    with serve(GOOD) as server:
        make_model(server, CallList(), model=model).ask(JUDGE_NOVELTY)
        assert server.requests[0]["max_tokens"] == 16_384


def test_malformed_reply_goes_back_once_with_the_error() -> None:
    calls = CallList()
    with serve(BAD, GOOD) as server:
        assert make_model(server, calls).ask(JUDGE_NOVELTY) == NOVELTY
        first, second, third = server.requests[1]["messages"]
    assert [call.step for call in calls.calls] == ["answer", "repair"]
    assert (first["role"], second["content"], third["role"]) == ("user", BAD.text, "user")
    assert "verdict: Input should be" in third["content"]


def test_reply_that_stays_malformed_is_rejected() -> None:
    with serve(BAD) as server:
        with pytest.raises(ReplyRejected, match="judge_novelty did not fit, nor did the repair: verdict"):
            make_model(server, CallList()).ask(JUDGE_NOVELTY)
        assert len(server.requests) == 2


def test_reply_cut_at_the_token_limit_is_continued() -> None:
    assert GOOD.text
    calls, parts = CallList(), (GOOD.text[:40], GOOD.text[40:60], GOOD.text[60:])
    with serve(*(Reply(part, finish="length") for part in parts[:2]), Reply(parts[2])) as server:
        assert make_model(server, calls).ask(JUDGE_NOVELTY) == NOVELTY
        said = server.requests[2]["messages"]
    assert [call.step for call in calls.calls] == ["answer", "continuation", "continuation"]
    assert [message["role"] for message in said] == ["user", "assistant", "user"]
    assert said[1]["content"] == parts[0] + parts[1]
    assert "exactly where you stopped" in said[2]["content"]


def test_reply_that_never_ends_goes_back_to_be_made_briefer() -> None:
    calls = CallList()
    with serve(*[Reply('{"idea": "dropout-h', finish="length")] * (1 + CONTINUATIONS), GOOD) as server:
        assert make_model(server, calls).ask(JUDGE_NOVELTY) == NOVELTY
        assert "be briefer" in server.requests[-1]["messages"][2]["content"]
    assert [call.step for call in calls.calls] == ["answer", *["continuation"] * CONTINUATIONS, "repair"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(refusal="I will not judge ideas."), r"was refused \(I will not judge ideas"),
        (Reply(finish="content_filter"), r"was refused \(the service filtered"),
        (Reply("The prompt triggered Azure's content management policy", status=400), "content management policy"),
        (Reply(""), "the reply was empty"),
        (Reply(None), "the reply was empty"),
        (Reply("", finish="length"), "be briefer"),
    ],
    ids=["refusal", "filtered reply", "filtered question", "empty", "null", "cut before it began"],
)
def test_no_reply_goes_back_once_and_is_then_rejected(reply: Reply, reason: str) -> None:
    with serve(reply) as server:
        with pytest.raises(ReplyRejected, match=reason):
            make_model(server, CallList()).ask(JUDGE_NOVELTY)
        assert len(server.requests) == 2


def test_record_says_who_asked_what() -> None:
    calls = CallList()
    with serve(GOOD) as server, being_at("judge_novelty", "s1"):
        model = make_model(server, calls)
        model.ask(JUDGE_NOVELTY)
        model.complete("review_paper", "Review this.", system="s", temperature=0.3, schema=None)
    asked, reviewed = calls.calls
    assert (asked.role, asked.node, asked.study, asked.subject) == ("judge", "judge_novelty", "s1", "dropout-helps")
    assert (reviewed.role, reviewed.task) == ("review", "review_paper")
    assert json.loads(reviewed.prompt)[1] == {"role": "user", "content": "Review this."}
    assert asked.prompt_sha256 == sha256_text(asked.prompt)


class JudgeNovelty(tasks.JudgeNovelty):
    """The same question, asked with an image."""

    image: Path

    @property
    def images(self) -> tuple[Path, ...]:
        return (self.image,)


@pytest.fixture
def with_image(tmp_path: Path) -> JudgeNovelty:
    (tmp_path / "figure.png").write_bytes(b"\x89PNG")
    return JudgeNovelty(idea=JUDGE_NOVELTY.idea, sources=(), earlier=(), image=tmp_path / "figure.png")


def test_image_goes_with_the_question_and_is_recorded_by_its_hash(with_image: JudgeNovelty) -> None:
    calls = CallList()
    with serve(GOOD) as server:
        make_model(server, calls, model=PRICED).ask(with_image)
        text, image = server.requests[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": render_prompt(with_image)}
    assert image["image_url"]["url"] == "data:image/png;base64,iVBORw=="
    assert "base64" not in calls.calls[0].prompt
    assert sha256_file(with_image.image) in calls.calls[0].prompt


def test_model_that_sees_nothing_is_not_asked_to_look(with_image: JudgeNovelty) -> None:
    calls = CallList()
    with serve(GOOD) as server:
        with pytest.raises(CannotSee, match="does not see images"):
            make_model(server, calls).ask(with_image)
        with_image.image.unlink()
        with pytest.raises(ServiceError, match=r"no image figure\.png"):
            make_model(server, calls, model=PRICED).ask(with_image)
        assert (server.requests, calls.calls) == ([], [])


def test_refused_image_is_not_sent_again(with_image: JudgeNovelty) -> None:
    with serve(Reply("image input is not supported", status=500)) as server:
        model = make_model(server, CallList(), model=PRICED)
        for _ in range(2):
            with pytest.raises(CannotSee):
                model.ask(with_image)
        assert len(server.requests) == 1


def test_pause_that_the_service_asks_for_is_kept_within_the_bound() -> None:
    patience = Patience(longest_pause_s=5.0, pause_s=2.0)
    assert patience.pause(1, Busy("slow down", 3.0)) == 3.0
    assert patience.pause(1, Busy("slow down", 3600.0)) == 5.0
    assert all(0 <= patience.pause(failures, Busy("?")) <= 5.0 for failures in range(1, 50))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(GOOD.text, sent_share=0.5), Reply(body="{oops"), Reply(body='{"a": 1}'), Reply(body="[]"), Reply(body=""),
        Reply(status=502, body="<html>bad gateway</html>"), Reply(status=503), Reply(status=429, retry_after="0.01"),
        Reply(status=429, retry_after="Sun, 29 Nov 2020 05:10:29 GMT"), Reply(status=429, retry_after="soon"),
    ],
    ids=["cut", "no JSON", "no chat", "list", "no body", "gateway", "overloaded", "retry after", "by date", "nonsense"],
)  # fmt: skip
def test_what_may_pass_is_asked_again(reply: Reply) -> None:
    with serve(reply, reply, GOOD) as server:
        assert make_model(server, CallList()).ask(JUDGE_NOVELTY) == NOVELTY
        assert len(server.requests) == 3


def test_answer_that_did_not_come_whole_is_counted_in_full() -> None:
    calls = CallList()
    with serve(Reply(GOOD.text, sent_share=0.5), GOOD) as server:
        make_model(server, calls, model=PRICED).ask(JUDGE_NOVELTY)
    assert calls.calls[0].cost_usd > 100 * calls.calls[1].cost_usd


def test_price_of_the_settings_goes_before_the_list() -> None:
    calls = CallList()
    with serve(GOOD._replace(has_usage=False)) as server:
        model = LiteLlmModel("openai/test", calls, 1.0, server.url, prices={"openai/test": (1.0, 2.0)})
        model.ask(JUDGE_NOVELTY)
        assert server.requests[0]["max_tokens"] == 16_384
    assert model.notes == ()
    assert calls.total_usd() == pytest.approx((calls.calls[0].tokens_in + 2 * calls.calls[0].tokens_out) / 1e6)
    assert calls.calls[0].tokens_in > 100


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
        (Reply(status=400, body='{"error": {"message": "?", "code": "model_not_found"}}'), UserError),
        (Reply("forbidden", status=403), UserError),
        (Reply("bad request", status=400), ServiceError),
        (Reply("You exceeded your quota: insufficient_quota", status=429), ServiceError),
    ],
    ids=["unknown model", "unknown by code", "forbidden", "bad request", "no quota left"],
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


def test_model_of_no_provider_is_one_line_at_once() -> None:
    with pytest.raises(UserError, match="check its name, PROVIDER/NAME"):
        LiteLlmModel("nobody/nothing", CallList(), 1.0).ask(JUDGE_NOVELTY)


def test_half_a_character_of_a_reply_can_be_stored() -> None:
    calls = CallList()
    with serve(Reply('{"verdict": "novel", "reason": "\ud83d"}')) as server:
        assert make_model(server, calls).ask(JUDGE_NOVELTY).reason == "?"
    assert calls.calls[0].reply.encode()


def test_same_task_asks_the_same() -> None:
    calls = CallList()
    with serve(GOOD) as server:
        model = make_model(server, calls)
        for _ in range(2):
            model.ask(tasks.JudgeNovelty(idea=JUDGE_NOVELTY.idea, sources=(), earlier=JUDGE_NOVELTY.earlier))
    assert calls.calls[0].prompt_sha256 == calls.calls[1].prompt_sha256
