"""Pack circles into the unit square so that the sum of their radii is large.

Basin hopping (Wales and Doye 1997): lay circles out, improve the packing, disturb it, improve it again, and go on from
the better one. Work is counted, never timed: a packing may spend BUDGET, in units of one linear programme. Two packings
leave this file, one for each split, found with random numbers of their own: search.npy and confirm.npy with rows x, y,
radius. evaluate.py measures them. Same code, config and seed give the same files. A researcher may edit this file.
"""

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import square
from scipy import optimize, sparse
from square import COUNT, FIRST, SECOND, Array

Config: TypeAlias = dict[str, Any]
Random: TypeAlias = np.random.Generator
SPLITS = {"search": 1, "confirm": 2}  # streams of random numbers
BUDGET, SMOKE_BUDGET = 200.0, 12.0
GROWTH_COST, TRY_COST = 0.05, 0.05  # of growing radii, and of whatever else a try does
LARGEST = 0.2  # no linear programme gives a larger radius, so that pairs further apart than twice this need no row
TRIFLE = 1e-7  # a pass that gains less than this was the last one


class Packing(NamedTuple):
    """Centres (n, 2) and radii (n,) that fit."""

    centres: Array
    radii: Array

    @property
    def total(self) -> float:
        return float(self.radii.sum())


class Work:
    """What is left of the budget, and how the best sum of radii came about."""

    def __init__(self, budget: float) -> None:
        self.budget, self.spent = budget, 0.0
        self.best = Packing(np.empty((0, 2)), np.empty(0))
        self.course: list[tuple[float, float]] = []

    @property
    def is_over(self) -> bool:
        return self.spent >= self.budget

    def note(self, packing: Packing) -> None:
        if packing.total > self.best.total:
            self.best = packing
        self.course.append((self.spent, self.best.total))


def solve_programme(centres: Array, step: float, work: Work) -> Packing:
    """The largest sum of radii when every coordinate may move by `step` and distances are linearised. Costs one unit.

    A distance is a convex function of the move, so that its linearisation is never too long and the result fits.
    """
    work.spent += 1
    apart = square.distances(centres)
    near = apart < 2 * LARGEST + 4 * step
    matrix = programme_rows(centres, FIRST[near], SECOND[near], apart[near])
    room = np.concatenate([apart[near], centres.ravel(), 1 - centres.ravel()])
    moves = np.column_stack([np.maximum(-step, -centres.ravel()), np.minimum(step, 1 - centres.ravel())])
    bounds = np.vstack([moves, np.tile([0, LARGEST], (COUNT, 1))])
    worth = np.repeat([0.0, -1.0], [2 * COUNT, COUNT])
    found: Any = optimize.linprog(worth, A_ub=matrix, b_ub=room, bounds=bounds, method="highs-ds")
    if found.x is None:
        raise SystemExit(f"linear programme failed: {found.message}")
    return Packing(np.clip(centres + found.x[: 2 * COUNT].reshape(COUNT, 2), 0, 1), found.x[2 * COUNT :])


def programme_rows(centres: Array, first: Array, second: Array, apart: Array) -> Any:
    """Rows for pairs and walls over the unknowns: moves (x, y by circle), then radii. Sparse, (pairs + 4 n, 3 n)."""
    away = (centres[first] - centres[second]) / np.maximum(apart, 1e-12)[:, None]
    pair, one, wall = np.arange(len(first)), np.ones(len(first)), np.arange(2 * COUNT)
    low, high, side = len(first) + wall, len(first) + 2 * COUNT + wall, np.ones(2 * COUNT)
    entries = [
        (pair, 2 * first, -away[:, 0]), (pair, 2 * first + 1, -away[:, 1]), (pair, 2 * COUNT + first, one),
        (pair, 2 * second, away[:, 0]), (pair, 2 * second + 1, away[:, 1]), (pair, 2 * COUNT + second, one),
        (low, wall, -side), (low, 2 * COUNT + wall // 2, side), (high, wall, side), (high, 2 * COUNT + wall // 2, side),
    ]  # fmt: skip
    rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
    return sparse.csc_array((values, (rows, columns)), shape=(len(first) + 4 * COUNT, 3 * COUNT))


# >>> slot: layout
def lay_out(random: Random) -> Array:
    """Five rows of five, and one more circle anywhere, all a little off their places."""
    places = (np.arange(5) + 0.5) / 5
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    extra = random.random((COUNT - len(grid), 2))
    return np.clip(np.vstack([grid, extra]) + 0.01 * random.standard_normal((COUNT, 2)), 0, 1)


# <<< slot: layout


# >>> slot: radii
def size_circles(centres: Array, work: Work) -> Array:
    """Let all radii grow at the same speed; a circle stops when it touches a wall or another circle."""
    work.spent += GROWTH_COST
    apart = np.full((COUNT, COUNT), np.inf)
    apart[FIRST, SECOND] = apart[SECOND, FIRST] = square.distances(centres)
    walls = square.wall_distances(centres)
    radii, growing = np.zeros(COUNT), np.ones(COUNT, dtype=bool)
    while growing.any():
        limits = np.where(growing, apart / 2, apart - radii)  # by the other circle, which grows or has stopped
        limit = np.minimum(limits.min(axis=1), walls)
        stop = growing & (limit <= limit[growing].min())
        radii[stop], growing[stop] = np.maximum(limit[stop], 0), False
    return radii


# <<< slot: radii


# >>> slot: improve
def improve(centres: Array, _config: Config, _work: Work) -> Array:
    """Leave the centres where they are."""
    return centres


# <<< slot: improve


# >>> slot: disturb
def disturb(packing: Packing, config: Config, random: Random) -> Array:
    """Push every circle a little."""
    return push(packing.centres, config, random)


# <<< slot: disturb


def make_packing(centres: Array, config: Config, work: Work) -> Packing:
    """Improve the centres and give them radii; a packing that does not quite fit is shrunk until it does."""
    work.spent += TRY_COST
    centres = improve(centres, config, work)
    circles = square.scale(np.column_stack([centres, size_circles(centres, work)]))
    packing = Packing(circles[:, :2], circles[:, 2])
    work.note(packing)
    return packing


def push(centres: Array, config: Config, random: Random) -> Array:
    """Every centre moved by a normal deviate of standard deviation `jitter`, kept inside the square."""
    return np.clip(centres + config["jitter"] * random.standard_normal(centres.shape), 0, 1)


def begin(config: Config, random: Random, work: Work) -> Packing:
    """The best of `starts` fresh layouts by the radii that they take as they are, improved."""
    layouts = [lay_out(random) for _ in range(config["starts"])]
    if len(layouts) > 1:
        layouts.sort(key=lambda centres: -size_circles(centres, work).sum())
    return make_packing(layouts[0], config, work)


def hop(current: Packing, config: Config, random: Random, work: Work) -> Packing:
    """From basin to basin until `patience` hops in a row brought no gain or the work is over."""
    best, idle = current.total, 0
    while idle < config["patience"] and not work.is_over:
        found = make_packing(disturb(current, config, random), config, work)
        if is_accepted(found.total - current.total, config["temperature"], random):
            current = found
        idle = 0 if found.total > best + TRIFLE else idle + 1
        best = max(best, found.total)
    return current


def is_accepted(gain: float, temperature: float, random: Random) -> bool:
    """Metropolis: a gain always, a loss with probability exp(loss / temperature); at zero never."""
    luck = random.random()
    return gain > 0 or (temperature > 0 and luck < np.exp(gain / temperature))


def find_packing(config: Config, random: Random, budget: float) -> Work:
    """Start afresh whenever hopping gets nowhere, until the work is over."""
    work = Work(budget)
    while not work.is_over:
        hop(begin(config, random, work), config, random, work)
    return work


def write_results(out: Path, works: dict[str, Work]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for split, work in works.items():
        np.save(out / f"{split}.npy", np.column_stack(work.best), allow_pickle=False)
    points = dict(works["search"].course)  # of several at one place the last
    lines = "".join(f"{spent:.2f},{total:.6f}\n" for spent, total in thin(points).items())
    (out / "curve.csv").write_text("x,y\n" + lines, encoding="utf-8")


def thin(points: dict[float, float]) -> dict[float, float]:
    """One point per unit of work, the last of each."""
    return {float(np.ceil(spent)): total for spent, total in points.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    config = json.loads(args.config.read_text(encoding="utf-8"))
    budget = SMOKE_BUDGET if args.smoke else BUDGET
    works = {
        split: find_packing(config, np.random.default_rng([args.seed, stream]), budget)
        for split, stream in SPLITS.items()
    }
    write_results(args.out, works)


if __name__ == "__main__":
    main()
