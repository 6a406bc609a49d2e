"""What every Journal must do, whichever database is behind it. A new adapter is one more line in ADAPTERS."""

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agents.errors import UserError
from agents.schema import Outcome
from agents.services import Journal
from agents.store.journal import SqlJournal
from agents.store.place import Place, check_store, sqlite_url
from tests.agents.store.samples import make_experiment, make_outcome, make_plan
from tests.postgres import Server

Opener = Callable[[], Journal]
"""Opens the same store as a process of its own would: each call is a new owner."""


def _sqlite(folder: Path, _: pytest.FixtureRequest) -> Place:
    return Place(sqlite_url(folder / "journal.db"))


def _postgresql(_: Path, request: pytest.FixtureRequest) -> Place:
    """A run of its own in a database that holds another run with the same studies."""
    server: Server = request.getfixturevalue("postgres")
    url = check_store(server.make_database())
    with closing(SqlJournal(url, "another run")) as other:
        other.register(make_plan(search_experiments=99))
        other.claim("s1", 0, 9)
        other.claim("s1", 1, 9)
        other.record(make_experiment(0, change="of the other run", outcome=make_outcome(0.125)))
    return Place(url, uuid4().hex)


OPEN_AT_ONCE = 10
ADAPTERS = {"sqlite": _sqlite, "postgresql": _postgresql}


@pytest.fixture(params=sorted(ADAPTERS))
def open_journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    place = ADAPTERS[request.param](tmp_path, request)
    opened: list[SqlJournal] = []

    def open_one() -> Journal:
        opened.append(SqlJournal(*place))
        for earlier in opened[:-OPEN_AT_ONCE]:
            earlier.close()  # gives back its connections, of which a server has not many
        return opened[-1]

    yield open_one
    for journal in opened:
        journal.close()


def _with_lane(step: str) -> st.SearchStrategy[tuple[str, int]]:
    return st.tuples(st.just(step), st.integers(0, 3))


def _run(journal: Journal, study: str, index: int, value: float | None = 0.5) -> None:
    journal.record(make_experiment(index, study))
    journal.finish(make_experiment(index, study).id, make_outcome(value))


class TestJournal:
    def test_registers_a_plan_once_and_the_same_plan_again(self, open_journal: Opener) -> None:
        journal = open_journal()
        journal.register(make_plan())
        journal.register(make_plan())
        assert open_journal().registration("s1") == make_plan()

    def test_knows_no_plan_before_it_is_registered(self, open_journal: Opener) -> None:
        assert open_journal().registration("s1") is None

    def test_refuses_another_plan_and_names_what_differs(self, open_journal: Opener) -> None:
        journal = open_journal()
        journal.register(make_plan(search_experiments=16))
        with pytest.raises(UserError, match="search_experiments"):
            journal.register(make_plan(search_experiments=17))
        assert journal.registration("s1") == make_plan(search_experiments=16)

    def test_claims_ascend_and_end(self, open_journal: Opener) -> None:
        journal = open_journal()
        assert [journal.claim("s1", lane, 3) for lane in range(4)] == [0, 1, 2, None]

    def test_a_lane_gets_its_unfinished_index_again(self, open_journal: Opener) -> None:
        journal = open_journal()
        assert [journal.claim("s1", 0, 9), journal.claim("s1", 1, 9)] == [0, 1]
        journal.record(make_experiment(0))
        assert [journal.claim("s1", 0, 9), journal.claim("s1", 1, 9)] == [0, 1]

    def test_an_outcome_of_any_status_ends_a_claim(self, open_journal: Opener) -> None:
        journal = open_journal()
        journal.claim("s1", 0, 9)
        journal.record(make_experiment(0))
        journal.finish("s1-0000", make_outcome(None, "crash"))
        assert journal.claim("s1", 0, 9) == 1

    def test_a_confirmation_of_the_same_index_does_not_end_a_claim(self, open_journal: Opener) -> None:
        journal = open_journal()
        journal.claim("s1", 0, 9)
        journal.record(make_experiment(0, stage="confirm"))
        journal.finish("s1-0000", make_outcome())
        assert journal.claim("s1", 0, 9) == 0

    def test_an_index_that_is_finished_already_is_never_claimed(self, open_journal: Opener) -> None:
        journal = open_journal()
        _run(journal, "s1", 0)
        assert [journal.claim("s1", lane, 3) for lane in range(3)] == [1, 2, None]

    def test_studies_are_claimed_apart(self, open_journal: Opener) -> None:
        journal = open_journal()
        assert [journal.claim("s1", 0, 2), journal.claim("s2", 0, 2)] == [0, 0]

    def test_a_larger_total_opens_further_indices(self, open_journal: Opener) -> None:
        journal = open_journal()
        _claim_and_run(journal, "s1", lane=0, total=2)
        assert journal.claim("s1", 0, 3) == 2

    def test_eight_lanes_get_each_of_200_indices_exactly_once(self, open_journal: Opener) -> None:
        journal = open_journal()
        with ThreadPoolExecutor(8) as pool:
            lanes = [pool.submit(_claim_and_run, journal, "s1", lane, 200) for lane in range(8)]
            claimed = sorted(index for lane in lanes for index in lane.result())
        assert claimed == list(range(200))
        assert [experiment.index for experiment in journal.experiments("s1", "search")] == list(range(200))

    def test_a_reader_sees_what_was_written_since_its_last_look(self, open_journal: Opener) -> None:
        writer, reader = open_journal(), open_journal()
        writer.record(make_experiment(1))
        assert [each.index for each in reader.experiments("s1")] == [1]
        _run(writer, "s1", 0)
        writer.record(make_experiment(1, change="another"))
        assert [(each.index, each.change) for each in reader.experiments("s1")] == [(0, "baseline"), (1, "another")]
        writer.finish("s1-0001", make_outcome(0.25))
        assert [each.value("accuracy") for each in reader.experiments(stage="search")] == [0.5, 0.25]

    def test_a_list_that_was_given_out_stays_as_it_was(self, open_journal: Opener) -> None:
        journal = open_journal()
        _run(journal, "s1", 0)
        earlier = journal.experiments()
        _run(journal, "s1", 1)
        earlier.clear()
        assert len(journal.experiments()) == 2

    def test_an_experiment_recorded_again_in_another_stage_leaves_the_first(self, open_journal: Opener) -> None:
        journal = open_journal()
        journal.record(make_experiment(0))
        assert len(journal.experiments(stage="search")) == 1
        journal.record(make_experiment(0, stage="confirm"))
        assert (journal.experiments(stage="search"), len(journal.experiments())) == ([], 1)

    def test_eight_owners_may_open_a_new_store_at_once(self, open_journal: Opener) -> None:
        def record_one(index: int) -> None:
            open_journal().record(make_experiment(index))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(record_one, range(8)))
        assert [experiment.index for experiment in open_journal().experiments()] == list(range(8))

    @settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=st.lists(st.sampled_from(["claim", "finish", "kill"]).flatmap(_with_lane), max_size=40))
    def test_whatever_happens_each_index_has_one_holder_and_none_is_lost(
        self, open_journal: Opener, steps: list[tuple[str, int]]
    ) -> None:
        journal, study = open_journal(), f"s{uuid4().hex}"
        held: dict[int, int] = {}
        for step, lane in steps:
            if step == "kill":
                journal, held = open_journal(), {}
            elif step == "claim" and (index := journal.claim(study, lane, 6)) is not None:
                assert held.setdefault(lane, index) == index
                assert len(set(held.values())) == len(held)
            elif step == "finish" and lane in held:
                _run(journal, study, held.pop(lane))
        finished = [experiment.index for experiment in journal.experiments(study)]
        assert sorted(finished + _claim_and_run(open_journal(), study, lane=0, total=6)) == list(range(6))

    def test_after_a_kill_the_orphans_come_first_and_lowest_first(self, open_journal: Opener) -> None:
        killed = open_journal()
        for lane in range(4):
            killed.claim("s1", lane, 9)
        _run(killed, "s1", 1)
        killed.record(make_experiment(3))
        journal = open_journal()
        assert [journal.claim("s1", lane, 9) for lane in (7, 3, 0, 1)] == [0, 2, 3, 4]

    def test_a_resume_with_one_lane_takes_every_orphan(self, open_journal: Opener) -> None:
        killed = open_journal()
        for lane in range(4):
            killed.claim("s1", lane, 6)
        assert _claim_and_run(open_journal(), "s1", lane=3, total=6) == [0, 1, 2, 3, 4, 5]

    def test_a_lane_holds_what_it_claimed_until_another_lane_takes_the_orphan_over(self, open_journal: Opener) -> None:
        """A resumed lane may still work on a claim that its session lost: both would run the same experiment."""
        index = open_journal().claim("s1", 0, 3)
        assert index is not None
        resumed = open_journal()
        assert resumed.hold("s1", index, 0)
        later = open_journal()
        assert later.claim("s1", 1, 3) == index
        assert later.hold("s1", index, 1)
        assert not later.hold("s1", index, 0)

    def test_an_orphan_beyond_a_lowered_total_stays(self, open_journal: Opener) -> None:
        killed = open_journal()
        for lane in range(4):
            killed.claim("s1", lane, 4)
        assert _claim_and_run(open_journal(), "s1", lane=0, total=2) == [0, 1]

    def test_the_first_outcome_stays(self, open_journal: Opener) -> None:
        journal = open_journal()
        journal.record(make_experiment())
        journal.finish("s1-0000", make_outcome(0.7))
        journal.finish("s1-0000", make_outcome(0.9))
        found = journal.get("s1-0000")
        assert found is not None
        assert found.value("accuracy") == 0.7

    def test_finishing_what_was_never_recorded_is_a_bug(self, open_journal: Opener) -> None:
        with pytest.raises(LookupError, match="s1-0000"):
            open_journal().finish("s1-0000", make_outcome())

    def test_recording_again_replaces_until_there_is_an_outcome(self, open_journal: Opener) -> None:
        journal = open_journal()
        journal.record(make_experiment(change="first"))
        journal.record(make_experiment(change="second"))
        journal.finish("s1-0000", make_outcome())
        journal.record(make_experiment(change="third"))
        found = journal.get("s1-0000")
        assert found == make_experiment(change="second", outcome=make_outcome())

    def test_gives_back_what_was_stored_to_the_last_bit(self, open_journal: Opener) -> None:
        outcome = Outcome(status="ok", metrics={"accuracy": 0.1 + 0.2, "tiny": 5e-324, "loss": -1e300})
        open_journal().record(make_experiment(outcome=outcome))
        found = open_journal().get("s1-0000")
        assert found == make_experiment(outcome=outcome)
        assert found is not None
        assert [type(value) for value in found.config.values()] == [float, int, bool, str]

    def test_knows_nothing_of_an_unknown_experiment(self, open_journal: Opener) -> None:
        assert open_journal().get("s1-0000") is None

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_no_value_that_is_not_finite_can_enter(self, value: float) -> None:
        with pytest.raises(ValidationError):
            make_outcome(value)

    def test_lists_in_order_of_study_and_index(self, open_journal: Opener) -> None:
        journal = open_journal()
        for study, index in [("s10", 0), ("s2", 1), ("s2", 0), ("s1b", 0), ("s1", 10), ("s1", 9)]:
            journal.record(make_experiment(index, study))
        found = [experiment.id for experiment in journal.experiments()]
        assert found == ["s1-0009", "s1-0010", "s1b-0000", "s2-0000", "s2-0001", "s10-0000"]

    def test_lists_one_study_or_one_stage(self, open_journal: Opener) -> None:
        journal = open_journal()
        journal.record(make_experiment(0))
        journal.record(make_experiment(1, stage="confirm"))
        journal.record(make_experiment(0, "s2"))
        assert [experiment.id for experiment in journal.experiments("s1")] == ["s1-0000", "s1-0001"]
        assert [experiment.id for experiment in journal.experiments(stage="search")] == ["s1-0000", "s2-0000"]
        assert journal.experiments("s1", "ablate") == []


def _claim_and_run(journal: Journal, study: str, lane: int, total: int) -> list[int]:
    claimed: list[int] = []
    while (index := journal.claim(study, lane, total)) is not None:
        _run(journal, study, index)
        claimed.append(index)
    return claimed
