"""The composition root: from settings to live services. It alone knows which adapter stands behind which Protocol."""

import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from threading import Event as Flag

from pydantic import ValidationError

from agents.errors import UserError
from agents.events import Degraded, Event
from agents.latex.latexmk import Latexmk
from agents.literature import LITERATURE
from agents.literature.cascade import Cascade
from agents.registry import find_adapter
from agents.schema import Draft, Review, Template
from agents.search import POLICIES
from agents.search.deciding import OrderedSearch
from agents.search.staged import Staged
from agents.search.view import Policy
from agents.services import Model, Services
from agents.settings import SearchSettings, Settings
from agents.store.archive import SqlArchive
from agents.store.calls import CallLog
from agents.store.event_log import EventLog
from agents.store.journal import SqlJournal
from agents.store.place import check_store, find_place
from agents.workplace import check_workplace, open_workplace
from templates import load_template

Subscriber = Callable[[Event], None]
SOURCE_DEADLINE_S = 20.0


@contextmanager
def compose_services(
    folder: Path, settings: Settings, template: Template | None, stop: Flag, on_event: Subscriber
) -> Generator[Services]:
    """Open everything that a run needs and close it again, whatever happens in between."""
    with ExitStack() as stack:
        events = EventLog(folder / "events.jsonl", (on_event,))
        stack.callback(events.close)
        needed = template.resources if template else settings.free.resources
        executor, notices = open_workplace(folder, settings, needed, stop, stack)
        place = find_place(folder, settings.store.url)
        journal, archive = SqlJournal(*place), SqlArchive(*place)
        stack.callback(journal.close)
        stack.callback(archive.close)
        yield Services(
            folder=folder,
            settings=settings,
            template=template,
            model=_find_model(settings.model, settings, folder, stop, stack),
            executor=executor,
            literature=_find_literature(settings, template, events),
            search=_open_search(settings, template),
            models={name: _find_model(name, settings, folder, stop, stack) for name in settings.search.models},
            journal=journal,
            archive=archive,
            reviewer=CalibratedReviewer(),
            typesetter=Latexmk(),
            events=events,
            load_template=cache(load_template) if template is None else None,
            notices=notices,
            stop=stop,
        )


def check_adapters(settings: Settings) -> None:
    """Raise UserError for the first name in the settings that no adapter has, and for a store that cannot be one."""
    check_store(settings.store.url)
    check_workplace(settings)
    make_policy(settings.search)
    for name in settings.literature:
        find_adapter("literature", name, LITERATURE)


class CalibratedReviewer:
    """Hands drafts to the reviewer package and brings its review home."""

    name = "Naturalist's own reviewer of form and evidence, beside an estimate calibrated on human decisions"

    def review(self, draft: Draft) -> Review:
        from reviewer import review_paper

        review = review_paper(draft.pdf, draft.tex, draft.evidence)
        return Review.model_validate(review.model_dump())


def make_policy(search: SearchSettings) -> Policy:
    """The search policy that the settings name; raises UserError if it is unknown or does not take its options."""
    make = find_adapter("policy", search.policy, POLICIES)
    try:
        return make(**search.options)
    except (TypeError, ValidationError) as error:
        detail = error.errors()[0] if isinstance(error, ValidationError) else error
        shown = f"{detail['loc'][0]}: {detail['msg']}" if isinstance(detail, dict) else detail
        raise UserError(
            f"search.options do not fit the policy {search.policy!r}: {shown}; see docs/search.md"
        ) from error


def _open_search(settings: Settings, template: Template | None) -> OrderedSearch:
    policy, is_own = make_policy(settings.search), settings.search.policy in POLICIES
    return OrderedSearch(
        Staged(policy, is_own) if settings.search.is_staged else policy,
        lag=settings.search.lag,
        seed=settings.seed,
        models=settings.search.models,
        objectives=[metric for metric in template.secondary if metric.is_objective] if template else (),
        usd_per_hour=settings.search.usd_per_hour,
    )


def _find_model(name: str, settings: Settings, folder: Path, stop: Flag, stack: ExitStack) -> Model:
    if name == "offline":
        from agents.offline.researcher import OfflineResearcher

        return OfflineResearcher()
    from agents.llm.model import LiteLlmModel

    calls = CallLog(*find_place(folder, settings.store.url, "calls"))
    stack.callback(calls.close)
    return LiteLlmModel(name, calls, settings.budget.usd, stop=stop)


def _find_literature(settings: Settings, template: Template | None, events: EventLog) -> Cascade:
    def report(what: str, consequence: str) -> None:
        events.emit(Degraded(at=time.time(), what=what, consequence=consequence))

    bibliography = template.path / "references.bib" if template else None
    names = [name for name in settings.literature if bibliography or name != "template"]
    sources = [(name, find_adapter("literature", name, LITERATURE)(bibliography)) for name in names]
    return Cascade(sources, SOURCE_DEADLINE_S, report)
