"""Stand-ins for the seams, for tests: scripted, in memory, honest about what they were asked."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from agents.schema import Compilation, Completion, Draft, Findings, Job, Record, Review, Source, Task


class ScriptedModel:
    """Answers tasks from a dict of task name -> reply or function of the task; keeps what it was asked."""

    def __init__(self, replies: dict[str, Record | Callable[[Any], Record]], name: str = "scripted") -> None:
        self.name = name
        self.replies = replies
        self.asked: list[Task[Any]] = []

    def ask(self, task: Task[Any]) -> Any:
        self.asked.append(task)
        reply = self.replies[type(task).__name__]
        return reply(task) if callable(reply) else reply


class InlineExecutor:
    """Runs a function instead of programs, at once, in the caller's thread."""

    slots = 1

    def __init__(self, run: Callable[[Job], tuple[Completion, ...]]) -> None:
        self.run = run
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        self.jobs.append(job)
        future: Future[tuple[Completion, ...]] = Future()
        future.set_result(self.run(job))
        return future

    def close(self) -> None:
        self.jobs.clear()


class FixedLiterature:
    """Finds the same publications whatever is asked; with `answered` empty it is a service that is down."""

    def __init__(self, sources: Iterable[Source] = (), answered: tuple[str, ...] = ("fixed",)) -> None:
        self.sources = list(sources)
        self.answered = answered

    def search(self, query: str, count: int) -> list[Source]:
        return self.sources[: max(count, 0)]

    def find(self, query: str, count: int) -> Findings:
        return Findings(sources=tuple(self.search(query, count)), answered=self.answered)


class FixedReviewer:
    name = "a fixed reviewer"

    def __init__(self, review: Review) -> None:
        self.fixed = review

    def review(self, draft: Draft) -> Review:
        return self.fixed


class BlankTypesetter:
    """Makes a file named like the PDF; for tests that are not about typesetting."""

    def compile(self, tex: Path) -> Compilation:
        pdf = tex.with_suffix(".pdf")
        pdf.write_bytes(b"%PDF-1.4\n")
        return Compilation(pdf=pdf, problems=(), pages=1)


class EventList:
    def __init__(self) -> None:
        self.events: list[Any] = []

    def emit(self, event: Any) -> None:
        self.events.append(event)
