"""How often a service may be asked: one question per interval, none before the time that the service itself named."""

import time
from collections.abc import Callable
from threading import Lock

from agents.errors import ServiceError


class Pace:
    """Turns of one service, `interval_s` apart, shared by all threads."""

    def __init__(
        self,
        interval_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval_s = interval_s
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._next = 0.0

    def take_turn(self, patience_s: float) -> None:
        """Wait for the next turn; raises ServiceError at once when it would come later than in `patience_s` seconds."""
        with self._lock:
            now = self._clock()
            wait_s = max(self._next - now, 0.0)
            if wait_s > patience_s:
                raise ServiceError(f"may not be asked again for {wait_s:.0f} s", retryable=True)
            self._next = now + wait_s + self._interval_s
        if wait_s > 0:
            self._sleep(wait_s)

    def rest(self, seconds: float) -> None:
        """Give no turn for `seconds` from now: the service asked for it."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
