"""The search tree as policies see it: what was tried on what, and sums over every subtree, kept up trial by trial.

Nodes are numbered in the order in which they became known; number 0 is the root, which is no trial. The tree holds no
decisions and is never saved: it is told again from the journal. A tell costs time proportional to its node's depth.
"""

import math
from bisect import bisect_left, insort
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Literal, NamedTuple, TypeAlias

from agents.schema import Direction, Patch
from agents.search.experience import Experience
from agents.search.sums import Scale, Sums

ScaleName: TypeAlias = Literal["range", "unit"]
ROOT = 0
_FENCE = 3.0
"""Scores this many interquartile ranges below the lower quartile count as if they lay there: one diverged loss must not
press all others into one point of the scale (Tukey's outer fence)."""
_FENCE_FROM = 8
_LARGEST = 1e150
"""Gains beyond it count as this much: squares of them, and sums of those, must stay finite."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One finished node, as it is told. `value` is the metric, None where there is none; `cost` in any one unit.

    `parent` is the id of the node it was built on, None for a fresh draft. A trial with patch "repeat" measures its
    parent once more. `niche` is the cell of the archive that it belongs in; `objectives` are more metrics, higher is
    better, for trees that have several.
    """

    id: str
    parent: str | None
    value: float | None
    model: str = ""
    patch: Patch = "edit"
    arm: str = ""
    cost: float = 1.0
    niche: str = ""
    objectives: tuple[float, ...] = ()


@dataclass(slots=True)
class ModelRecord:
    """What one model made in a subtree: sums of its gains, how often it failed, what it cost."""

    gains: Sums = field(default_factory=Sums)
    tries: int = 0
    failures: int = 0
    cost: float = 0.0


@dataclass(slots=True)
class Node:
    """A trial, or the root, with its place in the tree. Numbers, not references, lead to other nodes.

    Gains are values counted from the first one told, so that sums of squares stay exact; higher is better. `gain` is
    the mean of the node's own measurements, None if it failed or is pending. `below` sums all gains of its subtree, its
    own included; `fresh` the own gains of its children; `crashes` counts failed children, `repeats` the repeats that
    were told or are under way.
    """

    number: int
    id: str | None
    parent: int
    depth: int
    trial: Trial | None = None
    idea: int = ROOT
    model: str = ""
    children: list[int] = field(default_factory=list[int])
    measured: Sums = field(default_factory=Sums)
    below: Sums = field(default_factory=Sums)
    fresh: Sums = field(default_factory=Sums)
    models: dict[str, ModelRecord] = field(default_factory=dict[str, ModelRecord])
    crashes: int = 0
    repeats: int = 0
    virtual: float | None = None

    @property
    def gain(self) -> float | None:
        return self.measured.mean if self.measured.n else None

    @property
    def is_pending(self) -> bool:
        return self.trial is None and self.number != ROOT

    @property
    def has_failed(self) -> bool:
        return self.trial is not None and not self.measured.n

    @property
    def own(self) -> Sums:
        """The node's own share of `below`: its measurements, or what it counts as while it is pending."""
        return self.below if self.is_pending else self.measured

    @property
    def holds_success(self) -> bool:
        """Whether it, or something built on it, has succeeded."""
        return self.measured.n > 0 or self.successes > 0

    @property
    def successes(self) -> int:
        """How many nodes of its subtree have succeeded."""
        return sum(record.tries - record.failures for record in self.models.values())


class SearchTree:
    """A tree of trials. `scale` "range" maps the range of what was seen to [0, 1]; "unit" takes values as they are."""

    def __init__(self, direction: Direction = "maximize", scale: ScaleName = "range") -> None:
        self.nodes = [Node(ROOT, None, ROOT, 0)]
        self._sign = 1.0 if direction == "maximize" else -1.0
        self._scale: ScaleName = scale
        self._numbers: dict[str, int] = {}
        self._told: dict[str, Trial] = {}
        self._repeats: set[str] = set()
        self._origin: float | None = 0.0 if scale == "unit" else None
        self._sorted: list[float] = []
        self._ranked: list[tuple[float, int]] = []
        self._failed_leaves: dict[int, None] = {}
        self.experience = Experience()

    @property
    def root(self) -> Node:
        return self.nodes[ROOT]

    @property
    def is_rescaled(self) -> bool:
        """Whether scores are relative to what was seen, so that a failure scores no more than the worst: 0."""
        return self._scale == "range"

    @property
    def trials(self) -> Collection[Trial]:
        """Everything told, in order, failed ones and repeats included."""
        return self._told.values()

    @property
    def scale(self) -> Scale:
        """From gains to scores in [0, 1]; where all gains are equal they score 1/2."""
        if self._scale == "unit" or not self._sorted:
            return Scale()
        low, high = self._sorted[0], self._sorted[-1]
        return Scale(low, high - low) if high > low else Scale(low - 0.5, 1.0)

    def __contains__(self, trial: str) -> bool:
        """Whether a node stands for this trial; none of its own stands for a repeat."""
        return trial in self._numbers

    def __getitem__(self, trial: str) -> Node:
        return self.nodes[self._numbers[trial]]

    def pend(self, trial: str, parent: str | None, model: str = "", patch: Patch = "edit") -> None:
        """Note that a trial is under way; until it is told it counts as one more like those beside it. Idempotent.

        This virtual loss spreads out choices that are made before it is known (Chaslot et al., 2008).
        """
        if patch == "repeat" and parent is not None:
            self._count_repeat(trial, self[parent])
        if trial in self or patch == "repeat":
            return
        node = self._add(trial, parent, model)
        node.virtual = self._expected_gain(node)
        self._spread(node, _difference(None, node.virtual), _NOTHING)

    def tell(self, trial: Trial) -> None:
        """Enter a finished trial; telling one again changes nothing. A value that is no finite number is a failure.

        Raises KeyError for a parent that the tree does not have.
        """
        if trial.id in self._told:
            return
        if trial.patch == "repeat" and trial.parent is not None:
            self._tell_repeat(trial, self.nodes[self._numbers[trial.parent]])
            return
        node = self[trial.id] if trial.id in self else self._add(trial.id, trial.parent, trial.model)
        self._told[trial.id] = trial
        node.trial = trial
        gain = self._gain_of(trial)
        self._learn(node, trial, gain)
        if gain is None:
            self.nodes[node.parent].crashes += 1
            if not node.children:
                self._failed_leaves[node.number] = None
        else:
            self._rank(node, gain)
        self._spread(node, _difference(node.virtual, gain), _Effort(1, gain is None, trial.cost))
        node.virtual = None

    def best(self, least: int = 1) -> Node | None:
        """The node with the best mean among those measured at least `least` times; of equals the first."""
        best_first = (self.nodes[-place] for _, place in reversed(self._ranked))
        return next((node for node in best_first if node.measured.n >= least), None)

    def ranked(self, most: int | None = None) -> list[Node]:
        """Successful nodes, the best first, of equals the one told first; at most `most`."""
        return [self.nodes[-place] for _, place in islice(reversed(self._ranked), most)]

    def open_failures(self, longest_chain: int) -> list[Node]:
        """Failed nodes that nothing was built on yet, fewer than `longest_chain` repairs in a row behind them."""
        leaves = map(self.nodes.__getitem__, self._failed_leaves)
        return [node for node in leaves if self.repairs_behind(node) < longest_chain]

    def repairs_behind(self, node: Node) -> int:
        """Length of the unbroken chain of failed nodes above this one."""
        above = islice(self.path(node), 1, None)
        return sum(1 for _ in takewhile(lambda each: each.has_failed, above))

    def path(self, node: Node) -> Iterator[Node]:
        """The node, its parent, and so on; without the root."""
        while node.number != ROOT:
            yield node
            node = self.nodes[node.parent]

    def children(self, node: Node) -> list[Node]:
        return [self.nodes[number] for number in node.children]

    def subtree(self, node: Node) -> Iterator[Node]:
        """The node and all that was built on it, in no particular order."""
        ahead = [node.number]
        while ahead:
            each = self.nodes[ahead.pop()]
            ahead += each.children
            yield each

    def known(self) -> Iterator[Node]:
        """Every node that was told, in order."""
        return (node for node in self.nodes if node.trial is not None)

    def _learn(self, node: Node, trial: Trial, gain: float | None) -> None:
        """Note what a trial says before it is itself part of what others are compared with."""
        drafts, best = self.experience.drafts, self.best()
        parent = (drafts.mean if drafts.n else None) if node.parent == ROOT else self.nodes[node.parent].gain
        self.experience.note_trial(node.model, gain, parent)
        raised = 0.0 if gain is None or best is None or best.gain is None else max(0.0, gain - best.gain)
        self.experience.note_yield(trial.arm, trial.cost, raised)
        if node.parent == ROOT and gain is not None:
            drafts.note(gain)

    def _tell_repeat(self, trial: Trial, node: Node) -> None:
        self._told[trial.id] = trial
        self._count_repeat(trial.id, node)
        gain = self._gain_of(trial)
        if gain is not None and node.measured.n:
            self.experience.note_repeat(gain, node.measured)
            self._rank(node, gain)
            self._spread(node, _difference(None, gain), _NOTHING)

    def _count_repeat(self, trial: str, node: Node) -> None:
        if trial not in self._repeats:
            self._repeats.add(trial)
            node.repeats += 1

    def _add(self, trial: str, parent: str | None, model: str) -> Node:
        above = self.nodes[ROOT if parent is None else self._numbers[parent]]
        number = len(self.nodes)
        node = Node(number, trial, above.number, above.depth + 1, idea=above.idea or number, model=model)
        self.nodes.append(node)
        self._numbers[trial] = node.number
        above.children.append(node.number)
        self._failed_leaves.pop(above.number, None)
        return node

    def _gain_of(self, trial: Trial) -> float | None:
        if trial.value is None or not math.isfinite(trial.value):
            return None
        value = self._sign * float(trial.value)
        if self._origin is None:
            self._origin = value
        return self._fenced(min(max(value - self._origin, -_LARGEST), _LARGEST))

    def _fenced(self, gain: float) -> float:
        known = self._sorted
        if self._scale == "unit" or len(known) < _FENCE_FROM:
            return gain
        lower, upper = known[len(known) // 4], known[(3 * len(known)) // 4]
        return max(gain, lower - _FENCE * (upper - lower)) if upper > lower else gain

    def _expected_gain(self, node: Node) -> float | None:
        """What its siblings made on average, else what all trials did."""
        for sums in (self.nodes[node.parent].fresh, self.root.below):
            if sums.n:
                return sums.mean
        return None

    def _rank(self, node: Node, gain: float) -> None:
        """Count one more measurement of a node and move it to its place among all."""
        if node.gain is not None:
            del self._ranked[bisect_left(self._ranked, (node.gain, -node.number))]
        node.measured.add(1, gain, gain * gain)
        insort(self._ranked, (node.measured.mean, -node.number))
        insort(self._sorted, gain)

    def _spread(self, node: Node, change: "_Change", effort: "_Effort") -> None:
        """Bring a change to all sums that the node's gains belong in. Most of a tell's time is spent here."""
        self.nodes[node.parent].fresh.add(*change)
        tries, failures, cost = effort
        for each in (*self.path(node), self.root):
            each.below.add(*change)
            record = each.models.get(node.model)
            if record is None:
                record = each.models[node.model] = ModelRecord()
            record.gains.add(*change)
            record.tries += tries
            record.failures += failures
            record.cost += cost


class _Change(NamedTuple):
    """What to add to some sums."""

    n: int
    total: float
    squares: float


class _Effort(NamedTuple):
    """What to add to what a model has spent."""

    tries: int
    failures: int
    cost: float


_NOTHING = _Effort(0, 0, 0.0)


def _difference(old: float | None, new: float | None) -> _Change:
    """From one gain, if there is one, to another."""
    removed, added = 0.0 if old is None else old, 0.0 if new is None else new
    return _Change((new is not None) - (old is not None), added - removed, added * added - removed * removed)
