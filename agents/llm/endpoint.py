"""One model behind LiteLLM: a call with a deadline, in the form that the model takes, its errors in our terms."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from agents.errors import CannotSee, ServiceError
from agents.llm.answers import Answer, estimate_tokens, read_answer
from agents.llm.capabilities import Capabilities, Lessons, Parameter, Price, look_up
from agents.llm.failures import (
    MayBeBilled,
    ParameterRefused,
    TimedOut,
    find_refused,
    is_filtered,
    translate,
)
from agents.llm.library import load_litellm

__all__ = ["Answer", "Endpoint", "Message", "Price", "TimedOut"]

T = TypeVar("T")
Message = dict[str, str]
Options = dict[str, Any]
GRACE_S = 2.0
"""What a call gets beyond its own time-out, which a server that sends a byte now and then never meets."""
IMAGE_TOKENS = 50_000
"""Most that any known model counts an image as (the small ones of OpenAI, which count each tile many times)."""


class WorstCase(NamedTuple):
    """The most that a call may cost, read and write."""

    usd: float
    tokens_in: int
    tokens_out: int


class Endpoint:
    """A model behind LiteLLM. `api_base` points to a server of one's own, which needs no key.

    `prices` are US dollars per million tokens in and out by model, and go before LiteLLM's own; `lessons` are shared
    by all who ask, so that what a service refuses is sent once. `is_seeing`: the user says of a model that is on no
    list that it sees images.
    """

    def __init__(
        self,
        model: str,
        api_base: str | None,
        timeout_s: float,
        max_tokens: int,
        prices: Mapping[str, tuple[float, float]] | None = None,
        lessons: Lessons | None = None,
        *,
        is_seeing: bool = False,
    ) -> None:
        self.model = model
        self.api_base = api_base
        self.timeout_s = timeout_s
        self.max_tokens = max_tokens
        self._prices = prices or {}
        self._lessons = lessons or Lessons()
        self._is_seeing = is_seeing

    @property
    def capabilities(self) -> Capabilities:
        """What the model can do, as far as is known by now."""
        refused = self._lessons.refused(self.address)
        if not refused:
            return self._listed
        structured = self._listed.structured
        if structured == "schema" and "response_format" in refused:
            structured = "tool" if self._has_tools else "text"
        if structured == "tool" and "tools" in refused:
            structured = "text"
        sees_images = self._listed.sees_images and "images" not in refused
        return self._listed.model_copy(
            update={"structured": structured, "sees_images": sees_images, "refused": refused}
        )

    @property
    def price(self) -> Price:
        """What tokens cost; nothing where nobody knows."""
        return self._listed.price

    @property
    def output_limit(self) -> int:
        """Most tokens that a reply may have: our limit, or the model's where that is lower."""
        return min(self.max_tokens, self._listed.reply_tokens or self.max_tokens)

    def complete(
        self,
        messages: list[Message],
        schema: Mapping[str, Any] | None,
        temperature: float | None = None,
        images: Sequence[Path] = (),
    ) -> Answer:
        """Ask once. `images` are PNG files that go with the first message of the user.

        Raises UserError (key refused, no such model), CannotSee, ParameterRefused (ask again: what was refused is not
        sent twice), or ServiceError for anything else, `retryable` where another try may help.
        """
        optional = self._optional(self.capabilities, schema, temperature)
        options = {"model": self.model, "messages": _with_images(messages, images), "timeout": self.timeout_s}
        options |= {"num_retries": 0, "max_retries": 0, **self._access, **optional}
        try:
            response = _within(self.timeout_s + GRACE_S, lambda: load_litellm().completion(**options))
        except TimeoutError as error:
            raise TimedOut(f"model {self.model}: no answer within {self.timeout_s:g} s", retryable=True) from error
        except Exception as error:  # LiteLLM raises its own, openai's, httpx' and plain errors alike
            return self._fail(error, frozenset((*optional, *(("images",) if images else ()))))
        return self._read(response, messages)

    def check_images(self, images: Sequence[Path]) -> None:
        """Raise CannotSee for a model that sees none, ServiceError where one is missing; nothing is sent."""
        if images and not self.capabilities.sees_images:
            raise CannotSee(f"model {self.model} does not see images; name one that does in models.figures")
        for path in images:
            if not path.is_file():
                raise ServiceError(f"there is no image {path.name} to look at")

    def worst_case(self, messages: list[Message], images: int = 0) -> WorstCase:
        """Upper bound of what a call takes: a token is one byte at least, and the reply may be as long as allowed."""
        sent = json.dumps(messages, ensure_ascii=False).encode(errors="surrogatepass")
        size = len(sent) + 16 * len(messages) + images * IMAGE_TOKENS
        is_limited = not {"max_tokens", "max_completion_tokens"} <= set(self.capabilities.refused)
        longest = self.output_limit if is_limited else max(self.max_tokens, self._listed.reply_tokens or 0)
        return WorstCase(size * self.price.usd_in + longest * self.price.usd_out, size, longest)

    @cached_property
    def _listed(self) -> Capabilities:
        can = look_up(self.model, self.api_base, self._prices)
        return can if can.is_listed else can.model_copy(update={"sees_images": self._is_seeing})

    @cached_property
    def _has_tools(self) -> bool:
        return bool(load_litellm().supports_function_calling(model=self.model))

    @cached_property
    def address(self) -> str:
        """What lessons are kept under: the same name may stand for another model elsewhere."""
        return f"{self.model} at {self.api_base}" if self.api_base else self.model

    @cached_property
    def _access(self) -> Options:
        """Where the model is; a server of one's own gets a placeholder if no key is set."""
        if self.api_base is None:
            return {}
        missing = load_litellm().validate_environment(self.model)["missing_keys"]
        return {"api_base": self.api_base, **({"api_key": "unused"} if missing else {})}

    def _optional(self, can: Capabilities, schema: Mapping[str, Any] | None, temperature: float | None) -> Options:
        """Parameters that a service may refuse and that it has not refused so far."""
        options = self._length(can)
        if temperature is not None and "temperature" not in can.refused:
            options["temperature"] = temperature  # dropped by LiteLLM where a model is known to take none
        if schema is not None and can.structured == "schema":
            form = {"name": "reply", "schema": schema, "strict": False}
            options["response_format"] = {"type": "json_schema", "json_schema": form}
        if schema is not None and can.structured == "tool":
            function = {"name": "reply", "description": "Gives the reply.", "parameters": schema}
            options["tools"] = [{"type": "function", "function": function}]
            options["tool_choice"] = {"type": "function", "function": {"name": "reply"}}
        return options

    def _length(self, can: Capabilities) -> Options:
        """The token limit, which budgets rest on; a server with a shorter context refuses it and is asked without."""
        names = [name for name in ("max_tokens", "max_completion_tokens") if name not in can.refused]
        return {names[0]: self.output_limit} if names else {}

    def _fail(self, error: Exception, sent: frozenset[Any]) -> Answer:
        """Raise in our terms what LiteLLM raised. A question that the service will not hear is answered: refused."""
        refused: Parameter | None = find_refused(error, sent)
        if refused is not None:
            self._lessons.learn(self.address, refused)
        if refused == "images":
            raise CannotSee(f"model {self.model} refuses images; name one that sees in models.figures") from error
        if refused is not None:
            raise ParameterRefused(f"model {self.model} does not take {refused}", refused) from error
        if is_filtered(error):
            refusal = " ".join(str(error).split())[:300]
            return Answer(text="", is_cut=False, refusal=refusal, tokens_in=0, tokens_out=0, cost_usd=0.0)
        raise translate(error, self.model, self.timeout_s, self._remedy()) from error

    def _read(self, response: Any, messages: list[Message]) -> Answer:
        asked = sum(estimate_tokens(message["content"]) for message in messages)
        try:
            return read_answer(response.model_dump(), asked, self.price)
        except (AttributeError, ValidationError) as error:
            raise MayBeBilled(f"model {self.model}: the answer is no chat completion", retryable=True) from error

    def _remedy(self) -> str:
        missing = load_litellm().validate_environment(self.model)["missing_keys"]
        return (
            f"set {' and '.join(missing)}" if missing else "check the key in the environment, or choose another model"
        )


def _with_images(messages: list[Message], images: Sequence[Path]) -> Sequence[Mapping[str, Any]]:
    """The messages as OpenAI's protocol writes them, each image as a data URL in the first one of the user."""
    if not images:
        return messages
    first = next(index for index, message in enumerate(messages) if message["role"] == "user")
    parts: list[Any] = [{"type": "text", "text": messages[first]["content"]}]
    parts += [{"type": "image_url", "image_url": {"url": _data_url(path)}} for path in images]
    return [*messages[:first], {"role": "user", "content": parts}, *messages[first + 1 :]]


def _data_url(image: Path) -> str:
    try:
        return f"data:image/png;base64,{base64.b64encode(image.read_bytes()).decode()}"
    except OSError as error:
        raise ServiceError(f"cannot read the image {image.name}: {error.strerror}") from error


def _within(seconds: float, call: Callable[[], T]) -> T:
    """Run `call` in a daemon thread and wait; TimeoutError if it takes longer, and what it does then is not awaited."""
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # handed over to the caller's thread whatever it is
            future.set_exception(error)

    Thread(target=work, name="model-call", daemon=True).start()
    return future.result(timeout=seconds)
