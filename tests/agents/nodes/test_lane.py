"""A lane's choice rests on the nodes that lie the lag behind, on all of those and on no others; and on its stage."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agents.errors import Interrupted
from agents.events import Event, PhaseStarted
from agents.nodes.artefacts import keep_code
from agents.nodes.ideas import choose_idea, propose_ideas, survey_literature
from agents.nodes.lane import FIRST_SAMPLE_SEED, claim, judge_result, plan_of, run_code, write_code
from agents.nodes.novelty import judge_novelty
from agents.nodes.proposing import MOST_REJECTIONS
from agents.nodes.study import register_plan
from agents.schema import Config, Experiment, Outcome, experiment_id
from agents.services import Services
from agents.slots import experiment_source
from agents.state import LaneState
from agents.tasks import Change, ProposeChange
from tests.agents.scripted import propose_dose, scripted_services
from tests.fakes import EventList

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
        config=services.template_of("s1").baseline, code_sha256="0" * 64, seed=0, split="search", researcher="scripted",
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


class TestStages:
    """One lane with a lag of one: node 1 is the first to build on the baseline."""

    def services(self, folder: Path, propose: Callable[[ProposeChange], Change], experiments: int = 24) -> Services:
        flags = {"search.lag": 1, "search.experiments": experiments}
        services = scripted_services(folder, propose=propose, flags=flags)
        for node in (survey_literature, propose_ideas, judge_novelty, choose_idea):
            node({}, services)
        register_plan({"study": "s1"}, services)
        return services

    def explore(self, services: Services) -> None:
        state: LaneState = {"study": "s1", "lane": 0}
        while (index := claim(state, services)["index"]) is not None:
            state["index"] = index
            for step in (write_code, run_code, judge_result):
                step(state, services)

    def test_are_told_when_they_begin_recorded_and_end_in_repeats(self, tmp_path: Path) -> None:
        services = self.services(tmp_path, propose_dose)
        self.explore(services)
        nodes = services.journal.experiments("s1", "search")
        plan = services.journal.registration("s1")
        assert plan is not None and plan.replications == 2
        told = [event.phase for event in heard(services) if isinstance(event, PhaseStarted)]
        places = [(event.number, event.total) for event in heard(services) if isinstance(event, PhaseStarted)]
        assert places == [(1, 4), (2, 4), (3, 4)]
        assert told == list(dict.fromkeys(node.phase for node in nodes)) == ["working", "question", "replication"]
        assert [node.is_repeat for node in nodes] == [False] * 22 + [True] * 2

    def test_a_proposal_knows_what_was_learnt_and_how_many_more_may_follow(self, tmp_path: Path) -> None:
        tasks: list[ProposeChange] = []

        def propose(task: ProposeChange) -> Change:
            tasks.append(task)
            return propose_dose(task)

        self.explore(self.services(tmp_path, propose))
        assert (tasks[0].remaining, tasks[-1].remaining) == (20, 0), "two of 24 repeat, and the first is the baseline"
        assert tasks[0].notes == () and tasks[-1].notes[0].startswith(f"factor {tasks[0].idea.hypothesis.factors[0]}: ")

    def test_a_repeat_is_the_same_experiment_on_a_seed_that_its_rivals_share(self, tmp_path: Path) -> None:
        services = self.services(tmp_path, propose_dose)
        self.explore(services)
        nodes = {node.id: node for node in services.journal.experiments("s1", "search")}
        repeats = [node for node in nodes.values() if node.is_repeat]
        for repeat in repeats:
            node = nodes[repeat.parent or ""]
            assert (repeat.config, repeat.code_sha256) == (node.config, node.code_sha256)
        assert {repeat.seed for repeat in repeats} == {FIRST_SAMPLE_SEED + 1}
        assert len({repeat.parent for repeat in repeats}) == 2

    def test_a_proposal_that_moves_what_its_stage_holds_is_refused(self, tmp_path: Path) -> None:
        services = self.services(tmp_path, propose_dose)
        plan = plan_of(services, "s1")
        hypothesis = plan.idea.hypothesis.model_copy(update={"factors": ("boost",), "companions": ("placebo",)})
        plan = plan.model_copy(update={"idea": plan.idea.model_copy(update={"hypothesis": hypothesis}), "study": "s9"})
        services.journal.register(plan)
        for lane in range(4):
            services.journal.claim("s9", lane, 9)
        parent = self.record(services, 1, {"boost": 0.5}, None)
        kept = self.record(services, 2, {"boost": 0.5, "placebo": 3}, parent)
        moved = self.record(services, 3, {"boost": 1.0, "placebo": 3}, parent)
        for node in (kept, moved):
            run_code({"study": "s9", "lane": node.index, "index": node.index}, services)
        outcomes = [services.journal.get(node.id) for node in (kept, moved)]
        details = [node.outcome.detail for node in outcomes if node and node.outcome]
        assert details == ["", "proposal refused: knobs ['boost'] are held in the stage of tuning"]

    def record(self, services: Services, index: int, config: Config, parent: Experiment | None) -> Experiment:
        code = experiment_source(services.template_of("s1"))
        node = Experiment(
            id=experiment_id("s9", index), study="s9", index=index, stage="search",
            parent=parent.id if parent else None, change="c", config=services.template_of("s1").baseline | config,
            code_sha256=keep_code(services, code), seed=0,
            split="search", researcher="r", phase="tuning" if parent else "working",
            outcome=None if parent else Outcome(status="ok", metrics={"score": 1.0, "noise": 0.0}),
        )  # fmt: skip
        services.journal.record(node)
        return node


def heard(services: Services) -> list[Event]:
    assert isinstance(services.events, EventList)
    return services.events.events


class TestCodeOfAResearchersOwn:
    """What a static check says of a program decides whether it runs, and stays with its node."""

    program = """
import argparse
parser = argparse.ArgumentParser()
for option in ("--out", "--seed", "--config"):
    parser.add_argument(option)
print(vars(parser.parse_args()))
"""

    def nodes(self, folder: Path, lines: str, tasks: list[ProposeChange], count: int = 4) -> list[Experiment]:
        def propose(task: ProposeChange) -> Change:
            tasks.append(task)
            change = propose_dose(task)
            return change.model_copy(update={"code": f"{self.program}{lines}print({task.index})\n"})

        stages = TestStages()
        services = stages.services(folder, propose, experiments=count)
        stages.explore(services)
        return services.journal.experiments("s1", "search")

    def test_that_never_passes_is_a_failed_node_that_never_ran(self, tmp_path: Path) -> None:
        tasks: list[ProposeChange] = []
        baseline, *others = self.nodes(tmp_path, "import socket\n", tasks)
        assert baseline.outcome and baseline.outcome.is_ok
        outcomes = [node.outcome for node in others if node.outcome]
        assert [outcome.status for outcome in outcomes] == ["crash"] * 3
        assert all(outcome.detail.startswith("static check: line 7: uses the network") for outcome in outcomes)
        assert not any((tmp_path / "experiments" / node.id).exists() for node in others)
        assert len(tasks) == 3 * (1 + MOST_REJECTIONS)

    def test_that_is_warned_of_runs_and_its_node_says_so(self, tmp_path: Path) -> None:
        tasks: list[ProposeChange] = []
        baseline, *others = self.nodes(tmp_path, "import pickle\nload = lambda file: pickle.load(file)\n", tasks)
        assert baseline.outcome and baseline.outcome.detail == ""
        outcomes = [node.outcome for node in others if node.outcome]
        assert all(outcome.is_ok and "line 8: unpickles" in outcome.detail for outcome in outcomes)
        assert [node.id for node in others] == ["s1-0001", "s1-0002", "s1-0003"]

    def test_a_debug_is_told_how_its_parent_failed(self, tmp_path: Path) -> None:
        tasks: list[ProposeChange] = []
        self.nodes(tmp_path, "import socket\n", tasks, count=12)
        (first, *_) = [task for task in tasks if task.kind == "debug"]
        assert first.log_tail.startswith("crash: static check: line 7: uses the network")
