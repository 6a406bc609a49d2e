"""The view says what happened, once, whatever is reported twice or cut off by a kill."""

from pathlib import Path

import pytest

from agents.cli.run_view import Progress, RunView, StageKey
from agents.events import Event, StageFinished, StageStarted
from tests.agents.cli.scenes import beginning, ending, finished, gate, run_started, started


def seen(*events: Event) -> RunView:
    view = RunView()
    view.replay(events)
    return view


def test_a_study_knows_its_nodes_best_and_progress() -> None:
    study = seen(*beginning()).studies["s1"]
    assert [node.status for node in study.of_stage("search")] == ["ok", "ok", "crash", "running"]
    assert (study.best, study.title) == ("s1-0001", "Smooth labels for a small network")
    assert study.progress("search") == Progress(3, 8)


def test_the_search_is_a_stage_from_its_first_experiment_to_the_next_stage() -> None:
    view = seen(*beginning())
    assert list(view.open_stages) == [StageKey("s1", "explore")]
    view.replay(ending(Path("papers")))
    assert view.stage_s[StageKey("s1", "explore")] == 10.0


def test_the_search_ends_with_its_last_planned_experiment() -> None:
    view = seen(*beginning())
    for index in range(3, 8):
        view.fold(started(index, 20 + index))
        view.fold(finished(index, 30 + index))
    assert view.open_stages == {}
    assert view.stage_s[StageKey("s1", "explore")] == 27.0


def test_a_finished_run_has_its_paper_and_no_study_under_way() -> None:
    view = seen(*beginning(), *ending(Path("papers")))
    assert view.is_finished
    assert view.active == []
    (study,) = view.published
    assert study.paper is not None
    assert (study.paper.title, study.paper.overall, study.verdict) == ("Smoothing may help", 5.25, "inconclusive")


def test_events_reported_again_by_a_resumed_run_count_once() -> None:
    once = seen(*beginning(), *ending(Path("papers")))
    twice = seen(*beginning(), *beginning(), *ending(Path("papers")), *ending(Path("papers")))
    assert twice.studies == once.studies
    assert twice.warnings == once.warnings


def test_what_ran_when_a_session_died_is_lost_until_it_starts_again() -> None:
    view = seen(*beginning(), run_started(100, is_resumed=True))
    assert view.studies["s1"].nodes["s1-0003"].status == "lost"
    assert view.open_stages == {}
    view.fold(started(3, 101, 1))
    assert view.studies["s1"].nodes["s1-0003"].status == "running"


def test_time_between_sessions_does_not_count() -> None:
    view = seen(run_started(0), started(0, 16), run_started(1000, is_resumed=True))
    assert view.elapsed_s(1004) == pytest.approx(20)


def test_a_gate_holds_until_the_run_goes_on() -> None:
    view = seen(*beginning(), gate())
    assert view.gate == gate()
    view.fold(run_started(50, is_resumed=True))
    assert view.gate is None


def test_a_stage_done_again_adds_up() -> None:
    twice = [
        each
        for at in (1.0, 5.0)
        for each in (
            StageStarted(at=at, study="s1", node="check_paper"),
            StageFinished(at=at + 2, study="s1", node="check_paper", wall_s=2.0),
        )
    ]
    assert seen(run_started(), *twice).stage_s == {StageKey("s1", "check_paper"): 4.0}


def test_an_experiment_that_starts_again_is_not_done() -> None:
    study = seen(*beginning(), started(0, 40)).studies["s1"]
    assert study.progress("search") == Progress(2, 8)
    assert next(iter(study.nodes)) == "s1-0000"
