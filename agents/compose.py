"""The composition root: from settings to live services. It alone knows which adapter stands behind which Protocol."""

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event as Flag

from agents.events import Degraded, Event
from agents.executors.local import LocalExecutor
from agents.executors.slots import find_slots
from agents.latex.latexmk import Latexmk
from agents.literature import LITERATURE
from agents.literature.cascade import Cascade
from agents.registry import find_adapter
from agents.sandbox import SANDBOXES
from agents.schema import Draft, Review, Template
from agents.search import POLICIES
from agents.services import Model, Services
from agents.settings import Settings
from agents.store.archive import SqlArchive
from agents.store.calls import CallLog
from agents.store.event_log import EventLog
from agents.store.journal import SqlJournal

Subscriber = Callable[[Event], None]
SOURCE_DEADLINE_S = 20.0


@contextmanager
def compose_services(
    folder: Path, settings: Settings, template: Template, stop: Flag, on_event: Subscriber
) -> Generator[Services]:
    """Open everything that a run needs and close it again, whatever happens in between."""
    with ExitStack() as stack:
        events = EventLog(folder / "events.jsonl", (on_event,))
        stack.callback(events.close)
        sandbox = find_adapter("sandbox", settings.sandbox.backend, SANDBOXES)()
        executor = LocalExecutor(sandbox, find_slots(settings.sandbox.slots, settings.sandbox.gpus), stop)
        stack.callback(executor.close)
        journal_url = f"sqlite:///{folder / 'journal.db'}"
        yield Services(
            folder=folder,
            settings=settings,
            template=template,
            model=_find_model(settings, folder),
            sandbox=sandbox,
            executor=executor,
            literature=_find_literature(settings, template, events),
            policy=find_adapter("policy", settings.search.policy, POLICIES)(),
            journal=SqlJournal(journal_url),
            archive=SqlArchive(journal_url),
            reviewer=FormReviewer(),
            typesetter=Latexmk(),
            events=events,
            stop=stop,
        )


def count_slots(settings: Settings) -> int:
    return len(find_slots(settings.sandbox.slots, settings.sandbox.gpus))


class FormReviewer:
    """Hands drafts to the reviewer package and brings its review home."""

    name = "Naturalist's own reviewer of forms, uncalibrated"

    def review(self, draft: Draft) -> Review:
        from reviewer import review_paper

        review = review_paper(draft.pdf, draft.tex, draft.evidence)
        return Review.model_validate(review.model_dump())


def _find_model(settings: Settings, folder: Path) -> Model:
    if settings.model == "offline":
        from agents.offline.researcher import OfflineResearcher

        return OfflineResearcher()
    from agents.llm.model import LiteLlmModel

    return LiteLlmModel(settings.model, CallLog(f"sqlite:///{folder / 'calls.db'}"), settings.budget.usd)


def _find_literature(settings: Settings, template: Template, events: EventLog) -> Cascade:
    def report(what: str, consequence: str) -> None:
        events.emit(Degraded(at=time.time(), what=what, consequence=consequence))

    bibliography = template.path / "references.bib"
    sources = [(name, find_adapter("literature", name, LITERATURE)(bibliography)) for name in settings.literature]
    return Cascade(sources, SOURCE_DEADLINE_S, report)
