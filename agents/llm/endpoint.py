"""The only place that touches LiteLLM: one call with a deadline, its errors in our terms, its price."""

import importlib
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.errors import NaturalistError, ServiceError, UserError
from agents.schema import Record

T = TypeVar("T")
Message = dict[str, str]
GRACE_S = 2.0
"""What a call gets beyond its own time-out, which a server that sends a byte now and then never meets."""


class Answer(Record):
    """A reply with what it took. `is_cut`: it ended at the token limit."""

    text: str
    is_cut: bool
    tokens_in: int
    tokens_out: int
    cost_usd: float


class Price(Record):
    """US dollars per token; `is_known` is false for a model that LiteLLM has no price of."""

    usd_in: float = 0.0
    usd_out: float = 0.0
    is_known: bool = False


class TimedOut(ServiceError):
    """No answer in time; the provider may bill the call all the same."""


class Endpoint:
    """A model behind LiteLLM. `api_base` points to a server of one's own, which needs no key."""

    def __init__(self, model: str, api_base: str | None, timeout_s: float, max_tokens: int) -> None:
        self.model = model
        self.api_base = api_base
        self.timeout_s = timeout_s
        self.max_tokens = max_tokens

    def complete(
        self, messages: list[Message], schema: Mapping[str, Any] | None, temperature: float | None = None
    ) -> Answer:
        """Ask once. UserError: key refused; ServiceError: anything else, `retryable` where another try may help."""
        options: dict[str, Any] = {"model": self.model, "messages": messages, "timeout": self.timeout_s}
        options |= {"num_retries": 0, "max_retries": 0, **self._length(), **self._access()}
        if temperature is not None:
            options["temperature"] = temperature  # dropped by LiteLLM where a model takes none
        if schema is not None and self._accepts_schema():
            form = {"name": "reply", "schema": schema, "strict": False}
            options["response_format"] = {"type": "json_schema", "json_schema": form}
        try:
            response = _within(self.timeout_s + GRACE_S, lambda: _litellm().completion(**options))
        except TimeoutError as error:
            raise TimedOut(f"model {self.model}: no answer within {self.timeout_s:g} s", retryable=True) from error
        except NaturalistError:
            raise
        except Exception as error:  # LiteLLM raises its own, openai's, httpx' and plain errors alike
            raise self._translated(error) from error
        return self._read(response)

    @property
    def price(self) -> Price:
        """What tokens cost, by LiteLLM's list; nothing for a server of one's own that the list does not know."""
        try:
            usd_in, usd_out = _litellm().cost_per_token(model=self.model, prompt_tokens=1, completion_tokens=1)
        except Exception:  # unknown models raise several types, plain Exception among them
            return Price()
        return Price(usd_in=float(usd_in), usd_out=float(usd_out), is_known=True)

    @property
    def output_limit(self) -> int:
        """Most tokens that a reply may have: our limit, or the model's where that is lower."""
        try:
            known = _litellm().get_model_info(self.model).get("max_output_tokens")
        except Exception:  # unknown models raise several types, plain Exception among them
            known = None
        return min(self.max_tokens, int(known or self.max_tokens))

    def worst_case_usd(self, messages: list[Message]) -> float:
        """Upper bound of a call's price: a token is one byte at least, and the reply may be as long as allowed."""
        size = sum(len(message["content"].encode()) + 16 for message in messages)
        return size * self.price.usd_in + self.output_limit * self.price.usd_out

    def _access(self) -> dict[str, str]:
        """Where the model is; a server of one's own gets a placeholder if no key is set."""
        if self.api_base is None:
            return {}
        missing = _litellm().validate_environment(self.model)["missing_keys"]
        return {"api_base": self.api_base, **({"api_key": "unused"} if missing else {})}

    def _length(self) -> dict[str, int]:
        """The token limit; a server of one's own knows better how long its context is, and refuses what is longer."""
        return {} if self.api_base and not self.price.is_known else {"max_tokens": self.output_limit}

    def _accepts_schema(self) -> bool:
        return bool(_litellm().supports_response_schema(model=self.model))

    def _read(self, response: Any) -> Answer:
        try:
            reply = _Response.model_validate(response.model_dump())
        except (AttributeError, ValidationError) as error:
            raise ServiceError(f"model {self.model}: the answer is no chat completion", retryable=True) from error
        tokens = reply.usage or _Usage()
        cost = tokens.prompt_tokens * self.price.usd_in + tokens.completion_tokens * self.price.usd_out
        return Answer(
            text=reply.choices[0].message.content or "", is_cut=reply.choices[0].finish_reason == "length",
            tokens_in=tokens.prompt_tokens, tokens_out=tokens.completion_tokens, cost_usd=cost,
        )  # fmt: skip

    def _translated(self, error: Exception) -> NaturalistError:
        """One line in our terms for whatever LiteLLM raised."""
        status = getattr(error, "status_code", None)
        line = " ".join(str(error).split())[:300]
        if status in (401, 403):
            return UserError(f"model {self.model}: the service refused the key; {self._remedy()} ({line})")
        if type(error).__name__ == "Timeout":
            return TimedOut(f"model {self.model}: no answer within {self.timeout_s:g} s", retryable=True)
        if status == 404:
            return UserError(f"model {self.model}: unknown to the service; check the model's name ({line})")
        is_passing = status is None or status in (408, 409, 429) or status >= 500
        return ServiceError(f"model {self.model}: {line}", retryable=is_passing and "insufficient_quota" not in line)

    def _remedy(self) -> str:
        missing = _litellm().validate_environment(self.model)["missing_keys"]
        return (
            f"set {' and '.join(missing)}" if missing else "check the key in the environment, or choose another model"
        )


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Usage(_Part):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Message(_Part):
    content: str | None = None


class _Choice(_Part):
    message: _Message
    finish_reason: str | None = None


class _Response(_Part):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


def _litellm() -> Any:
    """LiteLLM with its own price list and its chatter off. Importing it takes seconds, so only a call does."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    module = importlib.import_module("litellm")
    vars(module).update(suppress_debug_info=True, telemetry=False, drop_params=True)
    return module


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
