"""A run before and around its graph: topic, template, folder, thread of checkpoints, what a stop says."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agents.errors import Interrupted, UserError
from agents.events import Event
from agents.run import TOPIC_CHARS, RunResult, check_topic, choose_template, resume_run, start_run
from agents.settings import FreeSettings, Settings, load_settings, resolve_settings
from agents.store.runs import read_run
from templates import load_template
from tests.agents.scripted import TOY


def settings(home: Path, **flags: Any) -> Settings:
    """A run that stops at its first gate, which takes a fraction of a second."""
    given = {
        "topic": "Does boost\n raise it?", "template": str(TOY), "workspace": home / "workspace",
        "papers": home / "papers", "sandbox.slots": 2, "paper.is_typeset": False, "gates": ("idea",),
    }  # fmt: skip
    return resolve_settings({**given, **flags}, project_file=home / "none.toml")


def ignore(_: Event) -> None:
    """An on_event that does nothing."""


def make(home: Path, **flags: Any) -> RunResult:
    return start_run(settings(home, **flags), ignore)


def test_a_topic_becomes_one_line() -> None:
    assert check_topic("  Does\tboost\n raise it? ") == "Does boost raise it?"
    assert check_topic("x" * TOPIC_CHARS) == "x" * TOPIC_CHARS
    with pytest.raises(UserError, match="1001 characters"):
        check_topic("x" * (TOPIC_CHARS + 1))


def test_a_topic_in_any_script_is_a_topic() -> None:
    assert check_topic("ドロップアウトは有効か") == "ドロップアウトは有効か"


def test_the_nearest_template_comes_with_its_similarity_and_a_wanted_one_without() -> None:
    template, fit = choose_template("Do masks slow down an epidemic?", Settings(topic="t"))
    assert template is not None and template.name == "seir_epidemic"
    assert fit is not None and 0 < fit <= 1
    wanted = Settings(topic="t", template=str(TOY))
    assert choose_template("Do masks slow down an epidemic?", wanted) == (load_template(TOY), None)


def test_a_topic_that_fits_a_template_by_a_word_or_two_goes_without_where_a_model_is_there() -> None:
    topic = "Estimating the reproduction number of an epidemic from under-reported daily case counts"
    assert choose_template(topic, Settings(topic=topic, model="openai/any")) == (None, None)
    template, _ = choose_template(topic, Settings(topic=topic))
    assert template and template.name == "seir_epidemic"


def test_a_topic_that_fits_no_template_goes_without_one_where_a_model_is_there() -> None:
    topic = "Which medieval charters are forgeries?"
    assert choose_template(topic, Settings(topic=topic, model="openai/any")) == (None, None)
    with pytest.raises(UserError, match="no template fits"):
        choose_template(topic, Settings(topic=topic))
    with pytest.raises(UserError, match="needs a language model"):
        choose_template(topic, Settings(topic=topic, free=FreeSettings(is_on=True)))


def test_a_new_folder_holds_settings_template_and_what_made_it(tmp_path: Path) -> None:
    folder = make(tmp_path).folder
    kept = load_settings(folder / "settings.toml")
    assert (kept.topic, kept.template) == ("Does boost raise it?", "toy_template")
    assert (kept.search.lanes, kept.search.lag, kept.sandbox.slots) == (2, 4, 2)
    assert (folder / "template" / "toy_template" / "evaluate.py").read_bytes() == (TOY / "evaluate.py").read_bytes()
    assert json.loads((folder / "run.json").read_text())["thread"] == "main"
    assert folder.name.endswith("-does-boost-raise-it")


def test_a_topic_without_latin_letters_is_named_after_its_template(tmp_path: Path) -> None:
    assert make(tmp_path, topic="ドロップアウト").folder.name.endswith("-toy_template")


def test_relative_folders_are_kept_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = make(tmp_path, workspace=Path("w"), papers=Path("p")).folder
    kept = load_settings(folder / "settings.toml")
    assert (kept.workspace, kept.papers) == (tmp_path / "w", tmp_path / "p")
    monkeypatch.chdir("/")
    assert resume_run(folder, ignore).waiting_for == "idea"


def test_runs_may_start_side_by_side(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = {begun.result().folder for begun in [pool.submit(make, tmp_path, seed=seed) for seed in range(4)]}
    assert len(folders) == 4
    assert {load_settings(folder / "settings.toml").seed for folder in folders} == {0, 1, 2, 3}


def test_a_stop_says_how_to_go_on_and_the_run_does(tmp_path: Path) -> None:
    def stop(event: Event) -> None:
        if event.event == "stage_started":
            raise Interrupted("a stop in the middle of a stage")

    with pytest.raises(Interrupted, match=r"^stopped; everything finished is kept; go on with: naturalist resume 2"):
        start_run(settings(tmp_path), stop)
    folder = next((tmp_path / "workspace").glob("2*"))
    assert read_run(folder).state == "stopped"
    assert resume_run(folder, ignore).waiting_for == "idea"


def test_an_answer_that_nobody_asked_for_changes_nothing(tmp_path: Path) -> None:
    folder = make(tmp_path, ideas=1).folder
    assert resume_run(folder, ignore, approve=False).waiting_for is None
    assert resume_run(folder, ignore, approve=True) == RunResult(folder, (), None)


@pytest.mark.parametrize("name", ["run.json", "settings.toml"])
def test_a_damaged_run_folder_is_one_line_naming_the_file(tmp_path: Path, name: str) -> None:
    folder = make(tmp_path).folder
    (folder / name).write_text("{")
    with pytest.raises(UserError, match=name.replace(".", r"\.")) as caught:
        resume_run(folder, ignore)
    assert "\n" not in str(caught.value)


def test_a_study_cannot_be_entered_before_there_is_one(tmp_path: Path) -> None:
    folder = make(tmp_path).folder
    (folder / "papers" / "s1" / "study.json").unlink()
    with pytest.raises(UserError, match=r"there is no study  ?in .*; it has: none yet"):
        resume_run(folder, ignore, start_at="write_paper")
