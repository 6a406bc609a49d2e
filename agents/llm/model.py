"""The model seam's LiteLLM adapter: renders a task, asks, continues what was cut off, validates, sends a bad reply back
once, records each call."""

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event as Flag
from typing import Any, Literal, NamedTuple, TypeVar

from agents.errors import Interrupted, NaturalistError, ReplyRejected, ServiceError
from agents.files import sha256_file, sha256_text
from agents.llm.answers import Answer
from agents.llm.budget import Budget
from agents.llm.calls import CallRecorder
from agents.llm.capabilities import Capabilities, Lessons
from agents.llm.continuing import join_parts
from agents.llm.endpoint import Endpoint, Message
from agents.llm.failures import Busy, MayBeBilled, ParameterRefused
from agents.llm.prompts import render_prompt, render_text, task_name
from agents.llm.replies import MalformedReply, block_fields, json_schema, parse_reply
from agents.llm.scrubbing import Scrubber
from agents.schema import ModelCall, Record, Role, Task
from agents.settings import BudgetSettings
from agents.whereabouts import whereabouts

R = TypeVar("R", bound=Record)
CONTINUATIONS = 4
"""Times a reply that ended at the token limit is continued."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait and how often: `timeout_s` for a call, `tries` in all, pauses doubling from `pause_s` on."""

    timeout_s: float = 300.0
    tries: int = 5
    pause_s: float = 2.0
    longest_pause_s: float = 60.0

    def pause(self, failures: int, error: ServiceError | None = None) -> float:
        """Seconds to wait after so many failures: full jitter over an exponential bound, or what the service asks for.

        Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
        """
        if isinstance(error, Busy) and error.retry_after_s is not None:
            return min(self.longest_pause_s, error.retry_after_s)
        return random.uniform(0.0, min(self.longest_pause_s, self.pause_s * 2.0 ** (failures - 1)))


class _Question(NamedTuple):
    """What is asked: the name and the places it is recorded under, and what goes to the endpoint."""

    task: str
    role: Role
    messages: list[Message]
    schema: Mapping[str, Any] | None
    subject: str = ""
    step: Literal["answer", "repair", "continuation"] = "answer"
    temperature: float | None = None
    images: tuple[Path, ...] = ()

    def followed_by(self, step: Literal["repair", "continuation"], said: str, *more: Message) -> "_Question":
        """The same conversation with the model's turn and what is said to it."""
        turn = {"role": "assistant", "content": said or "(nothing)"}
        return self._replace(step=step, messages=[*self.messages, turn, *more])

    @property
    def recorded(self) -> str:
        """The messages as they are kept, each image by its hash."""
        shown = [{"role": "user", "image_sha256": sha256_file(path)} for path in self.images]
        return json.dumps([*self.messages, *shown], ensure_ascii=False)


class LiteLlmModel:
    """Any model that LiteLLM knows by a string, or that a server at `api_base` offers as "openai/NAME".

    `prices` are US dollars per million tokens read and written, by model, and go before LiteLLM's own. `lessons` keep
    what services refuse; share them between the models of a run. `scrubber` says what no prompt may give away.
    `endpoint` stands in for the service. `is_seeing`: the user says that it sees images.
    """

    def __init__(
        self,
        model: str,
        calls: CallRecorder,
        budget_usd: float | Budget,
        api_base: str | None = None,
        *,
        max_tokens: int = 16_384,
        patience: Patience = Patience(),
        stop: Flag | None = None,
        prices: Mapping[str, tuple[float, float]] | None = None,
        lessons: Lessons | None = None,
        scrubber: Scrubber | None = None,
        endpoint: Endpoint | None = None,
        is_seeing: bool = False,
    ) -> None:
        self._endpoint = endpoint or Endpoint(
            model, api_base, patience.timeout_s, max_tokens, prices, lessons, is_seeing=is_seeing
        )
        is_shared = isinstance(budget_usd, Budget)  # by models that are asked side by side
        self._budget = budget_usd if is_shared else Budget(BudgetSettings(usd=budget_usd), calls)
        self._patience = patience
        self._stop = stop or Flag()
        self._scrubber = scrubber or Scrubber.of_host()

    @property
    def name(self) -> str:
        return self._endpoint.model

    @property
    def capabilities(self) -> Capabilities:
        """What the model can do, as far as is known by now."""
        return self._endpoint.capabilities

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know before anything is spent, a line each."""
        if self._endpoint.price.is_known:
            return ()
        return (f"the price of {self.name} is unknown, so its calls count as free and the budget does not hold them",)

    def ask(self, task: Task[R]) -> R:
        """Return a validated reply. Raises ReplyRejected where reply and repair do not fit, CannotSee where the task
        has images and the model sees none, another ServiceError, BudgetExceeded, UserError (key refused, no such
        model) or Interrupted."""
        self._endpoint.check_images(task.images)
        messages = [{"role": "user", "content": render_prompt(task, scrubber=self._scrubber)}]
        schema = None if block_fields(task.reply) else json_schema(task.reply)
        question = _Question(task_name(task), task.role, messages, schema, task.subject, images=task.images)
        answer = self._answer(question)
        try:
            return _read(answer, task)
        except MalformedReply as error:
            repair = self._say("_repair.md", problem=str(error))
        try:
            return _read(self._answer(question.followed_by("repair", answer.text, repair)), task)
        except MalformedReply as error:
            raise ReplyRejected(
                f"model {self.name}: its reply to {question.task} did not fit, nor did the repair: {error}; "
                "resume to ask again, or choose a stronger model",
                retryable=True,
            ) from error

    def complete(
        self, task: str, prompt: str, *, system: str, temperature: float, schema: Mapping[str, Any] | None
    ) -> Answer:
        """Return the reply to a reviewer's prompt as it came, recorded under the name `task`. Raises as `ask` does."""
        said = (("system", system), ("user", prompt))
        messages = [{"role": role, "content": self._scrubber.scrub(content)} for role, content in said]
        return self._answer(_Question(task, "review", messages, schema, temperature=temperature))

    def _answer(self, question: _Question) -> Answer:
        """Ask until the reply is whole; one that is cut off too often comes back cut."""
        answer = self._ask(question)
        for _ in range(CONTINUATIONS):
            if not answer.is_cut or not answer.text.strip():
                break
            more = question.followed_by("continuation", answer.text, self._say("_continue.md"))
            rest = self._ask(more._replace(schema=None))  # the rest alone fits no schema
            answer = rest.model_copy(update={"text": join_parts(answer.text, rest.text)})
        return answer

    def _ask(self, question: _Question) -> Answer:
        """Ask until an answer comes; gives up after the last try, or at once where trying again cannot help."""
        failures = 0
        while True:
            try:
                return self._call(question)
            except ParameterRefused:
                continue  # no failure: each parameter is refused once
            except ServiceError as error:
                failures += 1
                if not error.retryable or failures >= self._patience.tries:
                    raise
                pause = self._patience.pause(failures, error)
            if self._stop.wait(pause):
                raise Interrupted("stopped while waiting for a model")

    def _call(self, question: _Question) -> Answer:
        """One call, its worst case reserved before it, recorded whatever becomes of it."""
        call, start = self._describe(question), time.monotonic()
        worst = self._endpoint.worst_case(question.messages, len(question.images))
        with self._budget.reserve(call, *worst) as held:
            try:
                answer = self._endpoint.complete(
                    question.messages, question.schema, question.temperature, question.images
                )
            except NaturalistError as error:
                ended = held.worst if isinstance(error, MayBeBilled) else call
                held.settle(_ended(ended, start, reply={"error": str(error)}))
                raise
            counts = answer.model_dump(include={"tokens_in", "tokens_out", "cost_usd"})
            held.settle(_ended(call, start, reply=answer.text, **counts))
        return answer

    def _describe(self, question: _Question) -> ModelCall:
        """The record of a call before its outcome: who asks what."""
        here, prompt = whereabouts(), question.recorded
        return ModelCall(
            task=question.task, role=question.role, step=question.step, model=self.name, study=here.study,
            node=here.node, subject=question.subject, prompt_sha256=sha256_text(prompt), prompt=prompt, reply="",
            is_priced=self._endpoint.price.is_known,
        )  # fmt: skip

    def _say(self, prompt: str, **values: str) -> Message:
        return {"role": "user", "content": render_text(prompt, values, scrubber=self._scrubber)}


def _ended(call: ModelCall, start: float, *, reply: object, **counts: float) -> ModelCall:
    outcome = {"reply": json.dumps(reply, ensure_ascii=False), "wall_s": time.monotonic() - start, **counts}
    return call.model_copy(update=outcome)


def _read(answer: Answer, task: Task[R]) -> R:
    """The reply in an answer; raises MalformedReply, which says why there is none."""
    reply: type[R] = task.reply
    if answer.refusal:
        raise MalformedReply(f"the task was refused ({answer.refusal}); it is ordinary research and asks no harm")
    if answer.is_cut:
        raise MalformedReply("the reply was cut off at the token limit, and so was its continuation; be briefer")
    if not answer.text.strip():
        raise MalformedReply("the reply was empty")
    try:
        return task.check(parse_reply(answer.text, reply))
    except ValueError as error:  # MalformedReply is one; so is what the task has against the reply
        raise MalformedReply(str(error)) from error
