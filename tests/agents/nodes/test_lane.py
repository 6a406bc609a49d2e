"""A lane's choice rests on the nodes that lie the lag behind: on all of those, and on no others."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agents.errors import Interrupted
from agents.nodes.ideas import choose_idea, judge_novelty, propose_ideas, survey_literature
from agents.nodes.lane import write_code
from agents.nodes.study import register_plan
from agents.schema import Experiment, Outcome, experiment_id
from agents.services import Services
from agents.state import LaneState
from agents.tasks import Change, ProposeChange
from tests.agents.scripted import propose_dose, scripted_services

LANE: LaneState = {"study": "s1", "lane": 0, "index": 3}
"""With a lag of two it sees the nodes 0 and 1 and not 2."""


def searching(folder: Path, seen: list[list[str]]) -> Services:
    def propose(task: ProposeChange) -> Change:
        seen.append([node.id for node in task.nodes])
        return propose_dose(task)

    services = scripted_services(folder, propose=propose, flags={"search.lag": 2, "search.experiments": 8})
    for node in (survey_literature, propose_ideas, judge_novelty, choose_idea):
        node({}, services)
    register_plan({"study": "s1"}, services)
    for lane in (3, 2, 1, 0):
        services.journal.claim("s1", lane, 8)
    for index in (0, 2):
        run(services, index)
    return services


def run(services: Services, index: int) -> None:
    node = Experiment(
        id=experiment_id("s1", index), study="s1", index=index, stage="search", change="none",
        config=services.template.baseline, code_sha256="0" * 64, seed=0, split="search", researcher="scripted",
    )  # fmt: skip
    services.journal.record(node)
    services.journal.finish(node.id, Outcome(status="ok", metrics={"score": 1.0, "noise": 0.0}))


def test_a_lane_waits_for_the_node_that_is_missing_and_sees_none_beyond_its_lag(tmp_path: Path) -> None:
    seen: list[list[str]] = []
    services = searching(tmp_path, seen)
    with ThreadPoolExecutor(1) as pool:
        written = pool.submit(write_code, LANE, services)
        assert not written.done()
        assert services.journal.get("s1-0003") is None
        run(services, 1)
        written.result(30)
    assert seen == [["s1-0000", "s1-0001"]]
    assert services.journal.get("s1-0003") is not None


def test_a_lane_that_waits_is_stopped(tmp_path: Path) -> None:
    services = searching(tmp_path, [])
    services.stop.set()
    with pytest.raises(Interrupted, match="node 1 of s1"):
        write_code(LANE, services)
