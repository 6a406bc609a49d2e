"""`run` and `resume`: drive the engine, show its events as they come, and say at the end what there is."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol

from agents.cli.console import is_plain, make_console, say, say_json
from agents.cli.failures import tell_failure
from agents.cli.plain import PlainLog
from agents.cli.report import report_json, report_lines
from agents.cli.run_view import RunView
from agents.cli.text import cost_words
from agents.cli.trees.study import StudyTree, read_studies
from agents.errors import Interrupted, NaturalistError
from agents.events import Event
from agents.settings import Settings, load_settings, resolve_settings
from agents.spending import Paid
from agents.store.calls import total_paid
from agents.store.event_log import read_events
from agents.store.place import find_place

OnEvent = Callable[[Event], None]
_COST_EVERY_S = 2.0


class Result(Protocol):
    """What an engine hands back; `papers` are published folders."""

    @property
    def folder(self) -> Path: ...

    @property
    def papers(self) -> tuple[Path, ...]: ...

    @property
    def waiting_for(self) -> str | None: ...


class Engine(Protocol):
    """What drives runs: the module agents.run, or a stand-in in tests."""

    def start_run(self, settings: Settings, on_event: OnEvent, /) -> Result: ...

    def resume_run(
        self,
        folder: Path,
        on_event: OnEvent,
        /,
        *,
        start_at: str | None = None,
        study: str | None = None,
        is_alone: bool = False,
        approve: bool | None = None,
    ) -> Result: ...


class Display(Protocol):
    """Shows events between entry and exit, and folds them into its view."""

    view: RunView

    def on_event(self, event: Event) -> None: ...

    def __enter__(self) -> "Display": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Ending(NamedTuple):
    """How a session ended: with the run's folder, or with an error."""

    folder: Path | None
    error: BaseException | None


class LineDisplay:
    """Shows each event as a line of JSON, or the run as a plain log."""

    def __init__(self, view: RunView, *, as_json: bool) -> None:
        self.view = view
        self._as_json = as_json
        self._log = PlainLog()

    def on_event(self, event: Event) -> None:
        self.view.fold(event)
        line = event.model_dump_json() if self._as_json else self._log.line(event, self.view)
        if line is not None:
            say(line)

    def __enter__(self) -> "LineDisplay":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class CostMeter:
    """Reads what a run's model calls cost so far, every other second at most."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self._read_at = 0.0
        self._known = Paid()

    def __call__(self) -> str:
        """The sum in words."""
        if time.monotonic() - self._read_at > _COST_EVERY_S:
            self._known, self._read_at = self.total(), time.monotonic()
        return cost_words(*self._known)

    def total(self) -> Paid:
        if self.folder is None or not (self.folder / "settings.toml").exists():
            return Paid()
        url = load_settings(self.folder / "settings.toml").store.url
        return total_paid(find_place(self.folder, url, "calls"))


def start(flags: Mapping[str, Any], *, as_json: bool, engine: Engine | None) -> int:
    """Start a run with settings from flags; return the exit code."""
    return start_with(resolve_settings(flags), as_json=as_json, engine=engine)


def start_with(settings: Settings, *, as_json: bool, engine: Engine | None) -> int:
    """Start a run with these settings; return the exit code."""
    used = engine or _load_engine()
    view = RunView()
    return _watch(lambda on_event: used.start_run(settings, on_event), view, settings.workspace, as_json)


def resume(
    folder: Path,
    *,
    start_at: str | None,
    study: str | None,
    is_alone: bool,
    approve: bool | None,
    as_json: bool,
    engine: Engine | None,
) -> int:
    """Go on with the run in `folder`; what happened earlier is shown in the tree, not told again."""
    used = engine or _load_engine()
    view = RunView()
    view.replay(read_events(folder / "events.jsonl"))
    return _watch(
        lambda on_event: used.resume_run(
            folder, on_event, start_at=start_at, study=study, is_alone=is_alone, approve=approve
        ),
        view,
        folder.parent,
        as_json,
    )


def _load_engine() -> Engine:
    from agents import run

    return run


def _watch(drive: Callable[[OnEvent], Result], view: RunView, workspace: Path, as_json: bool) -> int:
    meter = CostMeter()
    display = _make_display(view, meter, as_json)

    def on_event(event: Event) -> None:
        display.on_event(event)
        meter.folder = workspace / view.run

    ending = _drive(drive, display, on_event)
    folder = ending.folder or meter.folder
    found = meter.total()
    cost = found if found != Paid() else Paid(view.cost_usd, view.unpriced)
    studies = _studies(folder)
    if as_json:
        say_json({**report_json(view, folder, cost, studies), **_result_json(ending, view)})
    elif folder is not None:
        for line in report_lines(view, folder, cost, studies):
            say(line)
    return tell_failure(ending.error, folder) if ending.error else 0


def _studies(folder: Path | None) -> list[StudyTree]:
    """Searches to set beside the baselines; none where the session ended before there was a readable journal."""
    if folder is None or not (folder / "settings.toml").exists():
        return []
    try:
        return read_studies(folder)
    except NaturalistError:  # what ended the session is told already; the report must not end on it
        return []


def _drive(drive: Callable[[OnEvent], Result], display: Display, on_event: OnEvent) -> Ending:
    try:
        with display:
            return Ending(drive(on_event).folder, None)
    except (Exception, KeyboardInterrupt) as error:  # whatever it is, the person is told what is safe on disk
        return Ending(None, error)


def _make_display(view: RunView, meter: CostMeter, as_json: bool) -> Display:
    if as_json or is_plain():
        return LineDisplay(view, as_json=as_json)
    from agents.cli.live import LiveDisplay

    return LiveDisplay(view, make_console(), meter)


def _result_json(ending: Ending, view: RunView) -> dict[str, str | None]:
    if isinstance(ending.error, Interrupted | KeyboardInterrupt):
        return {"result": "interrupted", "error": str(ending.error)}
    if ending.error is not None:
        return {"result": "failed", "error": str(ending.error)}
    return {"result": "waiting" if view.gate else "finished", "error": None}
