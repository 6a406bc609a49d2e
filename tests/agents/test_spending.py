"""Sums of bills, and which call still fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import BudgetExceeded
from agents.settings import BudgetSettings
from agents.spending import Bill, Spent, add_up, check_limits, group


def bill(model: str = "a", usd: float = 0.1, wall_s: float = 1.0, *, is_failed: bool = False, tokens: int = 10) -> Bill:
    return Bill(model=model, tokens_in=tokens, tokens_out=1, cost_usd=usd, wall_s=wall_s, is_failed=is_failed)


def test_a_sum_tells_failed_calls_and_those_whose_cost_is_assumed() -> None:
    refused = bill(usd=0.0, wall_s=90.0, is_failed=True, tokens=0).model_copy(update={"tokens_out": 0})
    total = add_up([bill(), bill(usd=0.7, wall_s=300.0, is_failed=True), refused])
    assert (total.calls, total.failed, total.assumed) == (3, 2, 1)
    assert (total.usd, total.assumed_usd) == pytest.approx((0.8, 0.7))
    assert (total.tokens_in, total.tokens_out) == (20, 2)
    assert (total.median_s, total.p95_s) == (1.0, 1.0)  # how long a failure took says nothing about a model


def test_latency_is_the_median_and_what_95_of_100_did_not_pass() -> None:
    total = add_up([bill(wall_s=float(wall_s)) for wall_s in range(1, 101)])
    assert (total.median_s, total.p95_s) == (50.5, 95.0)


def test_nothing_adds_up_to_nothing() -> None:
    assert add_up([]).model_dump(exclude={"median_s", "p95_s"}) == dict.fromkeys(
        ("calls", "failed", "assumed", "unpriced", "tokens_in", "tokens_out", "usd", "assumed_usd"), 0
    )


def test_a_sum_tells_the_calls_whose_price_nobody_knows_but_not_those_that_took_nothing() -> None:
    free = [bill(usd=0.0).model_copy(update={"is_priced": False}) for _ in range(2)]
    refused = free[0].model_copy(update={"tokens_in": 0, "tokens_out": 0, "is_failed": True})
    assert add_up([bill(), *free, refused]).unpriced == 2


def test_groups_begin_with_the_dearest() -> None:
    sums = group([bill("cheap"), bill("free", 0.0), bill("dear", 1.0), bill("cheap")], lambda each: each.model)
    assert {name: each.calls for name, each in sums.items()} == {"dear": 1, "cheap": 2, "free": 1}
    assert [*sums] == ["dear", "cheap", "free"]


@given(st.floats(0, 2), st.floats(0, 2), st.integers(0, 200), st.integers(0, 200))
def test_a_call_passes_if_and_only_if_it_fits(used: float, worst: float, tokens: int, more: int) -> None:
    fits = (worst == 0 or used + worst <= 1.0) and tokens + more <= 100
    try:
        check_limits(BudgetSettings(usd=1.0, tokens=100), Spent(used, tokens), Spent(worst, more))
    except BudgetExceeded:
        assert not fits
    else:
        assert fits
