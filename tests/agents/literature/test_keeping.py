"""What stands between a run and a remote source: pace, guard and cache."""

import json
from pathlib import Path
from threading import Thread

import pytest

from agents.errors import ServiceError
from agents.literature.cached import KEPT_DAYS, Cached, prune_cache
from agents.literature.guarded import FIRST_PENALTY_S, LONGEST_PENALTY_S, Guarded
from agents.literature.pace import Pace
from agents.literature.publication import Publication, make_source
from agents.schema import Source

FOUND = make_source(Publication(title="A Title", year=2020), "counting")


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Counting:
    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False
        self.found: list[Source] = [FOUND] if FOUND else []

    def search(self, query: str, count: int) -> list[Source]:
        self.asked += 1
        if self.is_down:
            raise ServiceError("answered HTTP status 429", retryable=True)
        return self.found[:count]


def ignore(what: str, consequence: str) -> None:
    raise AssertionError(f"{what}: {consequence}")


def cached(source: Counting, folder: Path, clock: Clock | None = None, name: str = "counting") -> Cached:
    return Cached(source, name, folder, ignore, clock or Clock())


def test_turns_are_an_interval_apart() -> None:
    clock = Clock()
    pace = Pace(3.0, clock, clock.sleep)
    for _ in range(4):
        pace.take_turn(patience_s=5.0)
    assert clock.now == 1009.0


def test_whoever_would_wait_too_long_is_refused_at_once() -> None:
    clock = Clock()
    pace = Pace(3.0, clock, clock.sleep)
    pace.take_turn(5.0)
    pace.rest(60.0)
    with pytest.raises(ServiceError, match="may not be asked again for 60 s"):
        pace.take_turn(5.0)
    assert clock.now == 1000.0


def test_threads_share_the_turns() -> None:
    waits: list[float] = []
    pace = Pace(2.0, lambda: 0.0, waits.append)
    threads = [Thread(target=pace.take_turn, args=(100.0,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == [2.0 * turn for turn in range(1, 8)]


def test_a_source_that_fails_is_left_alone_twice_as_long_each_time() -> None:
    clock, source = Clock(), Counting()
    source.is_down = True
    guarded = Guarded(source, clock)
    penalties: list[float] = []
    for _ in range(8):
        with pytest.raises(ServiceError, match="429"):
            guarded.search("q", 1)
        begin = clock.now
        while True:
            asked = source.asked
            with pytest.raises(ServiceError, match=r"not asked for another|429"):
                guarded.search("q", 1)
            if source.asked > asked:
                break
            clock.sleep(1.0)
        penalties.append(clock.now - begin)
        clock.now += LONGEST_PENALTY_S
    assert penalties[0] == FIRST_PENALTY_S
    assert penalties[1] > penalties[0]
    assert max(penalties) == LONGEST_PENALTY_S


def test_a_hundred_questions_pay_for_one_failure() -> None:
    source = Counting()
    source.is_down = True
    guarded = Guarded(source, Clock())
    for _ in range(100):
        with pytest.raises(ServiceError):
            guarded.search("q", 1)
    assert source.asked == 1


def test_a_source_that_came_back_is_trusted_again() -> None:
    clock, source = Clock(), Counting()
    guarded = Guarded(source, clock)
    source.is_down = True
    with pytest.raises(ServiceError):
        guarded.search("q", 1)
    source.is_down, clock.now = False, clock.now + FIRST_PENALTY_S
    assert guarded.search("q", 1) == guarded.search("q", 1) == [FOUND]


def test_an_answer_is_asked_for_once_by_all_runs_of_a_workspace(tmp_path: Path) -> None:
    source = Counting()
    assert cached(source, tmp_path).search("deep  nets", 3) == [FOUND]
    assert cached(source, tmp_path).search("deep nets ", 3) == [FOUND]
    assert source.asked == 1


def test_another_question_count_or_source_is_another_answer(tmp_path: Path) -> None:
    source = Counting()
    for name, query, count in (("a", "q", 1), ("a", "r", 1), ("a", "q", 2), ("b", "q", 1)):
        cached(source, tmp_path, name=name).search(query, count)
    assert source.asked == 4


def test_failures_and_empty_answers_are_not_kept(tmp_path: Path) -> None:
    source = Counting()
    source.is_down = True
    for _ in range(2):
        with pytest.raises(ServiceError):
            cached(source, tmp_path).search("q", 1)
    source.is_down, source.found = False, []
    cached(source, tmp_path).search("q", 1)
    cached(source, tmp_path).search("q", 1)
    assert source.asked == 4


def test_an_old_answer_is_asked_for_again(tmp_path: Path) -> None:
    source, clock = Counting(), Clock()
    kept = cached(source, tmp_path, clock)
    kept.search("q", 1)
    clock.now += KEPT_DAYS * 86_400 - 1
    kept.search("q", 1)
    assert source.asked == 1
    clock.now += 2
    kept.search("q", 1)
    assert source.asked == 2


@pytest.mark.parametrize("wreck", ["", "{", "[]", '{"at": 1}', "\x00\xff", "of another query"])
def test_a_wrecked_file_is_a_miss_and_is_mended(tmp_path: Path, wreck: str) -> None:
    source = Counting()
    cached(source, tmp_path).search("q", 1)
    [file] = tmp_path.glob("*.json")
    whole = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(whole | {"query": "z"}) if wreck == "of another query" else wreck, encoding="utf-8")
    assert cached(source, tmp_path).search("q", 1) == [FOUND]
    assert source.asked == 2
    assert json.loads(file.read_text(encoding="utf-8")) == whole


def test_a_cache_that_cannot_be_written_is_told_of_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told: list[str] = []
    kept = Cached(Counting(), "counting", tmp_path / "file", lambda what, _: told.append(what))
    assert kept.search("q", 1) == kept.search("r", 1) == [FOUND]
    assert told == ["literature cache"]


def test_a_cache_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.literature.cached.MOST_FILES", 3)
    for query in "abcdef":
        cached(Counting(), tmp_path).search(query, 1)
    prune_cache(tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 3
