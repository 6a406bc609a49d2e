"""What a model can do: by LiteLLM's lists, by the settings, and by what its service was found to refuse."""

import fcntl
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from agents.errors import ServiceError
from agents.files import write_json
from agents.llm.library import load_litellm
from agents.schema import Record

Parameter: TypeAlias = Literal[
    "response_format", "tools", "temperature", "max_tokens", "max_completion_tokens", "images"
]
"""What a service may refuse of a call without refusing the call itself."""
LESSONS = Path(".cache", "models.json")
"""Where a workspace keeps them: what a model at an address refuses holds for every run."""
LESSON_DAYS = 7.0
_Usd: TypeAlias = tuple[float, float]


class Price(Record):
    """US dollars per token; `is_known` is false for a model that neither LiteLLM nor the settings have a price of."""

    usd_in: float = 0.0
    usd_out: float = 0.0
    is_known: bool = False


class Capabilities(Record):
    """What a model can do. `is_listed`: LiteLLM knows it; of others nothing is known but what was `refused`.

    `structured` is how a reply is held to a form: by a JSON schema, as the arguments of a tool, or by the prompt alone.
    `context_tokens` and `reply_tokens` are None where nobody knows.
    """

    structured: Literal["schema", "tool", "text"] = "text"
    sees_images: bool = False
    context_tokens: int | None = None
    reply_tokens: int | None = None
    price: Price = Price()
    is_listed: bool = False
    refused: tuple[Parameter, ...] = ()


class Lessons:
    """What models were found to refuse, for as long as the process lives; with a `path`, for others too, at the same
    time and for LESSON_DAYS: services change, so a refusal that old is forgotten when the file is opened.

    The file is a cache: one that cannot be read or written costs a few refused calls, no more.
    """

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._lock = Lock()
        self._learned = self._read()

    def refused(self, model: str) -> tuple[Parameter, ...]:
        """Parameters that a model is not to be given again, in the order in which it refused them."""
        with self._lock:
            return tuple(self._learned.get(model, ()))

    def learn(self, model: str, parameter: Parameter) -> None:
        """Remember a refusal; safe to repeat."""
        with self._lock:
            if parameter not in self._learned.get(model, ()):
                self._change(model, lambda known: {**known, parameter: self._clock()})

    def renew(self, model: str, parameters: Sequence[Parameter]) -> None:
        """Forget what a model refused before: it was asked anew, and refused these."""
        with self._lock:
            if parameters or model in self._learned:
                self._change(model, lambda _: dict.fromkeys(parameters, self._clock()))

    def _change(self, model: str, change: "Callable[[_Refusals], _Refusals]") -> None:
        """Change what is known of a model here and, one process after the other, in the file."""
        self._learned[model] = change(self._learned.get(model, {}))
        if self._path is None:
            return
        with suppress(OSError, ServiceError), _held(self._path):
            kept = self._read()
            kept[model] = change(kept.get(model, {}))
            write_json(self._path, {name: known for name, known in sorted(kept.items()) if known})

    def _read(self) -> "dict[str, _Refusals]":
        """What the file says and is not too old, nor from the future."""
        try:
            kept = _KEPT.validate_json(self._path.read_bytes()) if self._path else {}
        except (OSError, ValidationError):
            return {}
        now = self._clock()
        return {
            model: {parameter: at for parameter, at in known.items() if 0.0 <= now - at < LESSON_DAYS * 86_400}
            for model, known in kept.items()
        }


_Refusals: TypeAlias = dict[Parameter, float]
"""When a model refused each parameter, in seconds since the epoch."""
_KEPT = TypeAdapter(dict[str, _Refusals])


@contextmanager
def _held(path: Path) -> Generator[None]:
    """Have a file to oneself among the processes that ask for it here."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("ab") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def look_up(model: str, api_base: str | None, prices: Mapping[str, _Usd]) -> Capabilities:
    """What the lists say of a model; `prices` are US dollars per million tokens in and out, and go before the lists.

    A model that is on no list is taken to hold to a schema until its service refuses one, and to see nothing.
    """
    entry = _find_entry(model, api_base)
    if entry is None:
        return Capabilities(structured="schema", price=_find_price(model, prices, {}))
    has_schema, has_tools = entry.supports_response_schema, entry.supports_function_calling
    return Capabilities(
        structured="schema" if has_schema else "tool" if has_tools else "text",
        sees_images=bool(entry.supports_vision),
        context_tokens=entry.max_input_tokens or entry.max_tokens,
        reply_tokens=entry.max_output_tokens,
        price=_find_price(model, prices, entry.model_dump()),
        is_listed=True,
    )


class _Entry(BaseModel):
    """A line of LiteLLM's list."""

    model_config = ConfigDict(extra="ignore")
    max_tokens: int | None = None
    max_input_tokens: int | None = None
    max_output_tokens: int | None = None
    input_cost_per_token: float | None = None
    output_cost_per_token: float | None = None
    supports_response_schema: bool | None = None
    supports_function_calling: bool | None = None
    supports_vision: bool | None = None


def _find_entry(model: str, api_base: str | None) -> _Entry | None:
    try:
        return _Entry.model_validate(dict(load_litellm().get_model_info(model, api_base=api_base)))
    except Exception:  # unknown models raise several types, plain Exception among them
        return None


def _find_price(model: str, prices: Mapping[str, _Usd], entry: Mapping[str, Any]) -> Price:
    if model in prices:
        usd_in, usd_out = prices[model]
        return Price(usd_in=usd_in / 1e6, usd_out=usd_out / 1e6, is_known=True)
    usd = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
    return Price() if None in usd else Price(usd_in=usd[0] or 0.0, usd_out=usd[1] or 0.0, is_known=True)
