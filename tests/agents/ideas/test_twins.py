"""Ideas that were had before, in this run or in another of the workspace."""

import json
from pathlib import Path

import pytest

from agents.ideas.embedding import find_embedding
from agents.ideas.twins import FinishedStudy, find_alike, find_earlier, find_twin, finished_elsewhere
from agents.schema import Idea
from tests.agents.ideas.records import make_idea


def finish(workspace: Path, run: str, idea: Idea, study: str = "s1", *, is_reviewed: bool = True) -> None:
    folder = workspace / run / "papers" / study
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(json.dumps({"study": study, "idea": idea.model_dump(mode="json")}))
    if is_reviewed:
        (folder / "review.json").write_text("{}")


def test_a_question_is_the_same_by_template_factors_and_companions() -> None:
    idea = make_idea("a", template="toy", factors=("width", "depth"))
    same = make_idea("b", "Otherwise told", template="toy", factors=("depth", "width"))
    assert find_earlier(idea, [make_idea("c", template="other", factors=("width", "depth")), same]) == same
    assert find_earlier(idea, [make_idea("d", template="toy", factors=("width", "depth"), companions=("x",))]) is None
    assert find_earlier(make_idea("e"), [make_idea("f", "On whales")]) is None  # without a template knobs say nothing
    assert find_earlier(make_idea("e"), [make_idea("f")]) == make_idea("f")  # but words do


def test_only_finished_studies_of_other_runs_count_newest_first(tmp_path: Path) -> None:
    idea = make_idea("a", template="toy")
    finish(tmp_path, "20260101-a", idea)
    finish(tmp_path, "20260102-b", idea)
    finish(tmp_path, "20260103-c", idea, is_reviewed=False)
    finish(tmp_path, "20260104-own", idea)
    found = finished_elsewhere(tmp_path, tmp_path / "20260104-own")
    assert [study.name for study in found] == ["20260102-b/s1", "20260101-a/s1"]
    assert find_twin(idea, found) == found[0]
    assert finished_elsewhere(tmp_path / "none", tmp_path) == []


@pytest.mark.parametrize("text", ["{", "[]", '{"idea": {}}', '{"idea": null}', '"x"'])
def test_what_cannot_be_read_is_left_out(tmp_path: Path, text: str) -> None:
    finish(tmp_path, "good", make_idea("a"))
    finish(tmp_path, "torn", make_idea("a"))
    (tmp_path / "torn" / "papers" / "s1" / "study.json").write_text(text)
    (tmp_path / "a-file").write_text("")
    assert [study.name for study in finished_elsewhere(tmp_path, tmp_path / "x")] == ["good/s1"]


def test_without_a_template_only_the_same_text_is_a_twin_and_likeness_goes_to_the_judge() -> None:
    idea = make_idea("a", "Dropout in the first layer", plan="Drop units of the first layer.")
    retold = FinishedStudy("r/s1", idea.model_copy(update={"id": "b"}))
    variant = FinishedStudy("r/s2", make_idea("c", "Dropout in the last layer", plan="Drop units of the last layer."))
    other = FinishedStudy("r/s3", make_idea("d", template="toy"))
    assert find_twin(idea, [variant, retold]) == retold
    assert find_twin(idea, [variant]) is None
    for embed in {None, find_embedding()}:
        assert find_alike(idea, [variant], embed) == [variant]
    assert find_alike(make_idea("e", template="toy"), [other], None) == []


def test_a_hundred_runs_are_read_once_each(tmp_path: Path) -> None:
    for number in range(100):
        finish(tmp_path, f"run-{number:03d}", make_idea("a", f"Idea {number}", plan=f"Plan {number}"))
    studies = finished_elsewhere(tmp_path, tmp_path / "x")
    find_twin(make_idea("b"), studies)
    find_alike(make_idea("b"), studies, None)
    assert len(studies) == 100
