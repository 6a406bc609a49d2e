"""What is kept of every call to a model, and where to. The store implements the Protocol; nothing here writes."""

from typing import Literal, Protocol

from pydantic import Field

from agents.schema import Finite, Record


class ModelCall(Record):
    """One call that ended. `reply` is JSON: the text that came, or {"error": ...}; field names are the call log's."""

    task: str
    role: Literal["answer", "repair"]
    model: str
    prompt_sha256: str
    reply: str
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    cost_usd: Finite = Field(default=0.0, ge=0)
    wall_s: Finite = Field(default=0.0, ge=0)


class CallRecorder(Protocol):
    """Keeps calls across restarts, so that a budget holds for the whole run."""

    def add(self, call: ModelCall) -> None: ...

    def total_usd(self) -> float:
        """What all calls of the run cost together."""
        ...
