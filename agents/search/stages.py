"""Stages of a search, from a first working version to the measurements that settle who won it. Plain functions.

Which stage a node belongs to follows from the registered plan, the node's index, and what its decision may know. Stages
come in the order of STAGES and none comes back. `staged.py` brings them to any policy.
"""

from itertools import islice
from typing import NamedTuple

from agents.schema import Phase, Registration
from agents.search.tree import Node, SearchTree
from agents.search.view import SearchView


class Stage(NamedTuple):
    """What a stage is for, and what ends it."""

    goal: str
    stop: str


STAGES: dict[Phase, Stage] = {
    "working": Stage(
        "get a first experiment beside the baseline to succeed",
        "one does, or when the experiments set aside for this are used up",
    ),
    "tuning": Stage(
        "with the factors held, find good values for the settings tuned beside them",
        "enough steps from one experiment brought nothing better, or when the experiments set aside are used up",
    ),
    "question": Stage(
        "find the best values of the factors and of the settings tuned beside them",
        "the experiments of the search are used up",
    ),
    "replication": Stage(
        "measure again on seeds that were not used yet, to see that the winner was no stroke of luck",
        "every experiment planned for it has run",
    ),
    "ablation": Stage(
        "put each setting of the winner back to its default, one at a time, to see what it adds",
        "each has run on every seed",
    ),
}
"""In order. The last share of the search begins the replication, the confirmation ends it, the ablation follows."""
FIRST_SHARE = 0.3
"""Of the search, for the first working version and tuning together; what they do not need goes to the question."""
REPLICATION_SHARE = 10
"""One in this many experiments measures again."""
LEAST_REPLICATED, LEAST_TUNED = 20, 24
"""Experiments below which a search measures nothing again, and below which it has no stage for tuning."""
LEAST_STEPS, STEP_SHARE = 3, 50
"""Tuning ends with this many steps from one node, one in so many experiments of a long search; a better node has as
many again."""


def phases_of(plan: Registration) -> tuple[Phase, ...]:
    """The stages that a study with this plan may go through, in order; one may turn out to be needless."""
    can_tune = bool(plan.idea.hypothesis.companions) and plan.search_experiments >= LEAST_TUNED
    return tuple(phase for phase in STAGES if phase != "tuning" or can_tune)


def replications_of(experiments: int) -> int:
    """How many of a search's experiments measure its best nodes again."""
    return experiments // REPLICATION_SHARE if experiments >= LEAST_REPLICATED else 0


def search_size(allowed: int, candidates: int | None) -> int:
    """Experiments of a staged search that may try `candidates` different nodes beside the baseline; None without end.

    There are never more nodes than there are candidates, whatever is measured again.
    """
    if candidates is None:
        return allowed
    return next(size for size in range(allowed, 1, -1) if size <= 2 or size - replications_of(size) <= candidates + 1)


def known_nodes(plan: Registration, index: int, lag: int) -> int:
    """How many of the first nodes the decision on node `index` may know the outcome of: those `lag` or more before it.

    The replication begins when all that went before has ended, so that no late node misses its chance.
    """
    behind, searched = max(0, index - lag + 1), plan.search_experiments - plan.replications
    return max(behind, searched) if index >= searched else behind


def stage_of(view: SearchView) -> Phase:
    """Return the stage of the node that is to be decided."""
    if best_node(view.tree) is None:
        return "working" if _is_early(view) else "question"
    if view.index >= view.total - view.replications:
        return "replication"
    can_tune = view.is_tunable and view.total >= LEAST_TUNED
    return "tuning" if can_tune and _is_early(view) and not _is_tuned(view) else "question"


def searched_in(phase: str, plan: Registration) -> tuple[str, ...]:
    """Names of the knobs that a node of this stage may set; the others stay as in its parent."""
    return plan.idea.hypothesis.companions if phase == "tuning" else plan.searched


def baseline_node(tree: SearchTree) -> Node | None:
    """The node of the first experiment, None while it is not known."""
    first = next(iter(tree.trials), None)
    return None if first is None else tree[first.id]


def best_node(tree: SearchTree) -> Node | None:
    """The best successful node beside the baseline, None without any."""
    return next(iter(_best_nodes(tree, 1)), None)


def choose_remeasured(view: SearchView) -> Node | None:
    """The node to measure again: of the contestants the one measured least, the better one of equals.

    Sequential halving (Karnin, Koren and Somekh, "Almost optimal exploration in multi-armed bandits", ICML 2013): each
    round gets an equal part of the measurements and halves its contestants, by the mean of all their measurements.
    """
    spent = view.index - (view.total - view.replications)
    entrants, rounds = _halving(view.replications)
    played = spent * rounds // view.replications
    repeated = _best_repeated(view.tree) if played else []
    pool = repeated or _best_nodes(view.tree, entrants)
    return min(pool[: entrants >> played], key=lambda node: node.repeats, default=None)


def _is_early(view: SearchView) -> bool:
    return view.index <= FIRST_SHARE * view.total


def _is_tuned(view: SearchView) -> bool:
    """Some successful node beside the baseline has had its steps, whatever came of them: so this stays true."""
    steps, baseline = max(LEAST_STEPS, view.total // STEP_SHARE), baseline_node(view.tree)
    good = (node for node in view.tree.known() if node.gain is not None and node is not baseline)
    return any(len(node.children) >= steps for node in good)


def _halving(measurements: int) -> tuple[int, int]:
    """Contestants and rounds: the most that can each be measured once in every round that they are in."""
    rounds = 1
    while 2 ** (rounds + 1) * (rounds + 1) <= measurements:
        rounds += 1
    return 2**rounds, rounds


def _best_nodes(tree: SearchTree, most: int) -> list[Node]:
    baseline = baseline_node(tree)
    return list(islice((node for node in tree.ranked(most + 1) if node is not baseline), most))


def _best_repeated(tree: SearchTree) -> list[Node]:
    """Nodes that were measured again, or are about to be, the best first."""
    return [node for node in tree.ranked() if node.repeats and node is not baseline_node(tree)]
