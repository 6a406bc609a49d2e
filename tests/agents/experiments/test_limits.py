"""Hours and GPU hours hold: a search gives way to its confirmation, and what does not fit is not begun."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from agents.errors import BudgetExceeded, Interrupted
from agents.experiments.limits import add_gpu_hours, find_shortage, hold_gpus, release_gpus, wait_for_gpus
from agents.experiments.running import RAN_AGAIN
from agents.nodes.ideas import choose_idea, propose_ideas, survey_literature
from agents.nodes.lane import claim, judge_result, run_code, write_code
from agents.nodes.loop import update_archive
from agents.nodes.novelty import judge_novelty
from agents.nodes.study import ablate, confirm_result, register_plan
from agents.schema import Completion, Experiment, Job, Outcome, experiment_id
from agents.services import Services
from agents.settings import change_settings
from agents.state import LaneState
from agents.tasks import ProposeChange
from tests.agents.scripted import emitted, measure, scripted_services
from tests.fakes import InlineExecutor, ScriptedModel

GPU = {"sandbox.gpus": ("0",)}


@dataclass
class Hours:
    """A clock that goes on by `step` hours with every experiment."""

    step: float = 0.0
    now: float = 0.0
    jobs: list[str] = field(default_factory=list[str])

    def seconds(self) -> float:
        return 3600 * self.now

    def run(self, job: Job) -> tuple[Completion, ...]:
        self.jobs.append(job.id)
        self.now += self.step
        first, second = measure(job)
        return first.model_copy(update={"wall_s": 3600 * self.step}), second


def laboratory(folder: Path, hours: Hours, flags: dict[str, Any]) -> Services:
    """A run of one study, 8 search experiments, 2 arms (control and baseline coincide) on 3 seeds; no ablation."""
    given = {"search.experiments": 8, "generations": 1, "search.is_staged": False, **flags}
    services = scripted_services(folder, flags=given)
    return replace(services, executor=InlineExecutor(hours.run), clock=hours.seconds)


def study(services: Services) -> None:
    """Everything of a study but its paper."""
    for node in (survey_literature, propose_ideas, judge_novelty, choose_idea):
        node({}, services)
    register_plan({"study": "s1"}, services)
    lane: LaneState = {"study": "s1", "lane": 0}
    while (index := claim(lane, services)["index"]) is not None:
        lane["index"] = index
        for step in (write_code, run_code, judge_result):
            step(lane, services)
    confirm_result({"study": "s1"}, services)
    ablate({"study": "s1"}, services)


def proposed(services: Services) -> set[int]:
    """Indices of the nodes that a model was asked for."""
    assert isinstance(services.model, ScriptedModel)
    return {each.index for each in services.model.asked if isinstance(each, ProposeChange)}


def searched(services: Services) -> list[Experiment]:
    return services.journal.experiments("s1", "search")


def statuses(services: Services) -> list[str]:
    return [node.outcome.status for node in searched(services) if node.outcome]


class TestHours:
    def test_a_search_ends_early_enough_for_its_confirmation(self, tmp_path: Path) -> None:
        hours = Hours(step=0.1)
        services = laboratory(tmp_path, hours, {"budget.hours": 1.2})
        study(services)
        ran = statuses(services).count("ok")
        assert statuses(services) == ["ok"] * ran + ["skipped"] * (8 - ran)
        assert 2 <= ran < 8
        assert proposed(services) == set(range(1, ran))  # the baseline is proposed by nobody
        confirmed = services.journal.experiments("s1", "confirm")
        assert confirmed and all(each.outcome and each.outcome.is_ok for each in confirmed)
        assert hours.now <= 1.2 + 1e-9

    def test_it_is_told_once_and_each_node_says_why(self, tmp_path: Path) -> None:
        services = laboratory(tmp_path, Hours(step=0.1), {"budget.hours": 1.2})
        study(services)
        (told,) = [each for each in emitted(services, "degraded") if "hours is used up" in each.what and each.study]
        assert told.consequence == "the search ends here, and what it found is confirmed"
        skipped = searched(services)[-1].outcome
        assert skipped and skipped.detail.startswith("not run: the budget of 1.2 hours is used up")
        assert "\n" not in skipped.detail

    def test_a_confirmation_that_does_not_fit_says_how_to_go_on(self, tmp_path: Path) -> None:
        hours = Hours(step=0.1)
        services = laboratory(tmp_path, hours, {"budget.hours": 1.2})
        late = replace(services, clock=lambda: 0.0 if len(hours.jobs) < 9 else 4500.0)
        with pytest.raises(BudgetExceeded, match="raise it with --hours and resume the run"):
            study(late)
        settings = change_settings(services.settings, {"budget.hours": 9.0})
        study(replace(services, settings=settings))
        confirmed = services.journal.experiments("s1", "confirm")
        assert all(each.outcome and each.outcome.is_ok for each in confirmed)
        assert len(hours.jobs) == len(set(hours.jobs))  # what was done was not done again

    def test_no_further_idea_is_studied(self, tmp_path: Path) -> None:
        services = laboratory(tmp_path, Hours(now=1.2), {"budget.hours": 1.2, "generations": 3})
        assert update_archive({"generation": 1}, services)["is_last"]
        assert "no further idea is studied" in [each.consequence for each in emitted(services, "degraded")]

    def test_without_a_limit_nothing_is_skipped(self, tmp_path: Path) -> None:
        services = laboratory(tmp_path, Hours(step=100.0), {})
        study(services)
        assert set(statuses(services)) == {"ok"}


class TestGpuHours:
    """The toy's experiments ask for a whole GPU and may take ten seconds, but take as long as the clock says."""

    def test_a_search_ends_early_enough_for_its_confirmation(self, tmp_path: Path) -> None:
        hours = Hours(step=0.001)
        services = laboratory(tmp_path, hours, {"budget.gpu_hours": 0.014, **GPU})
        study(services)
        assert "skipped" in statuses(services)
        assert hours.now <= 0.014

    def test_without_gpus_they_cost_nothing(self, tmp_path: Path) -> None:
        services = laboratory(tmp_path, Hours(step=0.001), {"budget.gpu_hours": 0.001, "sandbox.gpus": ()})
        study(services)
        assert set(statuses(services)) == {"ok"}

    def test_what_runs_counts_at_the_most_it_may_take(self, tmp_path: Path) -> None:
        services, first, second = self.planned(tmp_path, 15.0)
        assert hold_gpus(services, first) is None
        shortage = hold_gpus(services, second)
        assert shortage and (shortage.kind, shortage.wanted) == ("gpu_hours", pytest.approx(10 / 3600))
        assert find_shortage(services) is None  # once the first has ended sooner, the second may fit
        release_gpus(services, first.id)
        assert hold_gpus(services, second) is None

    def test_one_waits_while_another_may_end_early(self, tmp_path: Path) -> None:
        services, first, second = self.planned(tmp_path, 15.0)
        hold_gpus(services, first)
        with ThreadPoolExecutor(1) as pool:
            waiting: Future[BudgetExceeded | None] = pool.submit(wait_for_gpus, services, second)
            assert not waiting.done()
            release_gpus(services, first.id)
            assert waiting.result(30) is None

    def test_waiting_is_stopped(self, tmp_path: Path) -> None:
        services, first, second = self.planned(tmp_path, 15.0)
        hold_gpus(services, first)
        services.stop.set()
        with pytest.raises(Interrupted, match="s1-0001"):
            wait_for_gpus(services, second)

    def test_nobody_waits_for_what_can_never_fit(self, tmp_path: Path) -> None:
        services, first, _ = self.planned(tmp_path, 9.0)
        assert wait_for_gpus(services, first) is not None

    def planned(self, folder: Path, limit_s: float) -> tuple[Services, Experiment, Experiment]:
        services = laboratory(folder, Hours(), {"budget.gpu_hours": limit_s / 3600, **GPU})
        return services, _experiment(0), _experiment(1)


def test_gpu_hours_count_the_share_of_a_gpu_and_the_whole_one_where_it_ran_again() -> None:
    walls: Iterator[int] = count(1)
    ended = [
        _experiment(0, Outcome(status="ok", wall_s=3600.0 * next(walls))),
        _experiment(1, Outcome(status="timeout", wall_s=3600.0 * next(walls))),
        _experiment(2, Outcome(status="ok", wall_s=3600.0 * next(walls), detail=RAN_AGAIN)),
        _experiment(3, Outcome(status="skipped")),
        _experiment(4),
    ]
    assert add_gpu_hours(ended, lambda study: 0.25) == 0.25 * 1 + 0.25 * 2 + 1.0 * 3


def _experiment(index: int, outcome: Outcome | None = None) -> Experiment:
    return Experiment(
        id=experiment_id("s1", index), study="s1", index=index, stage="search", change="none", config={},
        code_sha256="0" * 64, seed=0, split="search", researcher="r", outcome=outcome,
    )  # fmt: skip
