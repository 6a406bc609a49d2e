"""Literature searches of a run, kept as they were answered, and answers from there in place of a service."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock

from pydantic import ValidationError

from agents.schema import Findings, Record, Source
from agents.services import Literature


class Search(Record):
    """A search that was answered."""

    query: str
    count: int
    found: Findings


class RecordingLiterature:
    """Searches as another does, and keeps every answer as a line of `path`."""

    def __init__(self, literature: Literature, path: Path) -> None:
        self._literature = literature
        self._path = path
        self._lock = Lock()

    def search(self, query: str, count: int) -> list[Source]:
        """Return what the other finds; raises what it raises."""
        return list(self.find(query, count).sources)

    def find(self, query: str, count: int) -> Findings:
        """Return what the other finds, and which sources had their say."""
        found = self._literature.find(query, count)
        line = Search(query=query, count=count, found=found).model_dump_json().encode() + b"\n"
        with self._lock, self._path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        return found


class RecordedLiterature:
    """Answers searches from a recording, equal ones in their order. `on_degraded(what, consequence)` hears of the first
    search that it does not hold."""

    def __init__(self, searches: Iterable[Search], on_degraded: Callable[[str, str], None]) -> None:
        self._answers: dict[tuple[str, int], list[Findings]] = {}
        for each in searches:
            self._answers.setdefault((each.query, each.count), []).append(each.found)
        self._on_degraded = on_degraded
        self._lock = Lock()
        self._is_told = False

    def search(self, query: str, count: int) -> list[Source]:
        """Return what was found then, nothing for a search that was not made."""
        return list(self.find(query, count).sources)

    def find(self, query: str, count: int) -> Findings:
        """Return what was found then; no source answers a search that was not made."""
        with self._lock:
            answers = self._answers.get((query, count))
            if answers:
                return answers.pop(0) if len(answers) > 1 else answers[0]
            is_news, self._is_told = not self._is_told, True
        if is_news:
            self._on_degraded(f"the recording holds no search for {query!r}", "nothing is found where it has no answer")
        return Findings()


def read_searches(text: str) -> list[Search]:
    """Searches in the text of a file; a line that a kill tore is passed over."""
    found: list[Search] = []
    for line in text.split("\n"):
        try:
            found.append(Search.model_validate_json(line))
        except ValidationError:
            continue
    return found
