"""A study with a companion, whose control is tuned too: from start to published paper, killed in between, tampered."""

import json
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from agents.audit import audit_paper
from agents.errors import UserError
from agents.events import Event, ExperimentFinished, ExperimentStarted
from agents.paper.publish import MANIFEST, manifest
from agents.run import start_run
from agents.schema import Evidence, Experiment
from tests.e2e.toy import copy_template, experiments_of, ignore, logged, of_kind, resume, toy_settings

pytestmark = pytest.mark.slow
IDEA = {
    "id": "boost-beside-placebo",
    "template": "toy_copy",
    "title": "Boost beside a Tuned Placebo",
    "hypothesis": {
        "statement": "Boost raises the score, with the placebo tuned alongside.",
        "metric": "score",
        "direction": "maximize",
        "smallest_effect": 0.2,
        "factors": ["boost"],
        "companions": ["placebo"],
    },
    "plan": "Search both.",
    "niche": "boost",
}
SHIFT = {'"noise": noise,': '"noise": noise + 0.5 * (config["placebo"] == (5 if config["boost"] else 3)),'}
"""The placebo counts after all: with the boost on it is best at five, without it at three."""
LEVELS = {
    "[0.0, 0.25, 0.5, 1.0]": "[0.0, 0.25]",
    "[0, 1, 2, 3, 4, 5]": "[0, 1, 3, 5]",
    'partners = ["placebo"]': "partners = []",
    'partners = ["boost"]': "partners = []",
}
"""So few that the researcher holds the idea for feasible, and no partners whose joint effect it would rather study."""
FLAGS = {"search.experiments": 12, "search.lanes": 1, "search.lag": 2, "confirm.seeds": 3, "ideas": 1}


def start(home: Path, watch: Any = ignore) -> Path:
    """Run a study of `IDEA`, and return the run's folder."""
    home.mkdir(parents=True, exist_ok=True)
    template = copy_template(home, SHIFT)
    (template / "ideas.json").write_text(json.dumps([IDEA]))
    table = (template / "template.toml").read_text()
    for old, new in LEVELS.items():
        assert old in table
        table = table.replace(old, new)
    (template / "template.toml").write_text(table)
    topic = "Does boost raise the score with the placebo tuned alongside?"
    return start_run(toy_settings(home, template=str(template), topic=topic, **FLAGS), watch).folder


def known(experiment: Experiment) -> dict[str, Any]:
    outcome = experiment.outcome
    return experiment.model_dump(exclude={"outcome"}) | {"metrics": outcome.metrics if outcome else None}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return start(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def paper(run: Path, tmp_path: Path) -> Path:
    """A copy of the published paper, to be changed."""
    (published,) = (run.parents[1] / "papers").iterdir()
    copy = tmp_path / "paper"
    copy.mkdir()
    for path in published.rglob("*"):
        if path.is_file():
            (copy / path.relative_to(published)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(published)).write_bytes(path.read_bytes())
    return copy


def test_the_control_is_tuned_after_the_search_and_compared_as_tuned(run: Path, paper: Path) -> None:
    experiments = experiments_of(run)
    assert [each.index for each in experiments] == list(range(len(experiments)))
    stages = list(dict.fromkeys(each.stage for each in experiments))
    assert stages == ["search", "control", "confirm", "ablate"]
    tuning = [each for each in experiments if each.stage == "control"]
    assert all(each.config["boost"] == 0 and each.split == "search" for each in tuning)
    assert len({each.config["placebo"] for each in tuning}) > 2 and len({each.seed for each in tuning}) == 3
    evidence = Evidence.model_validate_json((paper / "evidence.json").read_bytes())
    assert evidence["control.runs"].value == len(tuning)
    compared = {each.config["placebo"] for each in experiments if each.stage == "confirm" and each.arm == "control"}
    assert compared == {int(evidence["setting.control.placebo"].value)}
    (planned, again) = [event.total for event in logged(run, "experiments_planned") if event.stage == "control"]
    assert planned < again == len(tuning)


def test_the_paper_tells_of_the_tuning_and_holds(paper: Path) -> None:
    texts = {path.stem: path.read_text() for path in (paper / "sections").glob("*.tex")}
    for name in ("method", "limitations", "results"):
        assert r"\ev{control.tried}" in texts[name]
    assert "was not tuned again" not in texts["limitations"]
    assert [problem.rule for problem in audit_paper(paper)] == ["no-pdf"]


def rewrite(paper: Path, change: Any) -> list[str]:
    """Change every experiment of the published paper, keep its manifest true, and return the audit's rules."""
    rows = [change(row) for row in json.loads((paper / "experiments.json").read_text())]
    (paper / "experiments.json").write_text(json.dumps([row for row in rows if row]))
    (paper / MANIFEST).write_text(json.dumps(manifest(paper)))
    return [problem.rule for problem in audit_paper(paper) if problem.rule != "no-pdf"]


def test_a_tuning_from_which_the_chosen_control_was_left_out_is_found(paper: Path) -> None:
    evidence = Evidence.model_validate_json((paper / "evidence.json").read_bytes())
    best = evidence["control.best"].experiments[0]

    def drop(row: dict[str, Any]) -> dict[str, Any] | None:
        return None if row["id"] == best else row

    assert "recomputed" in rewrite(paper, drop)


def test_a_control_of_another_program_than_was_tuned_is_found(paper: Path) -> None:
    def swap(row: dict[str, Any]) -> dict[str, Any]:
        return row | {"code_sha256": "0" * 64} if row["arm"] == "control" and row["stage"] == "confirm" else row

    assert "control" in rewrite(paper, swap)


@pytest.mark.skipif(sys.platform != "linux", reason="kills a forked session: Linux only")
def test_a_run_killed_between_the_controls_experiments_goes_on_and_ends_the_same(run: Path, tmp_path: Path) -> None:
    home = tmp_path / "killed"
    ended: list[str] = []

    def die(event: Event) -> None:
        if isinstance(event, ExperimentFinished) and event.stage == "control":
            ended.append(event.experiment)
            if len(ended) == 2:
                os.kill(os.getpid(), signal.SIGKILL)

    child = multiprocessing.get_context("fork").Process(target=start, args=(home, die))
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    (folder,) = [path for path in (home / "workspace").iterdir() if path.is_dir() and path.name[0] == "2"]
    before = {each.id for each in experiments_of(folder) if each.outcome}
    events = resume(folder)
    started = {event.experiment for event in events if isinstance(event, ExperimentStarted)}
    assert started and not started & before
    assert [known(each) for each in experiments_of(folder)] == [known(each) for each in experiments_of(run)]


def test_a_confirmation_cannot_be_entered_before_the_control_is_tuned(tmp_path: Path) -> None:
    class Cut(Exception):
        pass

    def cut(event: Event) -> None:
        if isinstance(event, ExperimentStarted) and event.stage == "control":
            raise Cut

    with pytest.raises(Cut):
        start(tmp_path, cut)
    (folder,) = [path for path in (tmp_path / "workspace").iterdir() if path.is_dir() and path.name[0] == "2"]
    with pytest.raises(UserError, match="--from tune_control"):
        resume(folder, start_at="confirm_result")
    events = resume(folder, start_at="tune_control", is_alone=True)
    assert {event.stage for event in of_kind(events, "experiment_started")} == {"control"}
