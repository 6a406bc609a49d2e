"""A search long enough for stages and repeats, from start to published paper, whole and cut in two."""

from pathlib import Path
from typing import Any

import pytest

from agents.audit import audit_paper
from agents.errors import Interrupted
from agents.events import Event, ExperimentStarted
from agents.run import start_run
from agents.schema import Evidence, Experiment
from tests.e2e.toy import experiments_of, ignore, logged, resume, toy_settings

FLAGS = {"search.experiments": 20, "search.lanes": 2, "confirm.seeds": 4}


def known(experiment: Experiment) -> dict[str, Any]:
    """What must be the same in every run of one seed; times are not."""
    outcome = experiment.outcome
    return experiment.model_dump(exclude={"outcome"}) | {"metrics": outcome.metrics if outcome else None}


def test_stages_and_repeats_reach_the_paper_and_a_resumed_run_has_the_same(tmp_path: Path) -> None:
    whole = start_run(toy_settings(tmp_path / "whole", **FLAGS), ignore)
    nodes = [run for run in experiments_of(whole.folder) if run.stage == "search"]
    assert [node.phase == "replication" for node in nodes] == [False] * 18 + [True] * 2
    assert all(node.is_repeat for node in nodes[18:])
    told = [event.phase for event in logged(whole.folder, "phase_started")]
    assert told == ["working", "question", "replication"]
    (paper,) = (tmp_path / "whole" / "papers").iterdir()
    evidence = Evidence.model_validate_json((paper / "evidence.json").read_bytes())
    repeats = sum(node.is_repeat for node in nodes)
    assert evidence["search.repeats"].value == repeats >= 2 and evidence["search.best"].n >= 2
    assert [problem.rule for problem in audit_paper(paper)] == ["no-pdf"]

    class Cut(Exception):
        pass

    def cut(event: Event) -> None:
        if isinstance(event, ExperimentStarted) and event.kind == "repeat" and event.experiment == nodes[18].id:
            raise Cut

    with pytest.raises((Cut, Interrupted)):
        start_run(toy_settings(tmp_path / "cut", **FLAGS), cut)
    (folder,) = [path for path in (tmp_path / "cut" / "workspace").iterdir() if path.is_dir()]
    resume(folder)
    assert [known(run) for run in experiments_of(folder)] == [known(run) for run in experiments_of(whole.folder)]
