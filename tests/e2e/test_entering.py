"""`resume --from NODE` on a finished run: every node can be entered, and nothing that is finished runs again."""

import json
from pathlib import Path
from typing import Any

import pytest

from agents.errors import UserError
from agents.graph import RUN_NODES, STUDY_STEPS
from agents.run import resume_run
from agents.store.runs import read_run
from tests.e2e.toy import experiments_of, ignore, logged, of_kind, resume, start

pytestmark = pytest.mark.slow
SILENT = ("explore", "design_study")
"""Lanes report experiments; a run that has a template has nothing to design."""
NODES = [name for name in (*RUN_NODES, *STUDY_STEPS) if name != "approve_idea"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of two studies; its papers are s1's and s2's."""
    return start(tmp_path_factory.mktemp("finished"), generations=2, **{"confirm.seeds": 4}).folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A finished run of one study, for tests that change it."""
    return start(tmp_path, **{"confirm.seeds": 4}).folder


def stages(events: list[Any]) -> list[tuple[str | None, str]]:
    return [(event.study, event.node) for event in of_kind(events, "stage_finished")]


@pytest.mark.parametrize("node", NODES)
def test_every_node_can_be_entered_and_no_finished_experiment_runs_again(finished: Path, node: str) -> None:
    before, papers = experiments_of(finished), sorted((finished.parents[1] / "papers").iterdir())
    events = resume(finished, start_at=node)
    assert events[-1].event == "run_finished"
    assert (of_kind(events, "run_finished")[0].papers, len(papers)) == (2, 2)
    assert not of_kind(events, "experiment_started")
    assert experiments_of(finished) == before
    assert {study for study, _ in stages(events)} <= {None, "s1", "s2"}


@pytest.mark.parametrize("node", [name for name in NODES if name != "approve_paper"])
def test_a_node_alone_is_all_that_runs(finished: Path, node: str) -> None:
    events = resume(finished, start_at=node, is_alone=True)
    assert stages(events) == ([] if node in SILENT else [("s2" if node in STUDY_STEPS else None, node)])
    assert read_run(finished).state == "finished"


def test_a_gate_alone_is_refused(finished: Path) -> None:
    with pytest.raises(UserError, match="approve_paper only waits"):
        resume(finished, start_at="approve_paper", is_alone=True)


def test_an_older_study_can_be_entered(finished: Path) -> None:
    events = resume(finished, start_at="write_paper", study="s1")
    assert ("s1", "write_paper") in stages(events)
    assert not of_kind(events, "experiment_started")
    assert of_kind(events, "run_finished")[0].papers == 2


def test_a_backup_of_a_study_is_no_study(finished: Path) -> None:
    backup = finished / "papers" / "s1 before my edits"
    backup.mkdir()
    (backup / "study.json").write_bytes((finished / "papers" / "s1" / "study.json").read_bytes())
    assert stages(resume(finished, start_at="draw_figures", is_alone=True)) == [("s2", "draw_figures")]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"start_at": "paint_paper"}, "unknown node 'paint_paper'; known: survey_literature, .*review_paper"),
        ({"start_at": "write_paper", "study": "s9"}, "there is no study s9 in .*; it has: s1, s2"),
    ],
)
def test_what_is_not_there_is_one_line_with_what_is(finished: Path, how: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words):
        resume(finished, **how)


def test_a_persons_abstract_is_kept_published_and_disclosed(own: Path) -> None:
    abstract = own / "papers" / "s1" / "sections" / "abstract.tex"
    generated = abstract.read_text()
    abstract.write_text("A person wrote this sentence. " + generated)
    events = resume(own, start_at="write_paper")
    assert abstract.read_text() == "A person wrote this sentence. " + generated
    folder = Path(of_kind(events, "paper_published")[0].folder)
    paper = (folder / "paper.tex").read_text()
    assert "A person edited: abstract." in paper
    assert r"\input{sections/abstract}" in paper
    assert (folder / "sections" / "abstract.tex").read_text() == abstract.read_text()


def test_edited_ideas_become_new_studies_beside_the_old(own: Path) -> None:
    path = own / "ideas.json"
    first = json.loads((own / "papers" / "s1" / "study.json").read_text())["idea"]
    ideas = json.loads(path.read_text())
    mine = next(idea for idea in ideas if idea["id"] == first["id"])
    mine["id"], mine["title"] = "my-own", "My own question"
    path.write_text(json.dumps(ideas))
    old = {file: file.read_bytes() for file in (own / "papers" / "s1").rglob("*") if file.is_file()}
    events = resume(own, start_at="choose_idea")
    assert [(event.study, event.idea) for event in of_kind(events, "idea_chosen")] == [("s2", "my-own")]
    assert {event.study for event in of_kind(events, "experiment_started")} == {"s2"}
    assert {file: file.read_bytes() for file in old} == old
    assert (own / "papers" / "s2" / "review.json").is_file()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("]\n", "", r"cannot use .*ideas\.json: .*; mend it"),
        ('"niche"', '"nische"', r"cannot use .*ideas\.json: niche: Field required"),
        ('"boost"', '"boots"', r"cannot use .*ideas\.json: idea .*'boots' is no knob"),
    ],
)
def test_ideas_edited_into_something_unusable_are_one_line(finished: Path, old: str, new: str, words: str) -> None:
    path = finished / "ideas.json"
    text = path.read_text()
    path.write_text(text.replace(old, new))
    try:
        with pytest.raises(UserError, match=words) as caught:
            resume(finished, start_at="choose_idea")
    finally:
        path.write_text(text)
    assert "\n" not in str(caught.value)


def test_a_run_of_another_graph_says_how_to_enter_this_one(finished: Path) -> None:
    path = finished / "run.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "graph_version": "0" * 12, "naturalist": "0.0.9"}))
    with pytest.raises(UserError, match=r"made by Naturalist 0\.0\.9.*naturalist resume RUN --from NODE"):
        resume_run(finished, ignore)
    resume(finished, start_at="publish")
    assert of_kind(resume(finished), "run_finished")


def test_what_was_studied_beside_it_is_not_forgotten(tmp_path: Path) -> None:
    folder = start(tmp_path, ideas_at_once=2).folder
    assert len(logged(folder, "idea_chosen")) == 2
    for node in ("publish", "update_archive", "review_paper"):
        for study in ("s1", "s2"):
            assert {event.study for event in finished_papers(resume(folder, start_at=node, study=study))} == {
                "s1",
                "s2",
            }


def finished_papers(events: list[Any]) -> list[Any]:
    """Papers that were published, or kept back for their faults."""
    return [event for event in events if event.study and event.event in ("paper_published", "degraded")]
