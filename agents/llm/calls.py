"""Where model calls are kept. The store implements the Protocol; nothing here writes."""

from typing import Protocol

from agents.schema import ModelCall


class CallRecorder(Protocol):
    """Keeps calls across restarts, so that a budget holds for the whole run."""

    def add(self, call: ModelCall) -> None: ...

    def total_usd(self) -> float:
        """What all calls of the run cost together."""
        ...
