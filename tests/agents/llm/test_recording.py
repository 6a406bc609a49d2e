"""Replies from a recording: by the very question, by who asked about what, and not at all."""

import json
from collections.abc import Sequence

import pytest

from agents.errors import ReplyRejected, ServiceError
from agents.files import sha256_text
from agents.llm.endpoint import Message
from agents.llm.model import LiteLlmModel
from agents.llm.recording import Place, RecordedEndpoint, Recording, ReplayedModel
from agents.schema import ModelCall
from agents.tasks import NoveltyOpinion, Section
from agents.whereabouts import being_at
from tests.agents.llm.chat_server import Reply, serve
from tests.agents.llm.task_samples import JUDGE_NOVELTY, WRITE_SECTION
from tests.agents.llm.test_model import BAD, GOOD, IMPATIENT, NOVELTY, CallList

HERE = Place("write_section", "s1", "write_paper", "results")


def ask(text: str) -> list[Message]:
    return [{"role": "user", "content": text}]


def call(question: str, reply: object, place: Place = HERE, step: str = "answer") -> ModelCall:
    prompt = json.dumps(ask(question), ensure_ascii=False)
    return ModelCall.model_validate(
        {
            "task": place.task, "study": place.study, "node": place.node, "subject": place.subject, "step": step,
            "model": "openai/test", "prompt_sha256": sha256_text(prompt), "prompt": prompt, "tokens_in": 7,
            "tokens_out": 3, "cost_usd": 0.5, "reply": json.dumps(reply),
        }
    )  # fmt: skip


def texts(recording: Recording, questions: Sequence[str], place: Place = HERE) -> list[str]:
    return [recording.take(place, ask(question)).text for question in questions]


def test_equal_questions_get_their_replies_in_order_and_the_last_for_ever() -> None:
    recording = Recording([call("q", "first"), call("q", "second"), call("r", "other")])
    assert texts(recording, ["r", "q", "q", "q"]) == ["other", "first", "second", "second"]
    assert recording.drifted == 0


def test_a_question_that_changed_is_known_by_its_place_and_by_what_it_is_most_alike() -> None:
    calls = [call("a\nb\nbegun at 1", "one"), call("c\nd\nbegun at 2", "two")]
    recording = Recording(calls)
    assert texts(recording, ["c\nd\nbegun at 9", "a\nb\nbegun at 9"]) == ["two", "one"]
    assert recording.drifted == 2
    with pytest.raises(ServiceError, match="the recording holds no reply for write_section results in s1"):
        recording.take(HERE, ask("a\nb\nbegun at 10"))


def test_another_place_has_another_reply() -> None:
    other = HERE._replace(subject="method")
    recording = Recording([call("q", "of results"), call("r", "of the method", other)])
    assert texts(recording, ["new"], other) == ["of the method"]
    with pytest.raises(ServiceError, match="s2"):
        recording.take(HERE._replace(study="s2"), ask("new"))


def test_failed_calls_are_passed_over_and_what_was_paid_is_told_again() -> None:
    recording = Recording([call("q", {"error": "the service is down"}), call("q", "reply")])
    answer = recording.take(HERE, ask("q"))
    assert (answer.text, answer.tokens_in, answer.tokens_out, answer.cost_usd) == ("reply", 7, 3, 0.5)


def test_a_reply_whose_rest_came_next_was_cut_off() -> None:
    recording = Recording([call("q", "half a "), call("go on", "sentence", step="continuation"), call("r", "whole")])
    assert [recording.take(HERE, ask(question)).is_cut for question in ("q", "r")] == [True, False]


def replayed(calls: Sequence[ModelCall], kept: CallList) -> tuple[ReplayedModel, Recording]:
    recording = Recording(calls)
    endpoint = RecordedEndpoint("openai/test", 16_384, {}, recording)
    return ReplayedModel(LiteLlmModel("openai/test", kept, 1.0, patience=IMPATIENT, endpoint=endpoint)), recording


def test_repair_continuation_and_rejection_are_replayed_as_they_were() -> None:
    asked, again = CallList(), CallList()
    cut = [Reply("````text\nNo ef", finish="length"), Reply("fect.\n````")]
    with serve(BAD, GOOD, *cut, BAD, BAD) as server, being_at("judge_novelty", "s1"):
        model = LiteLlmModel("openai/test", asked, 1.0, server.url, patience=IMPATIENT)
        first = (model.ask(JUDGE_NOVELTY), model.ask(WRITE_SECTION))
        with pytest.raises(ReplyRejected):
            model.ask(JUDGE_NOVELTY)
    assert first == (NOVELTY, Section(text="No effect.\n"))
    with being_at("judge_novelty", "s1"):
        model, recording = replayed(asked.calls, again)
        assert (model.ask(JUDGE_NOVELTY), model.ask(WRITE_SECTION)) == first
        with pytest.raises(ReplyRejected):
            model.ask(JUDGE_NOVELTY)
    assert recording.drifted == 0
    assert [(each.step, each.reply) for each in again.calls] == [(each.step, each.reply) for each in asked.calls]


def test_a_task_that_changed_a_little_still_has_its_reply() -> None:
    asked = CallList()
    with serve(GOOD) as server, being_at("judge_novelty"):
        LiteLlmModel("openai/test", asked, 1.0, server.url, patience=IMPATIENT).ask(JUDGE_NOVELTY)
    model, recording = replayed(asked.calls, CallList())
    changed = JUDGE_NOVELTY.model_copy(update={"earlier": ()})
    with being_at("judge_novelty"):
        reply: NoveltyOpinion = model.ask(changed)
    assert reply == NOVELTY and recording.drifted == 1
    with pytest.raises(ServiceError, match="holds no reply for judge_novelty dropout-helps"):
        model.ask(changed.model_copy(update={"sources": (WRITE_SECTION.sources)}))
