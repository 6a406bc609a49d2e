"""Several literature sources as one. A source that hangs or fails costs a recorded degradation, never the run."""

import time
from collections.abc import Callable, Sequence
from threading import Lock, Thread

from agents.errors import ServiceError
from agents.literature.merging import merge_answers
from agents.literature.publication import normalised_title as normalised_title
from agents.schema import Findings, Source
from agents.services import LiteratureSource


class Cascade:
    """Asks all sources side by side, waits at most `deadline_s` seconds for them together, and merges what came.

    `on_degraded(what, consequence)` hears once of each source that is down. A source whose earlier question still
    hangs is not asked again.
    """

    def __init__(
        self,
        sources: Sequence[tuple[str, LiteratureSource]],
        deadline_s: float,
        on_degraded: Callable[[str, str], None],
    ) -> None:
        self._sources = tuple(sources)
        self._deadline_s = deadline_s
        self._on_degraded = on_degraded
        self._lock = Lock()
        self._hanging: dict[str, Thread] = {}
        self._reported: set[str] = set()

    def search(self, query: str, count: int) -> list[Source]:
        """Return at most `count` sources: everyone's nearest first, then everyone's second; an empty list if none."""
        return list(self.find(query, count).sources)

    def find(self, query: str, count: int) -> Findings:
        """Like search, and says which sources answered and which failed."""
        until = time.monotonic() + self._deadline_s
        questions = [self._ask(name, source, query, count) for name, source in self._sources]
        answers = [self._answer(question, until) for question in questions]
        answered = tuple(question.name for question in questions if question.is_answered)
        if not answered:
            self._report("literature", "no source answered; the paper cites nothing and its novelty is unknown")
        return Findings(
            sources=tuple(merge_answers(answers)[: max(count, 0)]),
            answered=answered,
            failed=tuple(question.name for question in questions if not question.is_answered),
        )

    def _ask(self, name: str, source: LiteratureSource, query: str, count: int) -> "_Question":
        question = _Question(name, source, query, count)
        with self._lock:
            hanging = self._hanging.get(name)
        if hanging is None or not hanging.is_alive():
            question.start()
        return question

    def _answer(self, question: "_Question", until: float) -> list[Source]:
        question.wait(until - time.monotonic())
        if question.bug is not None:
            raise question.bug
        if not question.is_answered:
            self._note_failure(question)
        return question.found or []

    def _note_failure(self, question: "_Question") -> None:
        if question.failure is None and question.thread is not None:
            with self._lock:
                self._hanging[question.name] = question.thread
        reason = str(question.failure) if question.failure else f"no answer within {self._deadline_s:g} s"
        self._report(f"literature source {question.name}", f"{reason}; the search goes on without it")

    def _report(self, what: str, consequence: str) -> None:
        with self._lock:
            is_new = what not in self._reported
            self._reported.add(what)
        if is_new:
            self._on_degraded(what, consequence)


class _Question:
    """One search of one source in a daemon thread, which dies with the process if it never returns."""

    def __init__(self, name: str, source: LiteratureSource, query: str, count: int) -> None:
        self.name = name
        self.found: list[Source] | None = None
        self.failure: ServiceError | None = None
        self.bug: Exception | None = None
        self._search = lambda: source.search(query, count)
        self.thread: Thread | None = None

    @property
    def is_answered(self) -> bool:
        return self.found is not None

    def start(self) -> None:
        self.thread = Thread(target=self._run, daemon=True, name=f"literature-{self.name}")
        self.thread.start()

    def wait(self, seconds: float) -> None:
        if self.thread is not None:
            self.thread.join(max(seconds, 0.0))

    def _run(self) -> None:
        try:
            self.found = self._search()
        except ServiceError as error:
            self.failure = error
        except Exception as error:  # a bug belongs to the caller's thread, which raises it
            self.bug = error
