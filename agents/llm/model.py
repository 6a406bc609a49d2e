"""The model seam's LiteLLM adapter: renders a task, asks, validates, sends a bad reply back once, records each call."""

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event as Flag
from typing import Any, Literal, NamedTuple, TypeVar

from agents.errors import Interrupted, NaturalistError, ServiceError
from agents.files import sha256_text
from agents.llm.budget import Budget
from agents.llm.calls import CallRecorder
from agents.llm.endpoint import Answer, Endpoint, Message, TimedOut
from agents.llm.prompts import render_prompt, render_text, task_name
from agents.llm.replies import MalformedReply, block_fields, json_schema, parse_reply
from agents.schema import ModelCall, Record, Task

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait and how often: `timeout_s` for a call, `tries` in all, pauses doubling from `pause_s` on."""

    timeout_s: float = 300.0
    tries: int = 5
    pause_s: float = 2.0
    longest_pause_s: float = 60.0

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures: full jitter over an exponential bound."""
        return random.uniform(0.5, 1.0) * min(self.longest_pause_s, self.pause_s * 2.0 ** (failures - 1))


class _Question(NamedTuple):
    """What is asked: the name it is recorded under, and what goes to the endpoint."""

    task: str
    step: Literal["answer", "repair"]
    messages: list[Message]
    schema: Mapping[str, Any] | None
    temperature: float | None = None


class LiteLlmModel:
    """Any model that LiteLLM knows by a string, or that a server at `api_base` offers as "openai/NAME"."""

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
    ) -> None:
        self._endpoint = Endpoint(model, api_base, patience.timeout_s, max_tokens)
        self._calls = calls
        is_shared = isinstance(budget_usd, Budget)  # by models that are asked side by side
        self._budget = budget_usd if is_shared else Budget(budget_usd, calls.total_usd)
        self._patience = patience
        self._stop = stop or Flag()

    @property
    def name(self) -> str:
        return self._endpoint.model

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know before anything is spent, a line each."""
        if self._endpoint.price.is_known:
            return ()
        return (f"the price of {self.name} is unknown, so its calls count as free and the budget does not hold them",)

    def ask(self, task: Task[R]) -> R:
        """Return a validated reply. Raises ServiceError, BudgetExceeded, UserError (key refused) or Interrupted."""
        messages = [{"role": "user", "content": render_prompt(task)}]
        schema = None if block_fields(task.reply) else json_schema(task.reply)
        question = _Question(task_name(task), "answer", messages, schema)
        answer = self._answer(question)
        try:
            return _read(answer, task)
        except MalformedReply as error:
            repair = render_text("_repair.md", {"problem": str(error)})
        messages += [{"role": "assistant", "content": answer.text or "(nothing)"}, {"role": "user", "content": repair}]
        try:
            return _read(self._answer(question._replace(step="repair", messages=messages)), task)
        except MalformedReply as error:
            raise ServiceError(
                f"model {self.name}: its reply to {task_name(task)} did not fit, nor did the repair: {error}; "
                "resume to ask again, or choose a stronger model",
                retryable=True,
            ) from error

    def complete(
        self, task: str, prompt: str, *, system: str, temperature: float, schema: Mapping[str, Any] | None
    ) -> Answer:
        """Return the reply to a prompt as it came, recorded under the name `task`. Raises what `ask` does."""
        messages = [{"role": "system", "content": system}, {"role": "user", "content": prompt}]
        return self._answer(_Question(task, "answer", messages, schema, temperature))

    def _answer(self, question: _Question) -> Answer:
        """Ask until an answer comes; gives up after the last try, or at once where trying again cannot help."""
        for failures in range(1, self._patience.tries):
            try:
                return self._call(question)
            except ServiceError as error:
                if not error.retryable:
                    raise
            if self._stop.wait(self._patience.pause(failures)):
                raise Interrupted("stopped while waiting for a model")
        return self._call(question)

    def _call(self, question: _Question) -> Answer:
        """One call, its worst case reserved before it, recorded whatever becomes of it."""
        worst_usd, start = self._endpoint.worst_case_usd(question.messages), time.monotonic()
        prompt_sha256 = sha256_text(json.dumps(question.messages))
        call = ModelCall(task=question.task, step=question.step, model=self.name, prompt_sha256=prompt_sha256, reply="")
        with self._budget.reserve(worst_usd):
            try:
                answer = self._endpoint.complete(question.messages, question.schema, question.temperature)
            except NaturalistError as error:
                billed = worst_usd if isinstance(error, TimedOut) else 0.0
                self._record(call, start, reply={"error": str(error)}, cost_usd=billed)
                raise
            counts = answer.model_dump(include={"tokens_in", "tokens_out", "cost_usd"})
            self._record(call, start, reply=answer.text, **counts)
        return answer

    def _record(self, call: ModelCall, start: float, *, reply: object, **counts: float) -> None:
        outcome = {"reply": json.dumps(reply, ensure_ascii=False), "wall_s": time.monotonic() - start, **counts}
        self._calls.add(call.model_copy(update=outcome))


def _read(answer: Answer, task: Task[R]) -> R:
    """The reply in an answer; raises MalformedReply, saying so where the answer was cut off."""
    reply: type[R] = task.reply
    try:
        return task.check(parse_reply(answer.text, reply))
    except ValueError as error:  # MalformedReply is one; so is what the task has against the reply
        cut = "the reply was cut off at the token limit, be briefer; " if answer.is_cut else ""
        raise MalformedReply(f"{cut}{error}") from error
