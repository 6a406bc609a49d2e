"""Many searches: every policy on every ground for every seed, on several processes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from bench.search.grounds import Ground
from bench.search.landscape import Array
from bench.search.loop import Course, Setup, run_search
from bench.search.policies import make_policy


@dataclass(frozen=True, slots=True)
class Sweep:
    """Courses of each policy, [ground][seed]; policies met the same landscapes and the same luck."""

    grounds: tuple[str, ...]
    courses: dict[str, list[list[Course]]]

    @property
    def policies(self) -> list[str]:
        return list(self.courses)

    def after(self, policy: str, trials: int) -> Array:
        """True values of the recommended trial (grounds, seeds) after so many trials."""
        return np.array([[course.values[trials - 1] for course in row] for row in self.courses[policy]])

    def for_price(self, policy: str, price: float) -> Array:
        """True values (grounds, seeds) of what was recommended when one more trial would have cost more than `price`.

        A search that spent less in all its trials counts with its end.
        """
        return np.array([[_value_for(course, price) for course in row] for row in self.courses[policy]])

    def first(self, count: int) -> "Sweep":
        """The same for the first grounds only."""
        return Sweep(self.grounds[:count], {name: rows[:count] for name, rows in self.courses.items()})


class _Job(NamedTuple):
    policy: str
    ground: Ground
    seed: int
    setup: Setup


def run_sweep(
    policies: Sequence[str], grounds: Sequence[Ground], seeds: Sequence[int], setup: Setup, jobs: int
) -> Sweep:
    """Run all of it; `jobs` is the number of processes."""
    todo = [_Job(policy, ground, seed, setup) for policy, ground, seed in product(policies, grounds, seeds)]
    done = _run_here(todo) if jobs == 1 else _run_beside(todo, jobs)
    courses = {name: [[next(done) for _ in seeds] for _ in grounds] for name in policies}
    return Sweep(tuple(ground.name for ground in grounds), courses)


def _run_here(todo: Sequence[_Job]) -> Iterator[Course]:
    return map(_run, todo)


def _run_beside(todo: Sequence[_Job], jobs: int) -> Iterator[Course]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_run, todo, chunksize=5)


def _run(job: _Job) -> Course:
    return run_search(make_policy(job.policy), job.ground, job.seed, job.setup)


def _value_for(course: Course, price: float) -> float:
    paid = int(np.searchsorted(course.spent, price, side="right"))
    return float(course.values[paid - 1]) if paid else 0.0
