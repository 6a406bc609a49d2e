"""The loop that drives a policy on a problem, one lane or many, in virtual time."""

import heapq
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.schema import Choice
from agents.search.tree import SearchTree, Trial
from agents.search.view import Policy, SearchView
from bench.search.grounds import MODELS, Ground
from bench.search.landscape import Array, make_landscape
from bench.search.luck import deal_luck
from bench.search.researcher import Attempt, SimulatedResearcher

NAMES = tuple(model.name for model in MODELS)


@dataclass(frozen=True, slots=True)
class Setup:
    """How much is tried (`budget` trials), how noisy, and side by side on how many lanes.

    As in the settings of a run, trial k is chosen knowing what came of trials up to k - lag; lag is twice the lanes.
    """

    budget: int = 200
    noise: float = 0.03
    lanes: int = 1

    @property
    def lag(self) -> int:
        return 1 if self.lanes == 1 else 2 * self.lanes


@dataclass(frozen=True, slots=True)
class Course:
    """What one search did. Arrays (budget,): entry k is about the first k + 1 trials.

    `best` is the number of the recommended trial, 0 before the first success, `values` its noise-free value; `spent` is
    in prices of the models; `ask_s` and `tell_s` are processor seconds; `makespan_s` is virtual and so is the `work_s`
    of all trials together. `chosen` counts choices by kind, by model and, where a policy has several, by arm.
    """

    best: NDArray[np.int64]
    values: Array
    spent: Array
    ask_s: Array
    tell_s: Array
    work_s: float
    makespan_s: float
    depth: int
    chosen: Counter[str]


def run_search(policy: Policy, ground: Ground, seed: int, setup: Setup) -> Course:
    """Search one problem. Trials are numbered from 1; there is no baseline, the first trial meets an empty tree."""
    landscape = make_landscape(ground, seed)
    luck = deal_luck(seed, setup.budget, ground.dimensions)
    search = _Search(policy, SimulatedResearcher(landscape, luck, setup.noise), seed, setup)
    clock = _Lanes(setup.lanes, setup.lag)
    for index in range(1, setup.budget + 1):
        search.decide(index)
        clock.run(float(luck.seconds[index - 1]))
    best = search.finish()
    return Course(
        best=np.array(best),
        values=np.array([search.truth(number) for number in best]),
        spent=np.cumsum([each.cost for each in search.attempts]),
        ask_s=np.array(search.ask_s),
        tell_s=np.array(search.tell_s),
        work_s=float(luck.seconds.sum()),
        makespan_s=clock.makespan_s,
        depth=max(node.depth for node in search.tree.nodes),
        chosen=search.chosen,
    )


class _Search:
    """One tree under way: what was decided, what is known of it, and what the tree recommended when."""

    def __init__(self, policy: Policy, researcher: SimulatedResearcher, seed: int, setup: Setup) -> None:
        self._policy, self._researcher, self._seed, self._setup = policy, researcher, seed, setup
        self.tree = SearchTree()
        self.attempts: list[Attempt] = []
        self.ask_s: list[float] = []
        self.tell_s: list[float] = []
        self.chosen = Counter[str]()
        self._choices: list[Choice] = []
        self._best: list[int] = []

    def decide(self, index: int) -> None:
        self._tell_up_to(index - self._setup.lag)
        view = SearchView(self.tree, index, self._setup.budget, self._seed, NAMES)
        start = time.process_time()
        choice = self._policy.ask(view)
        self.ask_s.append(time.process_time() - start)
        self._choices.append(choice)
        self.chosen.update(filter(None, (self._kind_of(choice), choice.model, choice.arm)))
        self.attempts.append(self._researcher.carry_out(index - 1, str(index), choice))
        if self._setup.lag > 1:
            self.tree.pend(str(index), choice.parent, choice.model, choice.patch)

    def finish(self) -> list[int]:
        """The trial that was recommended after each trial."""
        self._tell_up_to(self._setup.budget)
        return self._best

    def truth(self, number: int) -> float:
        return self._researcher.truth(str(number)) if number else 0.0

    def _kind_of(self, choice: Choice) -> str:
        if choice.parent is None:
            return "draft"
        return "repair" if self.tree[choice.parent].has_failed else choice.patch

    def _tell_up_to(self, last: int) -> None:
        for number in range(len(self._best) + 1, last + 1):
            trial = _trial_of(number, self._choices[number - 1], self.attempts[number - 1])
            start = time.process_time()
            self.tree.tell(trial)
            self.tell_s.append(time.process_time() - start)
            best = self.tree.best()
            self._best.append(int(best.id) if best and best.id else 0)


def _trial_of(number: int, choice: Choice, attempt: Attempt) -> Trial:
    return Trial(
        id=str(number),
        parent=choice.parent,
        value=attempt.observed,
        model=choice.model,
        patch=choice.patch,
        arm=choice.arm,
        cost=attempt.cost,
        niche=str(attempt.place.hill),
    )


class _Lanes:
    """Virtual time: a trial starts when a lane is free and all trials up to `lag` before it have ended."""

    def __init__(self, lanes: int, lag: int) -> None:
        self._free = [0.0] * lanes
        self._lag = lag
        self._known_at: list[float] = []
        self._decided_at = 0.0

    def run(self, seconds: float) -> None:
        waits_for = len(self._known_at) - self._lag
        known = self._known_at[waits_for] if waits_for >= 0 else 0.0
        # Decisions are made in order: none is earlier than the one before it.
        self._decided_at = max(heapq.heappop(self._free), known, self._decided_at)
        end = self._decided_at + seconds
        heapq.heappush(self._free, end)
        self._known_at.append(max(end, self._known_at[-1] if self._known_at else 0.0))

    @property
    def makespan_s(self) -> float:
        return max(self._free)
