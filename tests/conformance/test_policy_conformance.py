"""What every search policy must do, whoever wrote it. A policy of your own: add it to the registry and run these."""

import os
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.registry import find_adapter
from agents.schema import Direction, Experiment, Metric, Outcome, SearchView, experiment_id
from agents.search import POLICIES
from agents.search.tree import repairs_so_far
from agents.services import Policy

MAX_DEBUG_DEPTH = 3


def node(index: int, value: float | None, parent: str | None = None) -> Experiment:
    """A finished node; without a value it failed."""
    outcome = Outcome(status="crash") if value is None else Outcome(status="ok", metrics={"score": value})
    return Experiment(
        id=experiment_id("s1", index), study="s1", index=index, stage="search", parent=parent, change="", config={},
        code_sha256="", seed=0, split="search", researcher="tester", outcome=outcome,
    )  # fmt: skip


def view(nodes: list[Experiment], index: int, seed: int = 0, direction: Direction = "maximize") -> SearchView:
    metric = Metric(name="score", label="score", direction=direction)
    return SearchView(nodes=tuple(nodes), metric=metric, index=index, total=40, seed=seed)


def grow(policy: Policy, values: list[float | None], lag: int, seed: int) -> list[SearchView]:
    """Every view of a search whose node i gets values[i] (None fails), decisions seeing nodes `lag` before them."""
    nodes = [node(0, values[0])]
    views: list[SearchView] = []
    for index in range(1, len(values)):
        views.append(view(nodes[: max(0, index + 1 - lag)], index, seed))
        nodes.append(node(index, values[index], policy.ask(views[-1]).parent))
    return views


VALUES = st.lists(st.none() | st.integers(-5, 5) | st.floats(-1e3, 1e3), min_size=2, max_size=30)


@pytest.mark.parametrize("name", POLICIES)
class TestPolicy:
    @pytest.fixture
    def policy(self, name: str) -> Policy:
        return find_adapter("policy", name, POLICIES)()

    @given(values=VALUES, lag=st.integers(1, 5), seed=st.integers(0, 99))
    @settings(max_examples=60, deadline=None)
    def test_chooses_a_fresh_draft_or_a_node_it_was_shown(
        self, name: str, values: list[float | None], lag: int, seed: int
    ) -> None:
        policy: Policy = find_adapter("policy", name, POLICIES)()
        for seen in grow(policy, values, lag, seed):
            assert policy.ask(seen).parent in {None, *(shown.id for shown in seen.nodes)}

    @given(values=VALUES, lag=st.integers(1, 5), seed=st.integers(0, 99))
    @settings(max_examples=60, deadline=None)
    def test_never_repairs_a_failure_for_too_long(
        self, name: str, values: list[float | None], lag: int, seed: int
    ) -> None:
        policy: Policy = find_adapter("policy", name, POLICIES)()
        for seen in grow(policy, values, lag, seed):
            parent = next((shown for shown in seen.nodes if shown.id == policy.ask(seen).parent), None)
            if parent is not None and parent.value("score") is None:
                assert repairs_so_far(seen, parent) < MAX_DEBUG_DEPTH

    @given(values=VALUES, seed=st.integers(0, 99), shuffle=st.randoms(use_true_random=False))
    @settings(max_examples=60, deadline=None)
    def test_does_not_care_for_the_order_of_nodes_nor_for_what_it_was_asked_before(
        self, name: str, values: list[float | None], seed: int, shuffle: random.Random
    ) -> None:
        first: Policy = find_adapter("policy", name, POLICIES)()
        views = grow(first, values, 1, seed)
        answers = [first.ask(seen) for seen in views]
        second: Policy = find_adapter("policy", name, POLICIES)()
        for seen, answer in reversed(list(zip(views, answers, strict=True))):
            shuffled = list(seen.nodes)
            shuffle.shuffle(shuffled)
            assert second.ask(seen.model_copy(update={"nodes": tuple(shuffled)})) == answer

    @given(values=VALUES, seed=st.integers(0, 99))
    @settings(max_examples=60, deadline=None)
    def test_searches_a_mirrored_metric_the_same_way(self, name: str, values: list[float | None], seed: int) -> None:
        policy: Policy = find_adapter("policy", name, POLICIES)()
        for seen in grow(policy, values, 1, seed):
            mirrored = [
                node(shown.index, None if (value := shown.value("score")) is None else -value, shown.parent)
                for shown in seen.nodes
            ]
            assert policy.ask(view(mirrored, seen.index, seed, "minimize")) == policy.ask(seen)

    def test_starts_from_nothing(self, name: str, policy: Policy) -> None:
        assert all(policy.ask(view([], index)).parent is None for index in (1, 3, 30))

    def test_goes_on_when_everything_failed(self, name: str, policy: Policy) -> None:
        nodes = [node(index, None) for index in range(20)]
        answers = [policy.ask(view(nodes, 20, seed)).parent for seed in range(50)]
        assert all(answer is None or answer in {shown.id for shown in nodes} for answer in answers)

    def test_builds_on_a_single_node_sooner_or_later(self, name: str, policy: Policy) -> None:
        answers = {policy.ask(view([node(0, 0.5)], 20, seed)).parent for seed in range(50)}
        assert "s1-0000" in answers

    def test_takes_an_integer_metric_for_a_success(self, name: str, policy: Policy) -> None:
        """A success that was reported as 1 rather than 1.0 was once treated as a failed node."""
        answers = [policy.ask(view([node(0, 1)], 20, seed)) for seed in range(20)]
        assert answers == [policy.ask(view([node(0, 1.0)], 20, seed)) for seed in range(20)]

    def test_decides_the_same_in_another_process(self, name: str, policy: Policy) -> None:
        nodes = [node(index, index % 4 or None) for index in range(12)]
        views = [view(nodes, 12 + offset) for offset in range(8)]
        here = [str(policy.ask(seen).parent) for seen in views]
        program = (
            "import sys; from agents.registry import find_adapter; from agents.schema import SearchView\n"
            "from agents.search import POLICIES\n"
            f"policy = find_adapter('policy', {name!r}, POLICIES)()\n"
            "print(*(policy.ask(SearchView.model_validate_json(line)).parent for line in sys.stdin))"
        )
        for hash_seed in ("1", "2"):
            done = subprocess.run(
                [sys.executable, "-c", program], input="\n".join(seen.model_dump_json() for seen in views),
                env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert done.stdout.split() == here
