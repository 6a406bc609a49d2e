"""The seams: Protocols of one or two methods, and the bundle of live adapters that graph nodes get as context.

Only run.py knows which adapter stands behind which Protocol.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Flag
from typing import Protocol, TypeVar

from agents.events import Event
from agents.schema import (
    ArchiveEntry,
    Choice,
    Command,
    Compilation,
    Completion,
    Draft,
    Experiment,
    Findings,
    Job,
    Outcome,
    Record,
    Registration,
    Review,
    Source,
    Stage,
    Task,
    Template,
)
from agents.settings import Settings

R = TypeVar("R", bound=Record)


class Model(Protocol):
    """Answers tasks. `name` is what papers and the journal call the researcher."""

    @property
    def name(self) -> str: ...

    def ask(self, task: Task[R]) -> R:
        """Return a reply of the task's own reply type; raises ServiceError or BudgetExceeded."""
        ...


class Sandbox(Protocol):
    """Runs a command shut off from the host; how far is said by `guarantees`, one short phrase each."""

    @property
    def name(self) -> str: ...

    @property
    def guarantees(self) -> tuple[str, ...]: ...

    def run(self, command: Command, stop: Flag) -> Completion:
        """Run to the end or to a limit; raises Interrupted when `stop` is set, ServiceError when the sandbox fails."""
        ...

    def close(self) -> None:
        """Give back what is kept between runs; safe to repeat."""
        ...


class Executor(Protocol):
    """Runs jobs in slots of CPU, memory and GPU."""

    @property
    def slots(self) -> int: ...

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        """Queue a job; the result has one completion per command that was started."""
        ...

    def close(self) -> None:
        """Stop what runs (its futures raise Interrupted) and free the slots."""
        ...


class LiteratureSource(Protocol):
    """Finds publications in one place."""

    def search(self, query: str, count: int) -> list[Source]:
        """Return at most `count` sources, nearest first; raises ServiceError when the service does not answer."""
        ...


class Literature(LiteratureSource, Protocol):
    """Finds publications in all places that the run asks."""

    def find(self, query: str, count: int) -> Findings:
        """Like search, and says which sources answered and which failed; that all failed is no error."""
        ...


class Search(Protocol):
    """Decides what the nodes of a study's search are; behind it stands a policy (agents/search/view.py)."""

    def decide(self, plan: Registration, index: int, nodes: Sequence[Experiment]) -> Choice:
        """Return what node `index` is to be. `nodes` are those recorded so far, in order of index.

        All that lie `search.lag` or more before it must have their outcome. The answer depends on those alone.
        """
        ...


class Reviewer(Protocol):
    """Reviews a typeset draft. `name` says who it is and whether it is calibrated."""

    @property
    def name(self) -> str: ...

    def review(self, draft: Draft) -> Review: ...


class Typesetter(Protocol):
    """Turns a LaTeX file into a PDF beside it."""

    def compile(self, tex: Path) -> Compilation:
        """Typeset `tex`; problems in the source are in the result, a missing typesetter raises ServiceError."""
        ...


class Journal(Protocol):
    """The truth about a run's experiments. Every method is safe to repeat: rows are keyed by id and replaced whole."""

    def register(self, plan: Registration) -> None:
        """Fix the plan of a study; a different plan for the same study raises UserError."""
        ...

    def registration(self, study: str) -> Registration | None: ...

    def claim(self, study: str, lane: int, total: int) -> int | None:
        """Take the next search index in [0, total) for a lane; None when all are taken.

        Its own unfinished one comes first, then an orphan's, then a new one.
        """
        ...

    def hold(self, study: str, index: int, lane: int) -> bool:
        """Whether `lane` may work on an index that it claimed, perhaps in an earlier session; it adopts an orphan.

        False when another lane of this session has taken it over.
        """
        ...

    def record(self, experiment: Experiment) -> None:
        """Store an experiment before it runs; one that already has an outcome is left as it is."""
        ...

    def finish(self, experiment: str, outcome: Outcome) -> None:
        """Store the outcome of a recorded experiment; the first outcome stays."""
        ...

    def get(self, experiment: str) -> Experiment | None: ...

    def experiments(self, study: str | None = None, stage: Stage | None = None) -> list[Experiment]:
        """Experiments in order of study and index."""
        ...


class Archive(Protocol):
    """Finished studies of the run with their reviews; what was said of one steers the choice of the next."""

    def add(self, entry: ArchiveEntry) -> None: ...

    def entries(self) -> list[ArchiveEntry]: ...


class EventSink(Protocol):
    def emit(self, event: Event) -> None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a graph node may use, handed over as LangGraph runtime context; never in graph state."""

    folder: Path
    settings: Settings
    template: Template | None
    model: Model
    executor: Executor
    literature: Literature
    search: Search
    journal: Journal
    archive: Archive
    reviewer: Reviewer
    typesetter: Typesetter
    events: EventSink
    load_template: Callable[[Path], Template] | None = None
    """Reads and checks a template's folder, where the run has none and one is written for each study."""
    models: Mapping[str, Model] = field(default_factory=dict[str, Model])
    """Researchers that the search may choose from, by name; without any, `model` proposes every change."""
    notices: tuple[Event, ...] = ()
    """What there is to tell of these services once the run has started."""
    stop: Flag = field(default_factory=Flag)
    failures: list[Exception] = field(default_factory=list[Exception])
    """What failed, first things first; it set `stop`, and is what all that stopped for it reports."""

    def researcher(self, name: str) -> Model:
        """The researcher that a search chose."""
        return self.models.get(name, self.model)

    def template_of(self, study: str) -> Template:
        """The template that a study's experiments run in: the run's, or the one written for the study."""
        if self.template is not None:
            return self.template
        return self.load_written(self.folder / "template" / study)

    def load_written(self, folder: Path) -> Template:
        """Load a template that was written in this run; raises UserError for one that cannot be used."""
        if self.load_template is None:
            raise RuntimeError("the run has no template and nothing to read one with")
        return self.load_template(folder)

    def study_folder(self, study: str) -> Path:
        """The folder in which the paper of a study grows: sections, figures, tables, evidence, PDF, review."""
        return self.folder / "papers" / study

    def experiment_folder(self, experiment: str) -> Path:
        return self.folder / "experiments" / experiment
