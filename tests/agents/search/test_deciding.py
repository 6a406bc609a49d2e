"""Decisions come in order, each once, from what the lag rule lets them know, whoever asks when."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from agents.schema import Choice, Experiment, Outcome, Registration, experiment_id
from agents.search.best_first import BestFirst
from agents.search.deciding import OrderedSearch, choice_of
from agents.search.view import Policy, SearchView
from tests.agents.scripted import DOSE, drive, emitted, propose_dose, scripted_services
from tests.fakes import ScriptedModel

PLAN = Registration(
    study="s1", idea=DOSE, template="toy_template", evaluator_sha256="", baseline={"boost": 0}, search_experiments=60,
    search_seed=0, confirm_seeds=(1,),
)  # fmt: skip


class Recording:
    """A policy that keeps what it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, list[str], list[str]]] = []

    def ask(self, view: SearchView) -> Choice:
        nodes = view.tree.nodes[1:]
        known = [node.id or "" for node in nodes if node.trial]
        self.shown.append((view.index, known, [node.id or "" for node in nodes if node.is_pending]))
        return Choice(parent=view.rng().choice([None, *known]), model=view.rng().choice(view.models))


def finished(index: int, choice: Choice, value: float | None) -> Experiment:
    outcome = Outcome(status="crash") if value is None else Outcome(status="ok", metrics={"score": value}, wall_s=36.0)
    return Experiment(
        id=experiment_id("s1", index), study="s1", index=index, stage="search", parent=choice.parent, change="",
        config={"boost": index}, code_sha256="", seed=0, split="search", researcher="tester", patch=choice.patch,
        model=choice.model, chosen_by=choice.arm, inspirations=choice.inspirations, cost_usd=0.5, outcome=outcome,
    )  # fmt: skip


def value_of(index: int) -> float | None:
    return random.Random(index).choice([None, random.Random(index).random()])


def course(search: OrderedSearch, count: int) -> list[Experiment]:
    """Run a whole search, one node after another."""
    nodes = [finished(0, Choice(), 0.1)]
    for index in range(1, count):
        nodes.append(finished(index, search.decide(PLAN, index, nodes), value_of(index)))
    return nodes


def make(policy: Policy | None = None, lag: int = 3) -> OrderedSearch:
    return OrderedSearch(policy or BestFirst(drafts=3), lag=lag, seed=4, models=("a", "b"), usd_per_hour=1.0)


def test_a_decision_knows_outcomes_up_to_the_lag_and_of_the_rest_that_they_are_under_way() -> None:
    policy = Recording()
    course(make(policy), 8)
    ids = [experiment_id("s1", index) for index in range(8)]
    for index, known, pending in policy.shown:
        last = max(0, index - 2)
        assert (known, pending) == (ids[:last], ids[last:index])


def test_who_asks_first_changes_nothing() -> None:
    nodes = course(make(), 40)
    late = make()
    assert late.decide(PLAN, 39, nodes[:37]) == choice_of(nodes[39])
    assert [late.decide(PLAN, index, nodes[:37]) for index in range(1, 40)] == [choice_of(each) for each in nodes[1:]]


@pytest.mark.parametrize("recorded", [1, 2, 7, 20, 38])
def test_a_search_that_is_resumed_decides_as_if_it_had_not_stopped(recorded: int) -> None:
    nodes = course(make(), 140)
    resumed, known = make(), nodes[:recorded]
    for index in range(recorded, 140):
        choice = resumed.decide(PLAN, index, known)
        assert choice == choice_of(nodes[index])
        known = [*known, nodes[index]]


def test_what_is_recorded_is_not_asked_again() -> None:
    nodes = course(make(), 12)
    policy = Recording()
    make(policy).decide(PLAN, 14, nodes)
    assert [index for index, _, _ in policy.shown] == [12, 13, 14]


def test_studies_do_not_know_of_each_other() -> None:
    policy = Recording()
    search = make(policy)
    course(search, 10)
    search.decide(PLAN.model_copy(update={"study": "s2"}), 1, [])
    assert policy.shown[-1][1] == []


def test_time_and_money_are_one_cost() -> None:
    seen: list[SearchView] = []

    class Watching:
        def ask(self, view: SearchView) -> Choice:
            seen.append(view)
            return Choice()

    make(Watching(), lag=1).decide(PLAN, 1, [finished(0, Choice(model="a"), 0.3)])
    trial = seen[0].tree[experiment_id("s1", 0)].trial
    assert trial is not None and trial.cost == pytest.approx(0.5 + 36 / 3600)


def test_a_lane_measures_again_what_the_policy_wants_repeated(tmp_path: Path) -> None:
    class RepeatFirst:
        def ask(self, view: SearchView) -> Choice:
            first = view.tree[experiment_id("s1", 1)] if view.index > 1 else None
            return Choice(parent=first.id, patch="repeat") if first else Choice()

    services = scripted_services(tmp_path, flags={"generations": 1})
    search = OrderedSearch(RepeatFirst())
    drive(replace(services, search=search))
    first, *again = services.journal.experiments("s1", "search")[1:]
    assert {each.change for each in again} == {f"{first.id} with another seed"}
    assert all((each.config, each.code_sha256) == (first.config, first.code_sha256) for each in again)
    assert len({each.seed for each in (first, *again)}) == len(again) + 1
    assert [event.kind for event in emitted(services, "experiment_started") if event.stage == "search"][2:] == [
        "repeat"
    ] * len(again)


def test_the_baseline_may_be_repeated_although_it_moves_no_factor(tmp_path: Path) -> None:
    class RepeatBaseline:
        def ask(self, view: SearchView) -> Choice:
            return Choice(parent=experiment_id("s1", 0), patch="repeat") if view.index == 2 else Choice()

    services = scripted_services(tmp_path, flags={"generations": 1})
    drive(replace(services, search=OrderedSearch(RepeatBaseline(), lag=1)))
    (repeat,) = (each for each in services.journal.experiments("s1", "search") if each.is_repeat)
    assert repeat.parent == experiment_id("s1", 0) and repeat.outcome and repeat.outcome.is_ok


def test_a_lane_asks_the_model_that_the_policy_chose(tmp_path: Path) -> None:
    class Alternate:
        def ask(self, view: SearchView) -> Choice:
            return Choice(model=view.models[view.index % 2], arm="turns")

    services = scripted_services(tmp_path, flags={"generations": 1})
    models = {name: ScriptedModel({"ProposeChange": propose_dose}, name) for name in ("left", "right")}
    search = OrderedSearch(Alternate(), models=tuple(models))
    drive(replace(services, search=search, models=models))
    made = services.journal.experiments("s1", "search")[1:]
    assert [(each.model, each.researcher, each.chosen_by) for each in made] == [
        (name, name, "turns") for name in ("right", "left", "right")
    ]
