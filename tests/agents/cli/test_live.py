"""What is drawn fits the terminal and says what matters."""

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from agents.cli.live import LiveDisplay, moving_lines, settled_lines
from agents.cli.plain import plain_line
from agents.cli.run_view import RunView
from agents.events import Degraded, Event
from tests.agents.cli.scenes import beginning, ending, finished, run_started, started


def seen(events: list[Event]) -> RunView:
    view = RunView()
    view.replay(events)
    return view


def style_of(line: Text, part: str) -> str:
    at = line.plain.index(part)
    return " ".join(str(span.style) for span in line.spans if span.start <= at < span.end)


def long_search(size: int) -> list[Event]:
    events: list[Event] = [run_started()]
    for index in range(size):
        change = "set the learning rate of the optimiser much higher and the width 宽度 of both layers to the most"
        events.append(started(index, index, index - 1 if index else None, change=change))
        events.append(finished(index, index + 0.5, index / 100, is_best=index == 5))
    return events


def test_the_tree_shows_values_statuses_and_the_best() -> None:
    lines = moving_lines(seen(beginning()), 80, 24, now=70, cost="$0.00")
    plain = [line.plain for line in lines]
    assert plain[:5] == [
        "s1 Smooth labels for a small network",
        "└─ 0000 0.9      baseline",
        "   └─ 0001 0.95     best improve label smoothing from none to strong",
        "      ├─ 0002 crash    improve label smoothing from none to strong",
        "      └─ 0003 running  improve label smoothing from none to strong",
    ]
    assert plain[5].endswith(" 3 of 8, 1 failed")
    assert plain[6] == "s1 explore · 1 min 10 s · $0.00"
    assert "bold" in style_of(lines[2], "0.95")
    assert "red" in style_of(lines[3], "crash")


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("height", [6, 24, 50])
def test_a_long_search_never_outgrows_the_terminal(width: int, height: int) -> None:
    lines = moving_lines(seen(long_search(60)), width, height, now=100, cost="$1.50")
    assert len(lines) < height
    assert max(cell_len(line.plain) for line in lines) <= width
    assert any("more" in line.plain for line in lines)


def test_a_long_search_still_shows_its_best_and_its_newest() -> None:
    text = "\n".join(line.plain for line in moving_lines(seen(long_search(60)), 80, 24, now=100, cost="$0.00"))
    assert " 0005 0.05" in text
    assert " 0059 0.59" in text


def test_studies_side_by_side_share_the_room() -> None:
    events = [*long_search(40), *(started(index, 50, study="s1b") for index in range(40))]
    lines = moving_lines(seen(events), 80, 24, now=100, cost="$0.00")
    assert len(lines) < 24
    assert {line.plain.split()[0] for line in lines} >= {"s1", "s1b"}


@pytest.mark.parametrize("width", [80, 120])
def test_the_whole_run_is_legible_on_the_terminal(width: int, tmp_path: Path) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system=None, width=width, height=24, legacy_windows=False)
    display = LiveDisplay(RunView(), console, cost=lambda: "$0.25")
    with display:
        for event in [*beginning(), *ending(tmp_path)]:
            display.on_event(event)
    text = out.getvalue()
    for words in (
        "✓ survey literature  2.0 s",
        "✓ s1 explore  10 s",
        "✓ s1 confirm result  5.0 s",
        "! warning: weak sandbox (process)",
        "s1 verdict: inconclusive",
        "s1 paper reviewed: Smoothing may help",
        "$0.25",
    ):
        assert words in text
    shown = Text.from_ansi(text).plain.splitlines()
    assert max(cell_len(line) for line in shown) <= width


def test_a_warning_too_long_for_the_line_is_wrapped_and_stays_whole() -> None:
    out = io.StringIO()
    consequence = (
        "experiments share this machine with everything else that runs on it, and could read each other's files"
    )
    with LiveDisplay(RunView(), Console(file=out, width=40, height=24), cost=lambda: "$0.00") as display:
        display.on_event(Degraded(at=1, what="weak sandbox", consequence=consequence))
    assert consequence in " ".join(out.getvalue().split())


def test_a_resumed_run_does_not_claim_that_the_search_it_lost_is_done() -> None:
    view = seen(beginning())
    searched = {key.study for key in view.open_stages}
    event = run_started(100, is_resumed=True)
    view.fold(event)
    assert not any("explore" in line.plain for line in settled_lines(event, view, searched, 80))


def test_hostile_text_reaches_the_screen_without_its_escapes_or_markup() -> None:
    event = started(0, 1, change="\x1b[2Jwipe [bold red]me[/]\nnow")
    text = "\n".join(line.plain for line in moving_lines(seen([event]), 80, 24, now=2, cost="$0.00"))
    assert "wipe [bold red]me[/] now" in text
    assert "\x1b" not in text
    assert "wipe [bold red]me[/] now" in plain_line(event, 1)


def test_every_event_has_a_plain_line_of_its_own(tmp_path: Path) -> None:
    lines = [plain_line(event, event.at) for event in [*beginning(), *ending(tmp_path)]]
    assert lines[0].startswith(f"00:00 run {run_started().run} started: Does smoothing help?")
    assert "00:16 s1 experiment s1-0002 finished: crash exit code 1 in 1.5 s" in lines
    assert "00:14 s1 experiment s1-0001 finished: accuracy 0.95 in 1.5 s, best so far" in lines
    assert all(line.isprintable() for line in lines)
