"""A limit on what model calls may cost: the worst case is set aside before a call, so lanes cannot overrun it."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import Lock

from agents.errors import BudgetExceeded


class Budget:
    """US dollars that may still be spent; `spent_usd` tells what recorded calls cost so far."""

    def __init__(self, limit_usd: float, spent_usd: Callable[[], float]) -> None:
        self.limit_usd = limit_usd
        self._spent_usd = spent_usd
        self._reserved_usd = 0.0
        self._lock = Lock()

    @contextmanager
    def reserve(self, worst_usd: float) -> Generator[None]:
        """Set `worst_usd` aside while a call runs and is recorded; raises BudgetExceeded if it would not fit."""
        with self._lock:
            used = self._spent_usd() + self._reserved_usd
            if worst_usd > 0 and used + worst_usd > self.limit_usd:
                raise BudgetExceeded("usd", used, self.limit_usd)
            self._reserved_usd += worst_usd
        try:
            yield
        finally:
            with self._lock:
                self._reserved_usd -= worst_usd
