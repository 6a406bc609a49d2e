"""The archive and the call log keep what they are given, across processes."""

import sqlite3
from pathlib import Path

import pytest
from pydantic import ValidationError

from agents.errors import ServiceError
from agents.schema import ModelCall
from agents.store.archive import SqlArchive
from agents.store.calls import CallLog
from agents.store.database import sqlite_url, study_order
from agents.store.journal import SqlJournal
from tests.agents.store.samples import make_entry, make_plan


def test_entries_come_in_order_of_study_however_they_were_added(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "journal.db")
    archive = SqlArchive(url)
    for study in ("s10", "s2", "s1b", "s1"):
        archive.add(make_entry(study))
    assert [entry.study for entry in SqlArchive(url).entries()] == ["s1", "s1b", "s2", "s10"]


def test_a_study_added_again_replaces_its_entry(tmp_path: Path) -> None:
    archive = SqlArchive(sqlite_url(tmp_path / "journal.db"))
    archive.add(make_entry(overall=4.5))
    archive.add(make_entry(overall=6.125))
    assert archive.entries() == [make_entry(overall=6.125)]


def test_journal_and_archive_share_one_file(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "journal.db")
    SqlArchive(url).add(make_entry())
    SqlJournal(url).register(make_plan())
    assert SqlArchive(url).entries() == [make_entry()]
    assert SqlJournal(url).registration("s1") == make_plan()


def test_costs_add_up_over_processes(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "calls.db")
    assert CallLog(url).total_usd() == 0.0
    for cost in (0.25, 0.5):
        CallLog(url).add(_call(cost))
    assert CallLog(url).total_usd() == 0.75
    assert [call.cost_usd for call in CallLog(url).calls()] == [0.25, 0.5]


def test_calls_of_unknown_price_are_counted_beside_the_sum(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "calls.db")
    CallLog(url).add(_call(0.25))
    CallLog(url).add(_call(0.0).model_copy(update={"is_priced": False, "tokens_in": 9}))
    assert CallLog(url).total_paid() == (0.25, 1)
    assert [bill.is_unpriced for bill in CallLog(url).bills()] == [False, True]


@pytest.mark.parametrize("cost", [-1.0, float("nan"), float("inf")])
def test_a_cost_that_is_none_is_refused(cost: float) -> None:
    with pytest.raises(ValidationError):
        _call(cost)


def test_a_file_that_is_no_database_is_one_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("not a database " * 100)
    with pytest.raises(ServiceError, match=r"journal\.db: file is not a database"):
        SqlJournal(sqlite_url(tmp_path / "journal.db"))


def test_a_record_of_another_version_is_one_line_that_says_so(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path / "journal.db")
    SqlJournal(url).register(make_plan())
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        connection.execute("UPDATE registrations SET document = '{\"mood\": 1}'")
    with pytest.raises(ServiceError, match="another version of Naturalist"):
        SqlJournal(url).registration("s1")


def test_an_error_never_shows_the_password_of_a_database() -> None:
    with pytest.raises(ServiceError) as caught:
        SqlJournal("nonsense://someone:secret@host/runs")
    assert "secret" not in str(caught.value)


def test_studies_are_ordered_by_number_and_letter() -> None:
    assert sorted(["s10", "s1c", "other", "s2", "s1", "s1b"], key=study_order) == [
        "other", "s1", "s1b", "s1c", "s2", "s10",
    ]  # fmt: skip


def _call(cost: float) -> ModelCall:
    return ModelCall(task="ProposeIdeas", model="some/model", prompt_sha256="a" * 64, reply="{}", cost_usd=cost)
