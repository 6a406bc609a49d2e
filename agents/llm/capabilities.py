"""What a model can do: by LiteLLM's lists, by the settings, and by what its service was found to refuse."""

import json
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from agents.files import write_json
from agents.llm.library import load_litellm
from agents.schema import Record

Parameter: TypeAlias = Literal[
    "response_format", "tools", "temperature", "max_tokens", "max_completion_tokens", "images"
]
"""What a service may refuse of a call without refusing the call itself."""
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
    """What models were found to refuse, for as long as the process lives; with a `path`, for the next one too.

    The file is a cache: one that cannot be read costs a few refused calls, no more.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Lock()
        self._refused = _read(path) if path else {}

    def refused(self, model: str) -> tuple[Parameter, ...]:
        """Parameters that a model is not to be given again, in the order in which it refused them."""
        with self._lock:
            return self._refused.get(model, ())

    def learn(self, model: str, parameter: Parameter) -> None:
        """Remember a refusal; safe to repeat."""
        with self._lock:
            known = self._refused.get(model, ())
            if parameter in known:
                return
            self._refused[model] = (*known, parameter)
            if self._path:
                write_json(self._path, {name: {"refused": names} for name, names in sorted(self._refused.items())})


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


class _Remembered(BaseModel):
    model_config = ConfigDict(extra="forbid")
    refused: tuple[Parameter, ...]


def _read(path: Path) -> dict[str, tuple[Parameter, ...]]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return {name: _Remembered.model_validate(entry).refused for name, entry in entries.items()}
    except (OSError, ValueError, AttributeError, ValidationError):
        return {}
