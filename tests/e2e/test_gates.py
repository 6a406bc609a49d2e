"""Gates: a run waits for a person's word, takes it, and asks again when it gets none."""

from pathlib import Path
from typing import Any

import pytest

from agents.run import RunResult, resume_run
from agents.store.runs import read_run
from tests.e2e.toy import ignore, logged, start

pytestmark = pytest.mark.slow


def go_on(folder: Path, **how: Any) -> RunResult:
    return resume_run(folder, ignore, **how)


def choices(folder: Path) -> list[tuple[str, str]]:
    return [(event.study, event.idea) for event in logged(folder, "idea_chosen")]


def test_a_run_waits_for_approval_of_the_idea_and_asks_again_without_an_answer(tmp_path: Path) -> None:
    result = start(tmp_path, gates=("idea",))
    assert (result.waiting_for, result.papers) == ("idea", ())
    assert go_on(result.folder).waiting_for == "idea"
    assert (read_run(result.folder).state, read_run(result.folder).waiting_for) == ("waiting", "idea")
    assert len(choices(result.folder)) == 1
    assert not logged(result.folder, "experiment_started")


def test_a_refused_idea_is_not_chosen_again(tmp_path: Path) -> None:
    folder = start(tmp_path, gates=("idea",)).folder
    for count in (2, 3):
        assert go_on(folder, approve=False).waiting_for == "idea"
        assert len({idea for _, idea in choices(folder)}) == count
    assert [study for study, _ in choices(folder)] == ["s1", "s2", "s3"]


def test_when_every_idea_is_refused_the_run_ends_without_papers(tmp_path: Path) -> None:
    folder = start(tmp_path, gates=("idea",), ideas=2).folder
    assert go_on(folder, approve=False).waiting_for == "idea"
    assert go_on(folder, approve=False) == RunResult(folder, (), None)
    assert read_run(folder).state == "finished"


def test_a_node_alone_leaves_a_waiting_run_waiting(tmp_path: Path) -> None:
    folder = start(tmp_path, gates=("idea",)).folder
    go_on(folder, start_at="judge_novelty", is_alone=True)
    assert read_run(folder).state == "waiting"
    assert go_on(folder).waiting_for == "idea"


def test_approved_idea_and_paper_are_published(tmp_path: Path) -> None:
    folder = start(tmp_path, gates=("idea", "paper"), **{"confirm.seeds": 4}).folder
    assert go_on(folder, approve=True).waiting_for == "paper"
    assert go_on(folder).waiting_for == "paper"
    assert not logged(folder, "paper_reviewed")
    result = go_on(folder, approve=True)
    assert (result.waiting_for, len(result.papers)) == (None, 1)
    assert logged(folder, "paper_reviewed")


def test_a_refused_paper_is_neither_reviewed_nor_published_though_it_was_once(tmp_path: Path) -> None:
    folder = start(tmp_path, gates=("paper",), **{"confirm.seeds": 4}).folder
    assert go_on(folder, approve=False).papers == ()
    assert not logged(folder, "paper_reviewed")
    assert not (tmp_path / "papers").exists()
    assert go_on(folder, start_at="approve_paper").waiting_for == "paper"
    assert len(go_on(folder, approve=True).papers) == 1
    go_on(folder, start_at="approve_paper")
    assert go_on(folder, approve=False).papers == ()
