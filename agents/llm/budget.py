"""A limit on what model calls may take: the worst case is set aside before a call, so lanes cannot overrun it."""

import json
from collections.abc import Generator
from contextlib import contextmanager

from agents.llm.calls import CallRecorder
from agents.schema import ModelCall
from agents.settings import BudgetSettings

LOST = "the call ended without an answer that was recorded"


class Reservation:
    """What was set aside for one call; `worst` is that call at the most it may take."""

    def __init__(self, calls: CallRecorder, worst: ModelCall, limits: BudgetSettings) -> None:
        self.worst = worst
        self.is_settled = False
        self._calls = calls
        self._name = calls.reserve(worst, limits)

    def settle(self, call: ModelCall) -> None:
        """Record the call as it ended, in the place of what was set aside."""
        self.is_settled = True
        self._calls.settle(self._name, call)


class Budget:
    """What the calls of a run may take together: US dollars, and tokens where `limits.tokens` is not 0.

    Models that are asked side by side share one, or have each their own over the same `calls`.
    """

    def __init__(self, limits: BudgetSettings, calls: CallRecorder) -> None:
        self.limits = limits
        self._calls = calls

    @contextmanager
    def reserve(self, call: ModelCall, usd: float, tokens_in: int, tokens_out: int) -> Generator[Reservation]:
        """Set aside what `call` may take at most while it runs; raises BudgetExceeded if that does not fit.

        The block settles the reservation. If it ends without that, the call counts at its worst case: it may be billed.
        """
        most = {"cost_usd": usd, "tokens_in": tokens_in, "tokens_out": tokens_out}
        held = Reservation(self._calls, call.model_copy(update=most), self.limits)
        try:
            yield held
        finally:
            if not held.is_settled:
                held.settle(held.worst.model_copy(update={"reply": json.dumps({"error": LOST})}))
