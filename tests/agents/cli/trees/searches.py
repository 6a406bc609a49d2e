"""Made-up searches for tests of pictures and pages."""

import random
from pathlib import Path

from agents.cli.trees.study import StudyTree
from agents.schema import Experiment, Metric, Patch
from tests.agents.store.samples import make_experiment, make_outcome

METRIC = Metric(name="accuracy", label="validation accuracy", direction="maximize", unit="%")
HOSTILE = "</title></script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def node(
    index: int,
    value: float | None = None,
    parent: int | None = None,
    *,
    status: str = "",
    patch: Patch = "edit",
    model: str = "",
    change: str = "",
) -> Experiment:
    """A node; without a value it failed, and one of status "open" is not finished."""
    outcome = make_outcome(value) if value is not None else make_outcome(None, "crash", "exit code 1")
    made = make_experiment(
        index,
        parent=None if parent is None else f"s1-{parent:04d}",
        outcome=None if status == "open" else outcome,
        change=change or ("baseline" if index == 0 else f"change {index}"),
    )
    return made.model_copy(update={"patch": patch, "model": model})


def tree_of(*nodes: Experiment, folder: Path = Path("nowhere"), metric: Metric = METRIC) -> StudyTree:
    return StudyTree(folder, "s1", "Smooth labels", metric, tuple(nodes))


def small_tree(folder: Path = Path("nowhere")) -> StudyTree:
    """One of everything: each kind, a failure and its repair, a node under way, two models, a hostile name."""
    return tree_of(
        node(0, 0.5),
        node(1, 0.6, model="alpha"),
        node(2, None, 1, model="beta"),
        node(3, 0.65, 2, model="alpha"),
        node(4, 0.7, 1, model="beta"),
        node(5, 0.72, 4, patch="rewrite"),
        node(6, 0.8, 4, patch="cross"),
        node(7, 0.69, 4, patch="repeat"),
        node(8, 0.75, 6, change=HOSTILE),
        node(9, None, 6, status="open"),
        folder=folder,
    )


def large_tree(count: int, folder: Path = Path("nowhere")) -> StudyTree:
    """A search that mostly improves a good node, with failures and fresh drafts; always the same."""
    rng = random.Random(count)
    nodes = [node(0, 0.5)]
    good = 0
    for index in range(1, count):
        draws_fresh = rng.random() < 0.1
        parent = None if draws_fresh else good if rng.random() < 0.5 else rng.randrange(index)
        value = None if rng.random() < 0.1 else rng.random()
        nodes.append(node(index, value, parent))
        if value is not None and rng.random() < 0.05:
            good = index
    return tree_of(*nodes, folder=folder)
