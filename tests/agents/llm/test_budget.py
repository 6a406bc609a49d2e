"""The budget holds for lanes and processes together and across a kill: the worst case is set aside before a call."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.errors import BudgetExceeded
from agents.llm.budget import LOST, Budget, Reservation
from agents.llm.calls import CallRecorder
from agents.review_models import CallMemory
from agents.schema import ModelCall
from agents.settings import BudgetSettings
from agents.spending import Spent
from agents.store.calls import KILLED, CallLog
from agents.store.database import sqlite_url
from agents.store.place import Place, check_store
from tests.postgres import Server

CALL = ModelCall(task="ProposeChange", model="some/model", prompt_sha256="a" * 64, reply='""')
HANGING = """
import sys, time
from agents.llm.budget import Budget
from agents.schema import ModelCall
from agents.settings import BudgetSettings
from agents.store.calls import CallLog

call = ModelCall(task="ProposeChange", study="s1", model="some/model", prompt_sha256="a" * 64, reply='""')
with Budget(BudgetSettings(usd=1.0), CallLog(*sys.argv[1:])).reserve(call, 0.7, 100, 20):
    print("reserved", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def calls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CallRecorder]:
    if request.param == "memory":
        yield CallMemory()
    else:
        with closing(CallLog(*place_of(request.param, request, tmp_path))) as log:
            yield log


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_of(request.param, request, tmp_path)


def place_of(adapter: str, request: pytest.FixtureRequest, folder: Path) -> Place:
    if adapter == "sqlite":
        return Place(sqlite_url(folder / "calls.db"))
    server: Server = request.getfixturevalue("postgres")
    return Place(check_store(server.make_database()), uuid4().hex)


def spend(budget: Budget, worst_usd: float, usd: float, tokens: int = 0, worst_tokens: int = 0) -> None:
    with budget.reserve(CALL, worst_usd, worst_tokens, 0) as held:
        held.settle(CALL.model_copy(update={"cost_usd": usd, "tokens_in": tokens}))


def budget_of(calls: CallRecorder, usd: float = 1.0, tokens: int = 0) -> Budget:
    return Budget(BudgetSettings(usd=usd, tokens=tokens), calls)


class TestOnEitherRecorder:
    def test_a_call_that_fits_frees_what_it_did_not_need(self, calls: CallRecorder) -> None:
        for _ in range(5):
            spend(budget_of(calls), 0.9, 0.02)
        assert calls.total_usd() == pytest.approx(0.1)

    def test_what_was_spent_before_counts(self, calls: CallRecorder) -> None:
        calls.add(CALL.model_copy(update={"cost_usd": 0.9}))
        with pytest.raises(BudgetExceeded, match="raise it with --budget") as caught:
            spend(budget_of(calls), 0.2, 0.2)
        error = caught.value
        assert (error.kind, error.used, error.limit, error.wanted) == ("usd", 0.9, 1.0, 0.2)

    def test_what_others_have_set_aside_counts(self, calls: CallRecorder) -> None:
        with budget_of(calls).reserve(CALL, 0.6, 0, 0) as held:
            with pytest.raises(BudgetExceeded):
                spend(budget_of(calls), 0.6, 0.6)
            held.settle(CALL)
        spend(budget_of(calls), 0.6, 0.6)

    def test_free_calls_run_on_an_empty_budget(self, calls: CallRecorder) -> None:
        spend(budget_of(calls, usd=0.0), 0.0, 0.0, tokens=10_000, worst_tokens=10_000)

    def test_tokens_are_limited_for_free_calls_too(self, calls: CallRecorder) -> None:
        budget = budget_of(calls, usd=0.0, tokens=1000)
        spend(budget, 0.0, 0.0, tokens=300, worst_tokens=800)
        with pytest.raises(BudgetExceeded, match=r"of 1,000 tokens is used up .300 spent.* with --tokens") as caught:
            spend(budget, 0.0, 0.0, worst_tokens=701)
        assert caught.value.kind == "tokens"
        spend(budget, 0.0, 0.0, worst_tokens=700)

    def test_a_call_that_ends_in_an_unforeseen_way_counts_at_its_worst_case(self, calls: CallRecorder) -> None:
        with pytest.raises(ValueError, match="boom"), budget_of(calls).reserve(CALL, 0.4, 0, 0):
            raise ValueError("boom")
        assert calls.total_usd() == 0.4

    def test_sixteen_lanes_cannot_overrun_together(self, calls: CallRecorder) -> None:
        start, decided = Barrier(16), Barrier(16)

        def lane(_: int) -> bool:
            start.wait()
            try:
                with budget_of(calls).reserve(CALL, 0.3, 0, 0) as held:
                    decided.wait()
                    held.settle(CALL.model_copy(update={"cost_usd": 0.3}))
            except BudgetExceeded:
                decided.wait()
                return False
            return True

        with ThreadPoolExecutor(16) as pool:
            assert sum(pool.map(lane, range(16))) == 3
        assert calls.total_usd() == pytest.approx(0.9)


class TestAcrossProcesses:
    def test_a_process_killed_in_mid_call_leaves_its_worst_case_on_the_budget(self, place: Place) -> None:
        with (
            closing(CallLog(*place)) as calls,
            subprocess.Popen([sys.executable, "-c", HANGING, *place], stdout=subprocess.PIPE) as child,
        ):
            assert child.stdout is not None and child.stdout.readline() == b"reserved\n"
            with pytest.raises(BudgetExceeded):  # the other process is alive, in mid-call
                spend(budget_of(calls), 0.4, 0.4)
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            self.check(calls)

    def check(self, calls: CallLog) -> None:
        assert calls.set_aside() == Spent(0.7, 120)
        (lost,) = calls.write_off()
        assert calls.write_off() == []
        assert (lost.study, lost.cost_usd, lost.tokens_in, lost.tokens_out) == ("s1", 0.7, 100, 20)
        assert lost.reply == KILLED and json.loads(KILLED) == {"error": "the run was killed during this call"}
        assert calls.calls() == [lost]
        assert (calls.total_usd(), calls.set_aside()) == (0.7, Spent())
        with pytest.raises(BudgetExceeded):
            spend(budget_of(calls), 0.4, 0.4)

    def test_what_this_session_holds_is_not_written_off(self, tmp_path: Path) -> None:
        calls = CallLog(sqlite_url(tmp_path / "calls.db"))
        with budget_of(calls).reserve(CALL, 0.5, 0, 0) as held:
            assert calls.write_off() == []
            held.settle(CALL)
        assert calls.total_usd() == 0.0

    def test_of_many_runs_in_one_database_each_has_its_own(self, tmp_path: Path) -> None:
        url = sqlite_url(tmp_path / "calls.db")
        ours, theirs = CallLog(url, "ours"), CallLog(url, "theirs")
        with budget_of(theirs).reserve(CALL, 0.9, 0, 0) as held:
            spend(budget_of(ours), 0.9, 0.9)
            assert CallLog(url, "ours").write_off() == []
            held.settle(CALL)


STEPS = st.lists(
    st.tuples(st.sampled_from(["reserve", "settle", "kill"]), st.integers(0, 40), st.floats(0, 1), st.integers(0, 3)),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_the_total_never_passes_the_limit(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, float, int]]
) -> None:
    """Steps: reserve `cents`, settle an open reservation at a share of it, or be killed with all of them open."""
    url = sqlite_url(tmp_path_factory.mktemp("steps") / "calls.db")
    limits, log, open_ = BudgetSettings(usd=1.0, tokens=150), CallLog(url), list[Reservation]()
    for kind, cents, share, which in steps:
        if kind == "reserve":
            worst = CALL.model_copy(update={"cost_usd": cents / 100, "tokens_out": cents})
            try:
                open_.append(Reservation(log, worst, limits))
            except BudgetExceeded as error:
                assert error.used + error.wanted > error.limit
        elif kind == "settle" and open_:
            held = open_.pop(which % len(open_))
            ended = {"cost_usd": share * held.worst.cost_usd, "tokens_out": int(share * held.worst.tokens_out)}
            held.settle(held.worst.model_copy(update=ended))
        elif kind == "kill":
            log.close()
            log, open_ = CallLog(url), []
            log.write_off()
        aside, ended_ = log.set_aside(), log.calls()
        assert sum(call.cost_usd for call in ended_) + aside.usd <= 1.0 + 1e-9
        assert sum(call.tokens_out for call in ended_) + aside.tokens <= 150
    log.close()


def test_a_lost_call_says_so(tmp_path: Path) -> None:
    calls = CallLog(sqlite_url(tmp_path / "calls.db"))
    with budget_of(calls).reserve(CALL, 0.5, 7, 0):
        pass
    (call,) = calls.calls()
    assert json.loads(call.reply) == {"error": LOST}
    (bill,) = calls.bills()
    assert bill.is_failed and bill.is_assumed
