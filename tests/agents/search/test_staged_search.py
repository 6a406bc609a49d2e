"""A staged search decided node by node: the same whatever was killed when, judged by what the idea claims."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.schema import Choice, Experiment, Outcome, Registration, experiment_id
from agents.search.best_first import BestFirst
from agents.search.deciding import OrderedSearch
from agents.search.staged import Staged
from agents.search.stages import replications_of
from tests.agents.experiments.study_records import make_node, make_plan

SIZE = 40
Measure = Callable[[int], float | None]


def plan_for(metric: str = "score") -> Registration:
    plan = make_plan(search_experiments=SIZE).model_copy(update={"replications": replications_of(SIZE)})
    direction = "minimize" if metric == "loss" else "maximize"
    hypothesis = plan.idea.hypothesis.model_copy(update={"metric": metric, "direction": direction})
    return plan.model_copy(update={"idea": plan.idea.model_copy(update={"hypothesis": hypothesis})})


def make_search(lag: int) -> OrderedSearch:
    return OrderedSearch(Staged(BestFirst()), lag=lag, seed=3)


def finished(plan: Registration, index: int, choice: Choice, value: float | None) -> Experiment:
    made = {
        "parent": choice.parent, "patch": choice.patch, "model": choice.model, "chosen_by": choice.arm,
        "phase": choice.phase, "id": experiment_id(plan.study, index),
    }  # fmt: skip
    return make_node(index, {"rate": 0.3} if index else {}, value).model_copy(update=made)


def run(plan: Registration, measure: Measure, lag: int, restarts: Sequence[int] = ()) -> list[Experiment]:
    """A whole search, by a new OrderedSearch at every restart; what lies within the lag has no outcome yet."""
    search, nodes = make_search(lag), [finished(plan, 0, Choice(), measure(0))]
    for index in range(1, plan.search_experiments):
        if index in restarts:
            search = make_search(lag)
        known = max(index - lag + 1, SIZE - plan.replications if index >= SIZE - plan.replications else 0)
        shown = [node if node.index < known else node.model_copy(update={"outcome": None}) for node in nodes]
        nodes.append(finished(plan, index, search.decide(plan, index, shown), measure(index)))
    return nodes


@given(
    values=st.lists(st.none() | st.integers(0, 9), min_size=SIZE, max_size=SIZE),
    lag=st.integers(1, 9),
    restarts=st.sets(st.integers(1, SIZE - 1), max_size=4),
)
@settings(max_examples=30, deadline=None)
def test_a_resumed_search_goes_through_the_same_stages(values: list[int | None], lag: int, restarts: set[int]) -> None:
    def measure(index: int) -> float | None:
        return values[index]

    assert run(plan_for(), measure, lag, sorted(restarts)) == run(plan_for(), measure, lag)


def test_stages_come_in_their_order_and_are_recorded() -> None:
    nodes = run(plan_for(), lambda index: float(index % 7), 4)
    phases = list(dict.fromkeys(node.phase for node in nodes[1:]))
    assert phases == ["working", "tuning", "question", "replication"]
    assert [node.is_repeat for node in nodes] == [False] * 36 + [True] * 4


@pytest.mark.parametrize("lag", [1, 20])
def test_the_last_node_of_the_search_is_measured_again_if_it_is_the_best(lag: int) -> None:
    """With a long lag a late node would never be known in time, and could not win for it."""
    nodes = run(plan_for(), lambda index: 99.0 if index == 35 else 1.0, lag)
    assert nodes[36].parent == nodes[35].id


def test_the_tree_is_judged_by_the_metric_that_the_idea_claims() -> None:
    """Once the policy improved on the template's own metric whatever the hypothesis was about."""
    plan = plan_for("loss")
    losses = {index: 0.1 if index == 4 else 1.0 for index in range(SIZE)}

    def judged(node: Experiment) -> Experiment:
        outcome = Outcome(status="ok", metrics={"score": float(node.index), "loss": losses[node.index]})
        return node.model_copy(update={"outcome": outcome})

    search, nodes = make_search(1), [judged(finished(plan, 0, Choice(), 0.0))]
    for index in range(1, SIZE):
        nodes.append(judged(finished(plan, index, search.decide(plan, index, nodes), 0.0)))
    improved = {node.parent for node in nodes if node.phase == "question" and node.parent}
    assert improved == {nodes[4].id}
