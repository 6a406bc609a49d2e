"""The live view of a run: what is settled scrolls by and stays; below it the tree, progress, time and cost move."""

import time
from collections.abc import Callable
from threading import Lock
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from agents.cli.plain import describe, step_words
from agents.cli.run_view import SEARCH, Node, RunView, StageKey, StudyView
from agents.cli.text import clean, duration, number, words
from agents.cli.tree import TreeLine, tree_lines
from agents.events import (
    Degraded,
    Event,
    IdeaChosen,
    PaperReviewed,
    PhaseStarted,
    RunStarted,
    SandboxChosen,
    StageFinished,
    VerdictReached,
)
from agents.schema import Stage

_BAR = 24
_KEPT_TREE = 16
_STAGES: tuple[Stage, ...] = ("search", "control", "confirm", "ablate")


class LiveDisplay:
    """Draws a run on a terminal from the moment it is entered. `cost` is asked a few times a second, in words."""

    def __init__(self, view: RunView, console: Console, cost: Callable[[], str]) -> None:
        self.view = view
        self._console = console
        self._cost = cost
        self._lock = Lock()
        self._live = Live(console=console, get_renderable=self._render, refresh_per_second=4)

    def on_event(self, event: Event) -> None:
        """Fold an event in, and print what it settles above the moving part."""
        with self._lock:  # never held while printing: the drawing thread takes the console first, then this
            searched = _searching(self.view)
            self.view.fold(event)
            lines = settled_lines(event, self.view, searched, self._console.width)
        for line in lines:
            self._console.print(line)

    def __enter__(self) -> "LiveDisplay":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def _render(self) -> Group:
        width, height = self._console.size
        cost = self._cost()
        with self._lock:
            return Group(*moving_lines(self.view, width, height, time.time(), cost))


def settled_lines(event: Event, view: RunView, searched: set[str | None], width: int) -> list[Text]:
    """Lines that stay on the screen: stages with their times, choices, verdicts, reviews, warnings.

    Trees are cut to `width`; the rest may wrap. `searched` are the studies that were in their search before the event,
    as a search that ends has no event of its own.
    """
    ended = set[str | None]() if isinstance(event, RunStarted) else searched - _searching(view)
    lines = [_stage_line(study, SEARCH, view) for study in sorted(ended, key=str)]
    match event:
        case StageFinished():
            lines.append(_stage_line(event.study, event.node, view))
        case Degraded():
            lines.append(Text(clean(f"! {describe(event)}"), style="yellow"))
        case PhaseStarted():
            lines.append(Text(clean(f"  {event.study or ''} {describe(event)}"), style="dim"))
        case RunStarted() | SandboxChosen() | IdeaChosen() | VerdictReached():
            lines.append(_news(event))
        case PaperReviewed():
            study = view.study(event.study)
            lines.extend(_cut(line, width) for line in _tree(study, _KEPT_TREE))
            lines.append(_news(event))
        case _:
            pass
    return lines


def _news(event: Event) -> Text:
    return Text(clean(f"{event.study or ''} {describe(event)}"), style="bold")


def moving_lines(view: RunView, width: int, height: int, now: float, cost: str) -> list[Text]:
    """The moving part: each study under way as tree and progress, then one line of what goes on, time and cost."""
    studies = view.active
    room = (height - 2) // max(1, len(studies))
    lines = [line for study in studies for line in _study_lines(study, room)]
    status = f"{_current(view)} · {duration(view.elapsed_s(now))} · {cost}"
    return [_cut(line, width) for line in [*lines[: max(0, height - 2)], Text(status, style="cyan")]]


def _study_lines(study: StudyView, room: int) -> list[Text]:
    bars = [_bar(stage, study) for stage in _STAGES if stage in study.planned or study.of_stage(stage)]
    head = Text(clean(f"{study.name} {study.title}"), style="bold")
    return [head, *_tree(study, room - len(bars) - 1), *bars]


def _tree(study: StudyView, limit: int) -> list[Text]:
    return [_tree_line(line, study) for line in tree_lines(study.of_stage("search"), study.best, limit)]


def _tree_line(line: TreeLine, study: StudyView) -> Text:
    node = line.node
    if node is None:
        return Text(f"… {line.hidden} more", style="dim")
    text = Text(line.prefix, style="dim")
    text.append(f"{node.id.rpartition('-')[2]} ", style="dim")
    text.append(f"{_result(node):<9}", style=_style(node, study))
    if node.id == study.best:
        text.append("best ", style="bold green")
    kind = "" if node.parent is None and node.change == "baseline" else f"{node.kind} "
    return text.append(clean(f"{kind}{node.change}"), style="bold" if node.id == study.best else "")


def _result(node: Node) -> str:
    return number(node.value) + " " if node.status == "ok" else f"{node.status} "


def _style(node: Node, study: StudyView) -> str:
    if node.id == study.best:
        return "bold green"
    if node.is_failed:
        return "red"
    return "cyan" if node.is_open else ""


def _bar(stage: Stage, study: StudyView) -> Text:
    done, total = study.progress(stage)
    filled = _BAR * done // total if total else 0
    failed = sum(1 for node in study.of_stage(stage) if node.is_failed)
    text = Text(f"{stage:<8} ")
    text.append("━" * filled, style="green").append("━" * (_BAR - filled), style="bright_black")
    text.append(f" {done} of {total}")
    return text.append(f", {failed} failed", style="red") if failed else text


def _current(view: RunView) -> str:
    stages = [_stage(key, view) for key in view.open_stages]
    return ", ".join(stages) or ("waiting for you" if view.gate else "done" if view.is_finished else "working")


def _stage(key: StageKey, view: RunView) -> str:
    """A stage under way, with the last of its steps that is done."""
    step = view.steps.get(key)
    done = f" ({clean(step_words(step))} done)" if step else ""
    return f"{key.study} {words(key.node)}{done}" if key.study else f"{words(key.node)}{done}"


def _stage_line(study: str | None, node: str, view: RunView) -> Text:
    where = f"{study} " if study else ""
    wall_s = view.stage_s.get(StageKey(study, node), 0.0)
    return Text(f"✓ {where}{words(node)}", style="green").append(f"  {duration(wall_s)}", style="dim")


def _searching(view: RunView) -> set[str | None]:
    return {key.study for key in view.open_stages if key.node == SEARCH}


def _cut(text: Text, width: int) -> Text:
    text.no_wrap = True
    text.truncate(width, overflow="ellipsis")
    return text
