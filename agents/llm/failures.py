"""What may go wrong with a call to a model, each in our terms: whether to ask again, how soon, and who is to act."""

import time
from collections.abc import Generator
from email.utils import parsedate_to_datetime
from typing import Any

from agents.errors import NaturalistError, ReplyRejected, ServiceError, UserError
from agents.llm.capabilities import Parameter

_SIGNS: tuple[tuple[Parameter, tuple[str, ...]], ...] = (
    ("response_format", ("response_format", "json_schema", "response schema", "grammar", "guided")),
    ("tools", ("tool", "function call")),
    ("temperature", ("temperature",)),
    ("max_completion_tokens", ("max_completion_tokens",)),
    ("max_tokens", ("max_tokens", "max_completion_tokens", "max_output_tokens")),
    ("images", ("image", "vision", "multimodal", "mmproj")),
)
"""Words by which a refusal names what it refuses."""
_NO_CREDIT = ("insufficient_quota", "exceeded your current quota", "credit balance", "billing_hard_limit")
_NO_MODEL = ("model_not_found", "llm provider not provided")
_HALF_READ = {"RemoteProtocolError", "ReadError", "JSONDecodeError"}


class MayBeBilled(ServiceError):
    """A call whose answer did not come whole; the provider may bill it all the same."""


class TimedOut(MayBeBilled):
    """No answer in time."""


class Busy(ServiceError):
    """The service asks for a pause, of `retry_after_s` seconds where it says how long."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, retryable=True)
        self.retry_after_s = retry_after_s


class ParameterRefused(ServiceError):
    """The service does not take a parameter; the same call without it may go well."""

    def __init__(self, message: str, parameter: Parameter) -> None:
        super().__init__(message, retryable=True)
        self.parameter: Parameter = parameter


def find_refused(error: Exception, sent: frozenset[Parameter]) -> Parameter | None:
    """Which of the parameters sent a service refuses, by the words of its error; None if the fault is another."""
    said, status = _said(error).lower(), _status(error)
    for name, signs in _SIGNS:
        statuses = (400, 404, 422, 500, 501) if name == "images" else (400, 422)
        if name in sent and status in statuses and any(sign in said for sign in signs):
            return name
    return None


def is_filtered(error: Exception) -> bool:
    """Whether a service refused a question for what it is about."""
    said = _said(error).lower()
    return _status(error) == 400 and ("content_filter" in said or "content management policy" in said)


def translate(error: Exception, model: str, timeout_s: float, remedy: str) -> NaturalistError:
    """One line in our terms for whatever LiteLLM raised; `remedy` is what to do about a key that is refused."""
    status, said = _status(error), _said(error).lower()
    line = " ".join(str(error).split())[:300]
    if status in (401, 403):
        return UserError(f"model {model}: the service refused the key; {remedy} ({line})")
    if status == 404 or any(sign in said for sign in _NO_MODEL):
        return UserError(
            f"model {model}: unknown to the service; check its name, PROVIDER/NAME as LiteLLM writes it ({line})"
        )
    if type(error).__name__ == "Timeout":
        return TimedOut(f"model {model}: no answer within {timeout_s:g} s", retryable=True)
    if any(sign in said for sign in _NO_CREDIT):
        return ServiceError(f"model {model}: {line}")
    if status in (400, 413, 422):  # too long, as a rule: no try and no resume would help, another answer would
        return ReplyRejected(f"model {model}: the service will not hear this question ({line})")
    if status in (429, 503, 529):
        return Busy(f"model {model}: {line}", _retry_after_s(error))
    if _HALF_READ & {type(cause).__name__ for cause in _chain(error)}:
        return MayBeBilled(f"model {model}: the answer did not come whole ({line})", retryable=True)
    return ServiceError(f"model {model}: {line}", retryable=status is None or status in (408, 409) or status >= 500)


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _said(error: Exception) -> str:
    """All that the service said: the message, and the body with its codes."""
    return f"{error} {getattr(error, 'body', None) or ''}"


def _chain(error: BaseException) -> Generator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _retry_after_s(error: Exception) -> float | None:
    """Seconds to wait as the header says, which gives them or a date."""
    headers: Any = getattr(error, "litellm_response_headers", None) or {}
    value = str(headers.get("retry-after") or "")
    try:
        return max(0.0, float(value) if value.replace(".", "", 1).isdigit() else _until(value))
    except (TypeError, ValueError):
        return None


def _until(date: str) -> float:
    return parsedate_to_datetime(date).timestamp() - time.time()
