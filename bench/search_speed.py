"""How long does a decision take? Ask and tell of every registered policy against the size of the tree.

    python -m bench.search_speed [--nodes 100 1000 2000 5000] [--policies ab_mcts best_first] [--no-treequest]

Three models; one node in ten fails. Two trees of each size: one that the policy grew by its own asks and tells, and one
forced on it, whose root has a fifth of all nodes as children. Processor time, so that a busy machine counts little:
median and worst of 50 asks in milliseconds, tell in microseconds on average over the growing of the tree. Memory is
that of the tree, per node. Where `treequest` is installed (extra `bench`), its AB-MCTS-A is timed beside, on its own
tree of at most 1,000 nodes: growing one of 2,000 takes it ten minutes.
"""

import argparse
import gc
import random
import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

from agents.registry import find_adapter
from agents.search import POLICIES
from agents.search.tree import SearchTree, Trial
from agents.search.view import Policy, SearchView

MODELS = ("small", "medium", "large")
ASKS = 50
TREEQUEST_MOST = 1000


class Times(NamedTuple):
    """Of asking, in ms; of telling, in us."""

    median_ms: float
    worst_ms: float
    tell_us: float = float("nan")
    detail: str = ""


class Clock:
    """Adds up processor time of what is called through it."""

    def __init__(self) -> None:
        self.spent: list[float] = []

    def __call__(self, act: Callable[[], Any]) -> Any:
        began = time.process_time()
        result = act()
        self.spent.append(time.process_time() - began)
        return result

    def times(self, tell_s: float = float("nan"), detail: str = "") -> Times:
        asks = [1e3 * each for each in self.spent]
        return Times(statistics.median(asks), max(asks), 1e6 * tell_s, detail)


def score(number: int) -> float | None:
    rng = random.Random(number)
    return None if rng.random() < 0.1 else min(1.0, max(0.0, rng.gauss(0.5, 0.15)))


def view_of(tree: SearchTree, index: int) -> SearchView:
    return SearchView(tree, index, 10 * len(tree.nodes), 1, MODELS)


def time_asks(policy: Policy, tree: SearchTree, tell_s: float = float("nan")) -> Times:
    clock, size = Clock(), len(tree.nodes)
    for index in range(ASKS):
        clock(lambda index=index: policy.ask(view_of(tree, size + index)))
    return clock.times(tell_s, f"{len(tree.root.children)} root children, depth {max(n.depth for n in tree.nodes)}")


def grow(policy: Policy, size: int) -> tuple[SearchTree, float]:
    """A tree of the policy's own choices, and what a tell took on average."""
    tree, tells = SearchTree(), Clock()
    for number in range(size):
        choice = policy.ask(view_of(tree, number))
        trial = Trial(f"{number}", choice.parent, score(number), choice.model, choice.patch, choice.arm)
        tells(lambda trial=trial: tree.tell(trial))
    return tree, statistics.fmean(tells.spent)


def force(size: int) -> SearchTree:
    """A wide tree: a fifth of all nodes are fresh drafts, the others build on any node before them."""
    rng, tree = random.Random(0), SearchTree()
    for number in range(size):
        parent = None if number < size // 5 else f"{rng.randrange(number)}"
        tree.tell(Trial(f"{number}", parent, score(number), MODELS[number % 3]))
    return tree


def time_treequest(size: int) -> Times:
    treequest = import_module("treequest")
    algorithm, models = treequest.ABMCTSA(), list(MODELS)
    state, tells = algorithm.init_tree(), Clock()
    for number in range(size):
        _, asked = algorithm.ask_batch(state, 1, models)
        result = ("state", score(number) or 0.0)
        tells(lambda asked=asked, result=result: algorithm.tell(state, asked[0].trial_id, result))
    asks = Clock()
    for _ in range(ASKS):
        asks(lambda: algorithm.ask_batch(state, 1, models))
    return asks.times(statistics.fmean(tells.spent), f"{len(state.tree.root.children)} root children")


def bytes_per_node(size: int) -> float:
    """Trials included, which the tree keeps."""
    gc.collect()
    tracemalloc.start()
    tree = force(size)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / len(tree.nodes)


def policies(names: Sequence[str]) -> dict[str, Policy]:
    """By name, with the default options; of AB-MCTS also the form that is not the default."""
    made = {name: find_adapter("policy", name, POLICIES)() for name in names}
    if "ab_mcts" in made:
        made["ab_mcts, form A"] = find_adapter("policy", "ab_mcts", POLICIES)(form="A")
    return made


def show(name: str, tree: str, size: int, times: Times) -> None:
    print(
        f"{name:<22} {tree:<7} {size:>6} {times.median_ms:>10.3f} {times.worst_ms:>9.3f} {times.tell_us:>8.1f}"
        f"  {times.detail}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[100, 1000, 2000, 5000])
    parser.add_argument("--policies", nargs="+", default=list(POLICIES))
    parser.add_argument("--no-treequest", action="store_true")
    args = parser.parse_args()
    print(f"{'policy':<22} {'tree':<7} {'nodes':>6} {'ask ms':>10} {'worst':>9} {'tell us':>8}")
    for name, policy in policies(args.policies).items():
        for size in args.nodes:
            tree, tell_s = grow(policy, size)
            show(name, "own", size, time_asks(policy, tree, tell_s))
            show(name, "forced", size, time_asks(policy, force(size)))
    if find_spec("treequest") and not args.no_treequest:
        for size in (size for size in args.nodes if size <= TREEQUEST_MOST):
            show("treequest AB-MCTS-A", "own", size, time_treequest(size))
    print("memory of the tree, bytes per node:", *(f"{bytes_per_node(size):,.0f} ({size})" for size in args.nodes))


if __name__ == "__main__":
    main()
