"""The composition root: from settings to live services. It alone knows which adapter stands behind which Protocol."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from threading import Event as Flag

from pydantic import ValidationError

from agents.ahead import loading_ahead
from agents.errors import UserError
from agents.events import Degraded, Event
from agents.latex.latexmk import Latexmk
from agents.literature import LITERATURE
from agents.literature.cascade import Cascade
from agents.literature.opening import Surroundings, open_sources
from agents.literature.recorded import RecordedLiterature, RecordingLiterature, read_searches
from agents.llm.access import check_models
from agents.llm.recording import Recording
from agents.llm.team import OFFLINE, models_of, named_models, searched_models
from agents.registry import find_adapter
from agents.researchers import Researchers
from agents.review_models import refuse_offline
from agents.run_review import CalibratedReviewer as CalibratedReviewer
from agents.schema import Template
from agents.search import POLICIES
from agents.search.deciding import OrderedSearch
from agents.search.staged import Staged
from agents.search.view import Policy
from agents.services import Literature, Services
from agents.settings import SearchSettings, Settings
from agents.store.archive import SqlArchive
from agents.store.calls import CallLog
from agents.store.event_log import EventLog, read_events
from agents.store.journal import SqlJournal
from agents.store.place import check_store, find_place
from agents.store.recordings import LITERATURE as SEARCHES
from agents.store.recordings import Recorded, read_recording
from agents.store.runs import elapsed_s
from agents.workplace import check_workplace, open_workplace
from templates import load_template

Subscriber = Callable[[Event], None]
Report = Callable[[str, str], None]
"""Hears what was done without, and what it costs."""
SOURCE_DEADLINE_S = 20.0


@contextmanager
def compose_services(
    folder: Path, settings: Settings, template: Template | None, stop: Flag, on_event: Subscriber
) -> Generator[Services]:
    """Open everything that a run needs and close it again, whatever happens in between."""
    with ExitStack() as stack:
        events = EventLog(folder / "events.jsonl", (on_event, stack.enter_context(loading_ahead())))
        stack.callback(events.close)
        needed = template.resources if template else settings.free.resources
        executor, notices = open_workplace(folder, settings, needed, stop, stack)
        place = find_place(folder, settings.store.url)
        journal, archive = SqlJournal(*place), SqlArchive(*place)
        stack.callback(journal.close)
        stack.callback(archive.close)
        report = _reporting(events)
        calls = _open_calls(folder, settings, stack)
        recorded = read_recording(settings.replay) if settings.replay else None
        researchers = _open_researchers(folder, settings, calls, recorded, report, stop, stack)
        literature = _find_literature(settings, template, recorded, report)
        lead, choices = researchers.lead(), researchers.choices()
        reviewer = _open_reviewer(settings, researchers, report)
        yield Services(
            folder=folder,
            settings=settings,
            template=template,
            model=lead,
            executor=executor,
            literature=RecordingLiterature(literature, folder / SEARCHES),
            search=_open_search(settings, template),
            models=choices,
            journal=journal,
            archive=archive,
            reviewer=reviewer,
            typesetter=Latexmk(),
            events=events,
            load_template=cache(load_template) if template is None else None,
            notices=(*notices, *_tell_notes(researchers), *_tell_lost(calls)),
            calls=calls,
            clock=_start_clock(folder),
            stop=stop,
        )


def check_adapters(settings: Settings) -> None:
    """Raise UserError for the first name in the settings that no adapter has, and for a store that cannot be one."""
    check_store(settings.store.url)
    check_workplace(settings)
    make_policy(settings.search)
    if settings.replay:
        read_recording(settings.replay)
        return
    check_models(settings)
    for name in settings.literature:
        find_adapter("literature", name, LITERATURE)


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
        models=searched_models(settings),
        objectives=[metric for metric in template.secondary if metric.is_objective] if template else (),
        usd_per_hour=settings.search.usd_per_hour,
    )


def _open_researchers(
    folder: Path,
    settings: Settings,
    calls: CallLog | None,
    recorded: Recorded | None,
    report: Report,
    stop: Flag,
    stack: ExitStack,
) -> Researchers:
    recording = Recording(recorded.calls) if recorded else None
    if recording:
        stack.callback(_tell_drift, recording, report)
    return Researchers(folder, settings, calls, stop, report, recording)


def _open_calls(folder: Path, settings: Settings, stack: ExitStack) -> CallLog | None:
    """The log that all models of the run share, and their budget with it; None where none is asked."""
    if set(named_models(settings)) <= {OFFLINE}:
        return None
    calls = CallLog(*find_place(folder, settings.store.url, "calls"))
    stack.callback(calls.close)
    return calls


def _tell_lost(calls: CallLog | None) -> tuple[Event, ...]:
    """Calls that were under way when an earlier session was killed: nobody knows what they took."""
    lost = calls.write_off() if calls else []
    if not lost:
        return ()
    usd = sum(call.cost_usd for call in lost)
    what = f"{len(lost)} model call(s) were under way when the run was killed"
    consequence = f"they count at the most they may have cost, {usd:.4g} USD"
    return (Degraded(at=time.time(), what=what, consequence=consequence),)


def _start_clock(folder: Path) -> Callable[[], float]:
    """Seconds that the sessions of the run took together, this one until now; a killed one to its last event."""
    earlier_s, begun = elapsed_s(read_events(folder / "events.jsonl")), time.monotonic()
    return lambda: earlier_s + time.monotonic() - begun


def _tell_notes(researchers: Researchers) -> Iterator[Event]:
    for note in researchers.notes():
        yield Degraded(
            at=time.time(), what=note, consequence="give its price in [models.prices], or a limit by --tokens"
        )


def _tell_drift(recording: Recording, report: Report) -> None:
    """Said once, when all is asked."""
    if recording.drifted:
        what = f"{recording.drifted} replies of the recording answer a question that has changed"
        report(what, "they were matched by who asked about what; timings and paths in a prompt are the usual reason")


def _open_reviewer(settings: Settings, researchers: Researchers, report: Report) -> CalibratedReviewer:
    refuse_offline(settings.models.review)
    models = [researchers.open_language_model(name) for name in settings.models.review]
    return CalibratedReviewer(models, models_of(settings, "writing"), report)


def _find_literature(
    settings: Settings, template: Template | None, recorded: Recorded | None, report: Report
) -> Literature:
    if recorded:
        return RecordedLiterature(read_searches(recorded.literature), report)
    bibliography = template.path / "references.bib" if template else None
    around = Surroundings(bibliography, settings.library, settings.workspace / ".cache" / "literature", report)
    return Cascade(open_sources(settings.literature, around), SOURCE_DEADLINE_S, report)


def _reporting(events: EventLog) -> Report:
    def report(what: str, consequence: str) -> None:
        events.emit(Degraded(at=time.time(), what=what, consequence=consequence))

    return report
