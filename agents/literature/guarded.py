"""A source that has just failed is left alone for a while, so that a hundred questions do not pay its time-out each."""

import time
from collections.abc import Callable
from threading import Lock

from agents.errors import ServiceError
from agents.schema import Source
from agents.services import LiteratureSource

FIRST_PENALTY_S = 30.0
LONGEST_PENALTY_S = 600.0


class Guarded:
    """Asks `source`; after each failure in a row it refuses at once for twice as long as before, then tries again."""

    def __init__(self, source: LiteratureSource, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._until = 0.0
        self._reason = ""

    def search(self, query: str, count: int) -> list[Source]:
        with self._lock:
            left_s, reason = self._until - self._clock(), self._reason
        if left_s > 0:
            raise ServiceError(f"not asked for another {left_s:.0f} s, since it failed: {reason}", retryable=True)
        try:
            found = self._source.search(query, count)
        except ServiceError as error:
            self._penalise(str(error))
            raise
        with self._lock:
            self._failures, self._until = 0, 0.0
        return found

    def _penalise(self, reason: str) -> None:
        with self._lock:
            if self._clock() < self._until:
                return  # questions that were under way when it failed count as one failure
            self._until = self._clock() + min(FIRST_PENALTY_S * 2**self._failures, LONGEST_PENALTY_S)
            self._failures += 1
            self._reason = reason
