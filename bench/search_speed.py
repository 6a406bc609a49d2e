"""What a decision costs as the tree grows: processor time of one ask and one tell, and memory per node.

    python -m bench.search_speed [--nodes 100 1000 2000 5000] [--policies ...] [--also FOLDER]

Each policy decides on the same tree: random trials of three models, a fifth of them fresh drafts, so that the root of
the largest has a thousand children; and on a chain. Printed are medians over `--asks` decisions. The published
AB-MCTS-A (package treequest, or where FOLDER holds it) grows a tree of its own of the same size: it knows no other way.
"""

import argparse
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from agents.search import POLICIES
from agents.search.tree import SearchTree, Trial
from agents.search.view import Policy, SearchView
from bench.search.policies import make_policy

MODELS = ("weak", "medium", "strong")
_DRAFTS = 0.2
_CRASHES = 0.08


def random_trials(count: int, drafts: float) -> Iterator[Trial]:
    """Trials on a fresh draft or on any node before, a few of them failed; with no drafts a chain."""
    rng = random.Random(count)
    for number in range(count):
        base = number - 1 if not drafts else rng.randrange(number) if number and rng.random() > drafts else None
        parent = None if base is None or base < 0 else str(base)
        value = None if drafts and rng.random() < _CRASHES else rng.random()
        yield Trial(
            str(number), parent, value, model=rng.choice(MODELS), niche=str(rng.randrange(20)), cost=rng.random()
        )


def grow(count: int, drafts: float) -> tuple[SearchTree, float]:
    """A tree, and the median milliseconds of the last hundred tells."""
    tree = SearchTree()
    times = [_timed(lambda trial=trial: tree.tell(trial)) for trial in random_trials(count, drafts)]
    return tree, statistics.median(times[-100:])


def ask_ms(policy: Policy, tree: SearchTree, asks: int) -> float:
    count = len(tree.nodes)
    views = [SearchView(tree, count, 2 * count, seed, MODELS) for seed in range(asks)]
    return statistics.median(_timed(lambda view=view: policy.ask(view)) for view in views)


def bytes_per_node(count: int) -> float:
    tracemalloc.start()
    tree, _ = grow(count, _DRAFTS)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / len(tree.nodes)


def published_ms(count: int, asks: int) -> tuple[float, float]:
    """Medians of ask and tell of treequest's AB-MCTS-A at this size; raises ImportError where it is not installed."""
    algorithm: Any = import_module("treequest").ABMCTSA()
    state, rng, asked, told = algorithm.init_tree(), random.Random(0), list[float](), list[float]()
    for number in range(count):
        begun = time.process_time()
        state, trials = algorithm.ask_batch(state, 1, list(MODELS))
        between = time.process_time()
        algorithm.tell(state, trials[0].trial_id, (number, rng.random()))
        asked.append(1000 * (between - begun))
        told.append(1000 * (time.process_time() - between))
    return statistics.median(asked[-asks:]), statistics.median(told[-asks:])


def _timed(action: Callable[[], object]) -> float:
    begun = time.process_time()
    action()
    return 1000 * (time.process_time() - begun)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[100, 1000, 2000, 5000])
    parser.add_argument("--chain", type=int, default=2000)
    parser.add_argument("--asks", type=int, default=50)
    named = [name for name in POLICIES if name != "ab_mcts"]
    parser.add_argument("--policies", nargs="+", default=['ab_mcts[form="A"]', 'ab_mcts[form="M"]', *named])
    parser.add_argument(
        "--published", type=int, default=1000, help="largest tree of treequest's own; 5000 takes an hour"
    )
    parser.add_argument("--also", help="a folder to import treequest from")
    given = parser.parse_args()
    if given.also:
        sys.path.append(given.also)
    trees = [grow(count, _DRAFTS) for count in given.nodes]
    chain = grow(given.chain, 0.0)
    print("ms of processor, median".ljust(32), *(f"{count:>9}" for count in given.nodes), f"{'chain':>9}")
    print("tell".ljust(32), *(f"{told:>9.3f}" for _, told in (*trees, chain)))
    for name in given.policies:
        policy = make_policy(name)
        times = [ask_ms(policy, tree, given.asks) for tree, _ in (*trees, chain)]
        print(f"ask {name}".ljust(32), *(f"{ms:>9.3f}" for ms in times), flush=True)
    _print_published([count for count in given.nodes if count <= given.published], given.asks)
    sizes = [count for count in given.nodes if count >= 1000]
    print("bytes per node:", ", ".join(f"{bytes_per_node(count):.0f} at {count}" for count in sizes))


def _print_published(counts: list[int], asks: int) -> None:
    try:
        times = [published_ms(count, asks) for count in counts]
    except ImportError:
        print("treequest is not installed: pip install 'naturalist[bench]', or --also FOLDER")
        return
    print("treequest A, ask".ljust(32), *(f"{asked:>9.3f}" for asked, _ in times))
    print("treequest A, tell".ljust(32), *(f"{told:>9.3f}" for _, told in times))


if __name__ == "__main__":
    main()
