"""The tree keeps, for every subtree, the sums that one would get by going through all its trials."""

import math
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.schema import Patch
from agents.search.tree import ROOT, Node, Scale, SearchTree, Sums, Trial
from tests.agents.search.trees import tree_of, trial

FINITE = st.floats(-1e3, 1e3)
PATCHES: tuple[Patch, ...] = ("edit", "edit", "repeat")


@st.composite
def histories(draw: st.DrawFn) -> list[Trial]:
    """Trials in the order they are told; some fail, some measure an earlier one again."""
    made: list[Trial] = []
    for number, value in enumerate(draw(st.lists(st.none() | FINITE, min_size=1, max_size=25))):
        parents = [None, *(each.id for each in made if each.patch != "repeat")]
        parent = draw(st.sampled_from(parents))
        patch: Patch = draw(st.sampled_from(PATCHES)) if parent else "edit"
        model = draw(st.sampled_from("ab"))
        made.append(Trial(str(number), parent, value, model=model, patch=patch, cost=2.0))
    return made


def own_gains(node: Node) -> list[float]:
    return [node.measured.mean] * node.measured.n if node.measured.n else []


def collect(tree: SearchTree, node: Node) -> list[float]:
    """All gains in a subtree, the slow way."""
    return [*own_gains(node), *(gain for child in tree.children(node) for gain in collect(tree, child))]


def check_sums(sums: Sums, gains: list[float]) -> None:
    assert sums.n == len(gains)
    assert sums.total == pytest.approx(math.fsum(gains), abs=1e-6)


@given(history=histories())
@settings(max_examples=150, deadline=None)
def test_sums_of_every_subtree_are_those_of_its_trials(history: list[Trial]) -> None:
    tree = tree_of(history, scale="unit")
    for node in tree.nodes:
        check_sums(node.below, collect(tree, node))
        check_sums(node.fresh, [gain for child in tree.children(node) for gain in own_gains(child)])
    assert sum(record.tries for record in tree.root.models.values()) == sum(1 for _ in tree.known())


@given(history=histories(), seed=st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_a_trial_that_was_pending_leaves_no_trace_once_it_is_told(history: list[Trial], seed: int) -> None:
    plain, pended = tree_of(history), SearchTree()
    rng = random.Random(seed)
    for each in history:
        if rng.random() < 0.5:
            pended.pend(each.id, each.parent, each.model, each.patch)
            pended.pend(each.id, each.parent, each.model, each.patch)
        pended.tell(each)
    for one, other in zip(plain.nodes, pended.nodes, strict=True):
        assert (one.id, one.parent, one.gain, one.children) == (other.id, other.parent, other.gain, other.children)
        assert one.below.n == other.below.n
        assert one.below.total == pytest.approx(other.below.total, abs=1e-6)


def test_telling_twice_changes_nothing() -> None:
    tree = tree_of([trial(0, 0.5), trial(1, 0.7, 0), trial(1, 0.9, 0), trial(2, 0.6, 1, "repeat"), trial(2, 9.0, 1)])
    assert [node.below.n for node in tree.nodes] == [3, 3, 2]
    assert len(tree.trials) == 3


def test_a_pending_trial_counts_as_one_more_of_its_siblings() -> None:
    tree = tree_of([trial(0, 0.2), trial(1, 0.4, 0)], scale="unit")
    tree.pend("2", "0")
    assert (tree["0"].below.n, tree["0"].below.mean) == (3, pytest.approx((0.2 + 0.4 + 0.4) / 3))
    assert tree["2"].gain is None and tree["2"].is_pending and not tree["2"].has_failed


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_failure_that_is_not_lost(value: float | None) -> None:
    tree = tree_of([trial(0, 0.5), trial(1, value, 0, model="m")])
    assert tree["1"].has_failed and tree["0"].crashes == 1 and tree.root.models["m"].failures == 1
    assert len(tree.trials) == 2 and tree.root.below.n == 1


@given(values=st.lists(FINITE, min_size=1, max_size=30))
def test_scores_of_what_was_seen_lie_between_nought_and_one(values: list[float]) -> None:
    tree = tree_of([trial(number, value) for number, value in enumerate(values)])
    scores = [tree.scale(node.measured.mean) for node in tree.known()]
    assert all(-1e-9 <= score <= 1 + 1e-9 for score in scores)
    best = tree.best()
    assert best is not None and best.trial is not None and best.trial.value == max(values)


def test_one_diverged_loss_does_not_press_all_others_together() -> None:
    losses = [trial(number, 1 + number / 10) for number in range(10)]
    tree = tree_of([*losses, trial(10, 1e9)], direction="minimize")
    scores = [tree.scale(tree[str(number)].measured.mean) for number in range(10)]
    assert scores[0] == 1 and scores[9] < 0.8 and tree["10"].trial == trial(10, 1e9)


def test_large_values_keep_their_spread() -> None:
    tree = tree_of([trial(number, 1e9 + number % 3) for number in range(300)])
    assert tree.root.below.scaled(Scale()).deviations == pytest.approx(200.0, rel=1e-6)


def test_a_repeat_is_averaged_into_the_node_it_measures() -> None:
    tree = tree_of([trial(0, 0.5), trial(1, 0.9), trial(2, 0.1, 1, "repeat"), trial(3, 0.6, 0)], scale="unit")
    assert tree["1"].gain == pytest.approx(0.5) and tree["1"].measured.n == 2
    assert [node.id for node in tree.ranked()] == ["3", "0", "1"]
    assert tree.best(least=2) is tree["1"]
    assert len(tree.nodes) == 4 and "2" not in tree


def test_a_chain_of_thousands_is_no_deeper_than_python_can_go() -> None:
    """Two hundred nodes in a row once broke the copying and saving of a published tree."""
    tree = tree_of([trial(0, 0.0), *(trial(number, number / 3000, number - 1) for number in range(1, 3000))])
    assert tree.nodes[-1].depth == 3000 and tree.root.below.n == 3000
    assert tree["1500"].below.n == 1500
    assert Counter(len(node.children) for node in tree.nodes) == {1: 3000, 0: 1}


def test_an_unknown_parent_is_an_error() -> None:
    with pytest.raises(KeyError):
        SearchTree().tell(trial(1, 0.5, 7))
    assert ROOT == 0
