"""What the two cheap searches would be expected to reach with as many experiments, estimated from a search's own nodes.

A search that does not beat these earned nothing by its tree. Estimates, no measurements: no experiment is run for them.
"""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from agents.schema import Direction, Experiment, Patch

LEAST: Final = 3
"""Fewer drafts, or edits, than this tell nothing."""
CHAINS: Final = 200
_NEAREST: Final = 32
"""Edits of the parents nearest in value that stand for an edit at that value, at least."""


class Tried(NamedTuple):
    """One finished node of a search; `value` is None where it failed. The first without a parent is the baseline."""

    id: str
    parent: str | None
    value: float | None
    patch: Patch = "edit"


class Estimate(NamedTuple):
    """An expected value of the metric, from `seen` observations; None where they are too few to tell."""

    value: float | None
    seen: int


class Expected(NamedTuple):
    """What each baseline would be expected to hold as its best after `experiments`, the baseline node included."""

    experiments: int
    repeated: Estimate
    keep_discard: Estimate


class _Edit(NamedTuple):
    """What an edit found and what it made of it; gains, higher is better. A failed edit made nothing."""

    before: float
    after: float | None


def tried_of(experiments: Iterable[Experiment], metric: str) -> list[Tried]:
    """The finished search nodes among the experiments, in order."""
    done = sorted(
        (each for each in experiments if each.stage == "search" and each.outcome), key=lambda each: each.index
    )
    return [Tried(each.id, each.parent, each.value(metric), each.patch) for each in done]


def expect(tried: Sequence[Tried], direction: Direction, seed: int = 0) -> Expected:
    """Estimate both baselines for as many experiments as were tried; the same nodes and seed give the same numbers."""
    sign = 1.0 if direction == "maximize" else -1.0
    gains = {each.id: None if each.value is None else sign * each.value for each in tried}
    first = next((each for each in tried if each.parent is None), None)
    start = gains[first.id] if first else None
    drafts = [gains[each.id] for each in tried if each.parent is None and each is not first]
    edits = [edit for each in tried if each.patch != "repeat" and (edit := _edit_of(each, gains))]
    if start is not None:  # a draft is written from the baseline's program: it is an edit of that as well
        edits = [*(_Edit(start, gain) for gain in drafts), *edits]
    left = max(0, len(tried) - 1)
    return Expected(
        len(tried),
        _signed(expected_best(drafts, left, start), sign, len(drafts)),
        _signed(_expected_end(edits, left, start, seed), sign, len(edits)),
    )


def expected_best(drafts: Sequence[float | None], draws: int, floor: float | None) -> float | None:
    """E[best of `draws` drawn with replacement], exactly; None with too few drafts, or where nothing can succeed.

    With the m values in order, the k-th is the best of n draws with probability (k/m)^n - ((k-1)/m)^n (order
    statistics of the empirical distribution). A failure is worth `floor`, which is held from the start; without a
    floor the expectation is that of the cases in which a draw succeeds.
    """
    if len(drafts) < LEAST:
        return None
    worst = -math.inf if floor is None else floor
    ordered = sorted(worst if gain is None else max(gain, worst) for gain in drafts)
    shares = [(rank / len(ordered)) ** draws for rank in range(len(ordered) + 1)]
    weighed = [(gain, shares[rank + 1] - shares[rank]) for rank, gain in enumerate(ordered) if gain > -math.inf]
    total = sum(weight for _, weight in weighed)
    return sum(gain * weight for gain, weight in weighed) / total if total > 0 else None


def _signed(gain: float | None, sign: float, seen: int) -> Estimate:
    return Estimate(None if gain is None or not math.isfinite(gain) else sign * gain, seen)


def _edit_of(each: Tried, gains: dict[str, float | None]) -> _Edit | None:
    """A chain that discards failures never edits a failed node, so repairs tell nothing about it."""
    before = gains.get(each.parent) if each.parent else None
    return None if before is None else _Edit(before, gains[each.id])


def _expected_end(edits: Sequence[_Edit], draws: int, start: float | None, seed: int) -> float | None:
    """The mean end of bootstrapped chains that keep an edit if it is better than what they hold.

    Like that of repeated drafts it cannot exceed the best that was seen, so it is rather too low than too high.
    """
    if len(edits) < LEAST or start is None:
        return None
    rng = random.Random(f"keep-discard/{seed}")
    steps = _Steps(edits)
    return sum(_walk(steps, draws, start, rng) for _ in range(CHAINS)) / CHAINS


def _walk(steps: "_Steps", draws: int, start: float, rng: random.Random) -> float:
    """One chain's end. The number of edits until one is kept is geometric, so that discarded ones need no drawing."""
    held, left = start, draws
    while True:
        kept, share = steps.near(held)
        left -= _tries(share, rng)
        if left < 0:
            return held
        held = max(held, min(held + rng.choice(kept), steps.most))


def _tries(share: float, rng: random.Random) -> float:
    """How many draws it takes until the first success, each with chance `share`."""
    if share >= 1:
        return 1
    return math.inf if share <= 0 else 1 + math.floor(math.log(1.0 - rng.random()) / math.log1p(-share))


class _Steps:
    """Gains of edits by the value of what was edited: the higher a chain stands, the less an edit brings.

    An edit at a value is drawn from those of the parents next to it in rank, whole parents at a time: of a parent that
    was edited many times, the edit that helped is one among all that did not. `most` is the best that was seen: gains
    made far below must not carry a chain to where nothing was ever measured (an accuracy above 100 %).
    """

    def __init__(self, edits: Sequence[_Edit]) -> None:
        self._edits = sorted(edits, key=lambda edit: edit.before)
        self._befores = [edit.before for edit in self._edits]
        self.most = max(edit.before if edit.after is None else max(edit.before, edit.after) for edit in edits)
        self._known: dict[tuple[int, int], tuple[list[float], float]] = {}

    def near(self, held: float) -> tuple[list[float], float]:
        """The gains worth keeping among the nearest edits, and their share of them."""
        same = bisect_left(self._befores, held), bisect_right(self._befores, held)
        if same not in self._known:
            nearest = self._edits[self._window(*same)]
            kept = [edit.after - edit.before for edit in nearest if edit.after is not None and edit.after > edit.before]
            self._known[same] = kept, len(kept) / len(nearest)
        return self._known[same]

    def _window(self, first: int, after: int) -> slice:
        """The edits from `first` to `after`, or `_NEAREST` around them where there are so many; whole parents."""
        befores, count = self._befores, len(self._befores)
        if (lack := _NEAREST - (after - first)) <= 0:
            return slice(first, after)
        begin = max(0, min(first - lack // 2, count - _NEAREST))
        end = min(count, begin + _NEAREST)
        return slice(bisect_left(befores, befores[begin]), bisect_right(befores, befores[end - 1]))
