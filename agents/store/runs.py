"""Run folders as a reader finds them, whether the run goes on, waits or died. Imports neither graph nor model."""

import time
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Literal, NamedTuple, TypeAlias, TypeVar, get_args

from agents.errors import UserError
from agents.events import (
    ApprovalNeeded,
    Event,
    ExperimentsPlanned,
    PaperPublished,
    PaperReviewed,
    RunFinished,
    RunStarted,
    VerdictReached,
)
from agents.schema import Experiment, Record, Registration, Stage, measured_values
from agents.settings import load_settings
from agents.spending import Paid
from agents.store.calls import total_paid
from agents.store.database import study_order
from agents.store.driver_lock import find_driver
from agents.store.event_log import read_events
from agents.store.journal import SqlJournal
from agents.store.place import Place, find_place
from agents.store.run_lock import RunLock as RunLock
from agents.store.run_lock import running_pid

_E = TypeVar("_E", bound=Event)
RunState: TypeAlias = Literal["running", "waiting", "finished", "stopped"]


class Progress(Record):
    """Experiments of one stage, all studies together; `planned` is None until the stage is planned."""

    done: int
    planned: int | None


class PaperSummary(Record):
    """A paper as far as it has come; `folder` is where it was published."""

    study: str
    title: str
    overall: float | None = None
    decision: str | None = None
    calibration: str | None = None
    probability: float | None = None
    verdict: str | None = None
    folder: Path | None = None
    is_best: bool = False


class RunSummary(Record):
    """What a run folder says of its run. Times are seconds; `started` and `last_event` count from the epoch.

    `best` is the best value of a search experiment so far, in the unit of `metric`.
    """

    name: str
    folder: Path
    topic: str
    template: str
    researcher: str
    state: RunState
    pid: int | None
    waiting_for: str | None
    generation: int
    generations: int
    experiments: dict[Stage, Progress]
    failed: int
    metric: str | None
    best: float | None
    papers: tuple[PaperSummary, ...]
    started: float | None
    elapsed_s: float
    cost_usd: float
    unpriced: int
    last_event: float | None


class _Held(NamedTuple):
    """What the journal holds."""

    plans: dict[str, Registration]
    experiments: list[Experiment]


def list_runs(workspace: Path) -> list[Path]:
    """Run folders of a workspace, oldest first."""
    found = [path.parent for path in workspace.glob("[!.]*/settings.toml")]
    return sorted(found, key=lambda folder: ((folder / "settings.toml").stat().st_mtime_ns, folder.name))


def find_run(workspace: Path, name: str) -> Path:
    """Return the run folder that `name` means: its name, a path, "latest", or the beginning of one name only."""
    runs = list_runs(workspace)
    if name == "latest" and runs:
        return runs[-1]
    for folder in (workspace / name, Path(name)):
        if name and (folder / "settings.toml").is_file():
            return folder
    matches = [folder for folder in runs if name and folder.name.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    raise UserError(_not_found(workspace, name, matches or runs, is_ambiguous=bool(matches)))


def read_run(folder: Path) -> RunSummary:
    """Sum up a run from its settings, journal, calls and events; it may be running meanwhile."""
    settings = load_settings(folder / "settings.toml")
    events = read_events(folder / "events.jsonl")
    place = find_place(folder, settings.store.url)
    held = _read_journal(place)
    pid = _driving_pid(folder, place)
    started = _last(events, RunStarted)
    best, paid = _best_value(held), _paid(find_place(folder, settings.store.url, "calls"), events)
    return RunSummary(
        name=folder.name,
        folder=folder,
        topic=settings.topic,
        template=started.template if started else settings.template or "",
        researcher=started.researcher if started else settings.model,
        state=_state(events, is_running=pid is not None),
        pid=pid,
        waiting_for=_waiting_for(events) if pid is None else None,
        generation=_generation(events, held),
        generations=settings.generations,
        experiments=_progress(events, held),
        failed=sum(1 for each in held.experiments if each.outcome and not each.outcome.is_ok),
        metric=best[0] if best else None,
        best=best[1] if best else None,
        papers=_papers(events),
        started=events[0].at if events else None,
        elapsed_s=elapsed_s(events) + (time.time() - events[-1].at if events and pid is not None else 0.0),
        cost_usd=paid.usd,
        unpriced=paid.unpriced,
        last_event=events[-1].at if events else None,
    )


def elapsed_s(events: list[Event]) -> float:
    """Seconds that the run's sessions took together, without the gaps between them."""
    total = 0.0
    for earlier, later in pairwise(events):
        if not isinstance(later, RunStarted):
            total += max(0.0, later.at - earlier.at)
    return total


def _last(events: list[Event], *kinds: type[_E]) -> _E | None:
    return next((event for event in reversed(events) if isinstance(event, kinds)), None)


def _state(events: list[Event], *, is_running: bool) -> RunState:
    if is_running:
        return "running"
    if _waiting_for(events) is not None:
        return "waiting"
    return "finished" if isinstance(_last(events, RunStarted, RunFinished), RunFinished) else "stopped"


def _waiting_for(events: list[Event]) -> str | None:
    """The gate at which the last session ended, if it did."""
    last = _last(events, RunStarted, ApprovalNeeded, RunFinished)
    return last.gate if isinstance(last, ApprovalNeeded) else None


def _driving_pid(folder: Path, place: Place) -> int | None:
    """The process that drives the run; by the shared database it may be one of another machine."""
    pid = running_pid(folder)
    driver = find_driver(place) if pid is None else None
    return driver.pid if driver else pid


def _read_journal(place: Place) -> _Held:
    if not place.exists:
        return _Held({}, [])
    journal = SqlJournal(*place)
    try:
        experiments = journal.experiments()
        studies = {experiment.study for experiment in experiments}
        plans = {study: plan for study in studies if (plan := journal.registration(study)) is not None}
    finally:
        journal.close()
    return _Held(plans, experiments)


def _generation(events: list[Event], held: _Held) -> int:
    studies = {event.study for event in events if event.study} | {each.study for each in held.experiments}
    return max((study_order(study)[0] for study in studies), default=0)


def _progress(events: list[Event], held: _Held) -> dict[Stage, Progress]:
    planned: dict[tuple[str | None, Stage], int] = {}
    for study, plan in held.plans.items():
        planned[study, "search"] = plan.search_experiments
    for event in events:
        if isinstance(event, ExperimentsPlanned):
            planned[event.study, event.stage] = event.total
    return {stage: _stage_progress(stage, planned, held.experiments) for stage in get_args(Stage)}


def _stage_progress(
    stage: Stage, planned: dict[tuple[str | None, Stage], int], experiments: list[Experiment]
) -> Progress:
    totals = [total for (_, each), total in planned.items() if each == stage]
    done = sum(1 for each in experiments if each.stage == stage and each.outcome is not None)
    return Progress(done=done, planned=sum(totals) if totals else None)


def _best_value(held: _Held) -> tuple[str, float] | None:
    """The metric that the first study registered, and the best mean of a node's measurements in any search."""
    if not held.plans:
        return None
    hypothesis = held.plans[min(held.plans, key=study_order)].idea.hypothesis
    search = (each for each in held.experiments if each.stage == "search")
    known = [fmean(values) for values in measured_values(search, hypothesis.metric).values()]
    pick = max if hypothesis.direction == "maximize" else min
    return (hypothesis.metric, pick(known)) if known else None


def _papers(events: list[Event]) -> tuple[PaperSummary, ...]:
    papers: dict[str, PaperSummary] = {}
    verdicts: dict[str | None, str] = {}
    for event in events:
        if isinstance(event, VerdictReached):
            verdicts[event.study] = event.verdict
        elif isinstance(event, PaperReviewed):
            study = event.study or event.title
            papers[study] = PaperSummary(
                study=study,
                title=event.title,
                overall=event.overall,
                decision=event.decision,
                calibration=event.calibration,
                probability=event.probability,
                verdict=verdicts.get(event.study),
            )
        elif isinstance(event, PaperPublished):
            _publish(papers, event)
    return tuple(papers[study] for study in sorted(papers, key=study_order))


def _publish(papers: dict[str, PaperSummary], event: PaperPublished) -> None:
    study = event.study or event.folder
    known = papers.get(study, PaperSummary(study=study, title=Path(event.folder).name))
    papers[study] = known.model_copy(update={"folder": Path(event.folder), "is_best": event.is_best})


def _paid(place: Place, events: list[Event]) -> Paid:
    """The sum over all recorded calls, or what the last session said at its end."""
    if (total := total_paid(place)) != Paid():
        return total
    finished = _last(events, RunFinished)
    return Paid(finished.cost_usd, finished.unpriced) if finished else Paid()


def _not_found(workspace: Path, name: str, runs: list[Path], *, is_ambiguous: bool) -> str:
    if not runs:
        return f"there is no run in {workspace}; start one with: naturalist run TOPIC"
    names = ", ".join(folder.name for folder in reversed(runs[-10:]))
    return f"{name!r} means several runs: {names}" if is_ambiguous else f"there is no run {name!r}; known: {names}"
