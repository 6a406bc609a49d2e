"""Search trees for tests: nodes by number, "0" is the baseline."""

from collections.abc import Sequence

from agents.schema import Direction, Patch
from agents.search.tree import ScaleName, SearchTree, Trial
from agents.search.view import Policy, SearchView

MODELS = ("",)


def trial(number: int, value: float | None, parent: int | None = None, patch: Patch = "edit", model: str = "") -> Trial:
    """A finished node; without a value it failed."""
    return Trial(str(number), None if parent is None else str(parent), value, model=model, patch=patch)


def tree_of(trials: Sequence[Trial], direction: Direction = "maximize", scale: ScaleName = "range") -> SearchTree:
    tree = SearchTree(direction, scale)
    for each in trials:
        tree.tell(each)
    return tree


def view(
    trials: Sequence[Trial], index: int = 10, seed: int = 0, *, total: int = 40, models: tuple[str, ...] = MODELS
) -> SearchView:
    return SearchView(tree_of(trials), index, total, seed, models)


def grow(
    policy: Policy,
    values: Sequence[float | None],
    lag: int = 1,
    seed: int = 0,
    *,
    direction: Direction = "maximize",
    models: tuple[str, ...] = MODELS,
) -> list[tuple[SearchView, Trial]]:
    """Every view of a search whose node i gets values[i] (None fails), with the trial that the policy chose there.

    Views do not share a tree; decisions see the outcome of nodes at least `lag` before them.
    """
    trials = [trial(0, values[0])]
    steps: list[tuple[SearchView, Trial]] = []
    for index in range(1, len(values)):
        seen = SearchView(_shown(trials, index, lag, direction), index, len(values), seed, models)
        choice = policy.ask(seen)
        trials.append(Trial(str(index), choice.parent, values[index], choice.model, choice.patch, choice.arm))
        steps.append((seen, trials[-1]))
    return steps


def _shown(trials: Sequence[Trial], index: int, lag: int, direction: Direction) -> SearchTree:
    known = max(0, index + 1 - lag)
    tree = SearchTree(direction)
    for each in trials[:known]:
        tree.tell(each)
    for each in trials[known:]:
        tree.pend(each.id, each.parent, each.model, each.patch)
    return tree
