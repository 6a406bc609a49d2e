"""Where model calls are kept. The store implements the Protocol; nothing here writes."""

from typing import Protocol

from agents.schema import ModelCall
from agents.settings import BudgetSettings


class CallRecorder(Protocol):
    """Keeps calls across restarts, so that a budget holds for the whole run."""

    def reserve(self, worst: ModelCall, limits: BudgetSettings) -> str:
        """Set aside what a call may take at most before it is made, and return a name for that.

        Raises BudgetExceeded unless it fits beside all calls that ended and all that others have set aside: those of
        other threads and processes too.
        """
        ...

    def settle(self, reservation: str, call: ModelCall) -> None:
        """Put the call as it ended in the place of what was set aside for it, in one step."""
        ...

    def add(self, call: ModelCall) -> None:
        """Keep a call for which nothing was set aside."""
        ...

    def total_usd(self) -> float:
        """What all calls of the run cost together."""
        ...
