"""The plain log: what gets a line, and what is counted."""

import pytest

from agents.cli.plain import PlainLog, plain_line
from agents.cli.run_view import RunView
from agents.cli.text import cost_words
from agents.events import Event, ExperimentsPlanned, PhaseStarted, StageStarted, StepFinished
from tests.agents.cli.scenes import finished, run_started, started


def told(events: list[Event]) -> list[str]:
    view, log, lines = RunView(), PlainLog(), list[str]()
    for event in events:
        view.fold(event)
        lines += [line] if (line := log.line(event, view)) is not None else []
    return lines


def confirmation(count: int, failed: int | None = None) -> list[Event]:
    events: list[Event] = [ExperimentsPlanned(at=1, study="s1", stage="confirm", total=count)]
    for index in range(count):
        events.append(started(index, 2, stage="confirm"))
        status = "crash" if index == failed else "ok"
        events.append(finished(index, 3, 0.5 + index, stage="confirm", status=status))
    return events


def test_experiments_of_the_confirmation_are_counted_and_summed_up_by_arm() -> None:
    lines = told([run_started(), *confirmation(30)])
    assert len(lines) == 12
    assert lines[2] == "00:03 s1 confirm: 3 of 30 experiments done"
    assert lines[-1] == "00:03 s1 confirm: 30 of 30 experiments done; mean accuracy: treatment = 15"


def test_one_that_failed_has_a_line_of_its_own() -> None:
    lines = told([run_started(), *confirmation(30, failed=3)])
    assert [line for line in lines if "crash" in line] == [
        "00:03 s1 experiment s1-0003 finished: crash exit code 1 in 1.5 s"
    ]


def test_experiments_of_the_search_keep_their_lines() -> None:
    assert len(told([run_started(), started(0, 1), finished(0, 2)])) == 3


def test_a_step_is_told_with_its_place_where_it_took_long() -> None:
    step = StepFinished(at=5, study="s1", node="write_paper", step="method", done=4, total=10, wall_s=14.6)
    assert plain_line(step, 5) == "00:05 s1 write paper: method (4 of 10) in 15 s"
    assert told([run_started(), step.model_copy(update={"wall_s": 0.2})]) == told([run_started()])


def test_the_view_knows_the_last_step_of_a_stage_under_way() -> None:
    view = RunView()
    step = StepFinished(at=5, study="s1", node="write_paper", step="method", done=4, total=10, wall_s=14.6)
    for event in (run_started(), StageStarted(at=1, study="s1", node="write_paper"), step):
        view.fold(event)
    assert [each.step for each in view.steps.values()] == ["method"]
    view.fold(run_started(9, is_resumed=True))
    assert not view.steps


def test_a_phase_says_which_it_is_of_how_many() -> None:
    event = PhaseStarted(at=1, study="s1", phase="working", goal="get one", stop="there is one", number=1, total=4)
    assert plain_line(event, 1) == "00:01 s1 phase 1 of 4, working: get one; it ends when there is one"


@pytest.mark.parametrize(
    ("usd", "unpriced", "words"),
    [(1.5, 0, "$1.50"), (0.0, 1, "1 call of unknown price"), (1.5, 3, "$1.50 and 3 calls of unknown price")],
)
def test_a_cost_is_never_nought_where_no_price_is_known(usd: float, unpriced: int, words: str) -> None:
    assert cost_words(usd, unpriced) == words
