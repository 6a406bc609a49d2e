"""What every search policy must do, whoever wrote it. A policy of your own: add it to the registry and run these."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.registry import find_adapter
from agents.schema import Record
from agents.search import POLICIES
from agents.search.view import Policy
from tests.agents.search.trees import grow, trial, view

LONGEST_REPAIR = 3
VALUES = st.lists(st.none() | st.integers(-5, 5) | st.floats(-1e3, 1e3), min_size=2, max_size=30)
EXTREMES = st.lists(st.none() | st.floats() | st.just(1e300), min_size=2, max_size=20)


def make(name: str) -> Policy:
    return find_adapter("policy", name, POLICIES)()


@pytest.mark.parametrize("name", POLICIES)
class TestPolicy:
    @given(values=VALUES, lag=st.integers(1, 5), seed=st.integers(0, 99))
    @settings(max_examples=40, deadline=None)
    def test_chooses_a_fresh_draft_or_what_is_known(
        self, name: str, values: list[float | None], lag: int, seed: int
    ) -> None:
        for seen, chosen in grow(make(name), values, lag, seed, models=("a", "b")):
            assert chosen.parent is None or seen.tree[chosen.parent].trial is not None
            assert chosen.model in ("a", "b")

    @given(values=VALUES, lag=st.integers(1, 5), seed=st.integers(0, 99))
    @settings(max_examples=40, deadline=None)
    def test_never_repairs_a_failure_for_too_long(
        self, name: str, values: list[float | None], lag: int, seed: int
    ) -> None:
        for seen, chosen in grow(make(name), values, lag, seed):
            parent = seen.tree[chosen.parent] if chosen.parent else None
            if parent is not None and parent.has_failed:
                assert seen.tree.repairs_behind(parent) < LONGEST_REPAIR

    @given(values=VALUES, seed=st.integers(0, 99))
    @settings(max_examples=40, deadline=None)
    def test_keeps_nothing_of_what_it_was_asked_before(self, name: str, values: list[float | None], seed: int) -> None:
        policy = make(name)
        steps = grow(policy, values, 1, seed)
        again = [policy.ask(seen) for seen, _ in reversed(steps)]
        assert [each.parent for each in reversed(again)] == [chosen.parent for _, chosen in steps]

    @given(values=VALUES, seed=st.integers(0, 99))
    @settings(max_examples=40, deadline=None)
    def test_searches_a_mirrored_metric_the_same_way(self, name: str, values: list[float | None], seed: int) -> None:
        mirrored = [None if value is None else -value for value in values]
        there = grow(make(name), mirrored, 1, seed, direction="minimize")
        here = grow(make(name), values, 1, seed)
        assert [chosen.parent for _, chosen in there] == [chosen.parent for _, chosen in here]

    @given(values=EXTREMES, seed=st.integers(0, 99))
    @settings(max_examples=40, deadline=None)
    def test_takes_any_number_and_what_is_none(self, name: str, values: list[float | None], seed: int) -> None:
        """NaN and out-of-range scores once lost the trial."""
        assert len(grow(make(name), values, 1, seed)) == len(values) - 1

    def test_starts_from_nothing(self, name: str) -> None:
        assert all(make(name).ask(view([], index)).parent is None for index in (1, 3, 30))

    def test_goes_on_when_everything_failed(self, name: str) -> None:
        nodes = [trial(number, None) for number in range(20)]
        answers = {make(name).ask(view(nodes, 20, seed)).parent for seed in range(50)}
        assert answers <= {None, *(node.id for node in nodes)}

    def test_builds_on_a_single_node_sooner_or_later(self, name: str) -> None:
        answers = {make(name).ask(view([trial(0, 0.5)], 20, seed)).parent for seed in range(100)}
        assert ("0" in answers) == (name != "repeated")

    def test_takes_an_integer_metric_for_a_success(self, name: str) -> None:
        """A success that was reported as 1 rather than 1.0 was once treated as a failed node."""
        answers = [make(name).ask(view([trial(0, 1)], 20, seed)) for seed in range(20)]
        assert answers == [make(name).ask(view([trial(0, 1.0)], 20, seed)) for seed in range(20)]

    def test_offers_a_new_model_and_leaves_a_removed_one(self, name: str) -> None:
        """Models added in mid-run were once never chosen, removed ones still were."""
        nodes = [trial(number, 0.4 + 0.01 * (number % 7), model="ab"[number % 2]) for number in range(20)]
        chosen = {make(name).ask(view(nodes, 20, seed, models=("b", "c"))).model for seed in range(200)}
        assert chosen == {"b", "c"}

    def test_is_a_record_that_json_brings_back(self, name: str) -> None:
        policy = make(name)
        assert isinstance(policy, Record)
        assert type(policy).model_validate(json.loads(policy.model_dump_json())) == policy

    def test_decides_the_same_in_another_process(self, name: str) -> None:
        here = [chosen.parent for _, chosen in grow(make(name), [number % 4 or None for number in range(30)])]
        program = (
            "from tests.conformance.test_policy_conformance import grow, make\n"
            f"print([step.parent for _, step in grow(make({name!r}), [number % 4 or None for number in range(30)])])"
        )
        for hash_seed in ("1", "2"):
            done = subprocess.run(
                [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": hash_seed},
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert done.stdout.strip() == str(here)
