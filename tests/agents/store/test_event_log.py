"""The event log survives kills, and says the same to the file and to those who listen."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import ServiceError
from agents.events import Degraded, Event, StageStarted
from agents.store.event_log import EventLog, read_events


def _stage(node: str) -> StageStarted:
    return StageStarted(at=1.0, study="s1", node=node)


def test_what_was_emitted_is_read_back_in_order(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    for node in ("explore", "ablate"):
        log.emit(_stage(node))
    log.close()
    assert read_events(tmp_path / "events.jsonl") == [_stage("explore"), _stage("ablate")]


def test_a_line_is_in_the_file_before_emit_returns(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl")
    log.emit(_stage("explore"))
    assert json.loads((tmp_path / "events.jsonl").read_text())["node"] == "explore"
    log.close()


def test_reopening_cuts_off_the_line_that_a_kill_tore(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(_stage("explore").model_dump_json() + "\n" + _stage("ablate").model_dump_json()[:20])
    log = EventLog(path)
    log.emit(_stage("draw_figures"))
    log.close()
    assert [line["node"] for line in map(json.loads, path.read_text().splitlines())] == ["explore", "draw_figures"]


@given(cut=st.integers(0, 200))
def test_a_cut_at_any_byte_costs_one_event_at_most(cut: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    events: list[Event] = [_stage("explore"), Degraded(at=2.0, what="no \u00e9", consequence="none\nat all")]
    whole = b"".join(event.model_dump_json().encode() + b"\n" for event in events)
    kept = whole[:cut]
    path.write_bytes(kept)
    log = EventLog(path)
    log.emit(_stage("ablate"))
    log.close()
    assert read_events(path) == [*events[: kept.count(b"\n")], _stage("ablate")]


def test_reading_passes_over_torn_lines_and_unknown_events(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    lines = ['{"event": "from_the_future", "at": 1}', _stage("explore").model_dump_json(), "\x00\x00", '{"event": "st']
    path.write_text("\n".join(lines))
    assert read_events(path) == [_stage("explore")]


def test_there_are_no_events_where_there_is_no_file(tmp_path: Path) -> None:
    assert read_events(tmp_path / "events.jsonl") == []


def test_threads_never_mix_their_lines_and_subscribers_see_the_order_of_the_file(tmp_path: Path) -> None:
    heard: list[Event] = []
    log = EventLog(tmp_path / "events.jsonl", (heard.append,))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(log.emit, [_stage(f"node {number}") for number in range(200)]))
    log.close()
    assert read_events(tmp_path / "events.jsonl") == heard
    assert len(heard) == 200


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_line_that_says_what_to_do() -> None:
    log = EventLog(Path("/dev/full"))
    with pytest.raises(ServiceError, match="free some disk space"):
        log.emit(_stage("explore"))
    log.close()
