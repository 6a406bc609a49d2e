"""The budget holds for several lanes at once, because the worst case is set aside before a call."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from agents.errors import BudgetExceeded
from agents.llm.budget import Budget


def test_call_that_fits_runs_and_frees_what_it_set_aside() -> None:
    budget = Budget(1.0, lambda: 0.0)
    for _ in range(5):
        with budget.reserve(1.0):
            pass


def test_spending_of_an_earlier_process_counts() -> None:
    with pytest.raises(BudgetExceeded) as caught, Budget(1.0, lambda: 0.9).reserve(0.2):
        pass
    assert (caught.value.kind, caught.value.used, caught.value.limit) == ("usd", 0.9, 1.0)


def test_free_calls_run_on_an_empty_budget() -> None:
    with Budget(0.0, lambda: 0.0).reserve(0.0):
        pass


def test_failed_call_gives_back_what_it_set_aside() -> None:
    budget = Budget(1.0, lambda: 0.0)
    with pytest.raises(ValueError, match="boom"), budget.reserve(1.0):
        raise ValueError("boom")
    with budget.reserve(1.0):
        pass


def test_lanes_cannot_overrun_together() -> None:
    budget, start, release = Budget(1.0, lambda: 0.0), Barrier(8), Event()

    def lane(_: int) -> bool:
        start.wait()
        try:
            with budget.reserve(0.4):
                release.wait(0.3)
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lane, range(8))) == 2
