"""Searches are kept as they were answered, and answered from there."""

from pathlib import Path

from agents.literature.recorded import RecordedLiterature, RecordingLiterature, read_searches
from tests.agents.llm.task_samples import SOURCE
from tests.fakes import FixedLiterature


def test_what_was_found_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "literature.jsonl"
    first = RecordingLiterature(FixedLiterature([SOURCE]), path)
    assert first.search("dropout", 5) == [SOURCE] and first.search("dropout", 0) == []
    with path.open("a") as file:
        file.write('{"query": "torn by a k')
    again = RecordedLiterature(read_searches(path.read_text()), lambda what, consequence: None)
    assert again.search("dropout", 5) == [SOURCE] == again.search("dropout", 5)
    assert again.search("dropout", 0) == []


def test_a_search_that_was_not_made_finds_nothing_and_is_told_once() -> None:
    told: list[str] = []
    literature = RecordedLiterature([], lambda what, consequence: told.append(what))
    assert literature.search("new", 3) == [] == literature.search("newer", 3)
    assert told == ["the recording holds no search for 'new'"]
