"""How often the registered rule says "supported" where there is nothing, and where there is something.

    python bench/null_verdicts.py [--runs 2000]

Each run is a whole study without its programs: a search over noise picks the luckiest of m candidates, the winner and
its control are drawn again on fresh seeds, and agents.experiments.statistics judges. Effects are in standard deviations
of the paired differences. Noise is normal, exponential with its tail to the right (skewed) or the left, heavy-tailed,
or rounded to a coarse grid as accuracies are. Left is the worst case: rare bad seeds that ten seeds often miss. There,
three candidates and no smallest effect give 7 % (the t-test's doing); fifteen candidates, the default, give 4 %.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.experiments.statistics import Rule, compare, judge, mean_interval
from agents.schema import Metric

Array = npt.NDArray[np.float64]
NOISES = ("normal", "skewed", "heavy", "grid", "left")
METRIC = Metric(name="score", label="score", direction="maximize")


def draw_noise(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Noise of mean zero and standard deviation one (the grid: steps of half a deviation)."""
    match kind:
        case "normal":
            return rng.normal(size=shape)
        case "skewed":
            return rng.exponential(size=shape) - 1
        case "heavy":
            return rng.standard_t(3, size=shape) / np.sqrt(3)
        case "left":
            return 1 - rng.exponential(size=shape)
        case _:
            return np.round(2 * rng.normal(size=shape)) / 2


def run_study(kind: str, nodes: int, seeds: int, effect: float, smallest: float, rng: np.random.Generator) -> str:
    """Search, confirmation and verdict of one simulated study; node 0 is the baseline, all others truly equal."""
    searched = draw_noise(kind, (nodes,), rng)
    winner = 1 + int(np.argmax(searched[1:]))
    gains_by_node = effect + draw_noise(kind, (nodes, seeds), rng)
    gains = [METRIC.gain(float(gain), 0.0) for gain in gains_by_node[winner]]
    rule = Rule(alpha=0.05, comparisons=nodes - 1, smallest_effect=smallest)
    return judge(compare(gains, rule, int(rng.integers(2**32))), rule).label


def rates(runs: int, kind: str, nodes: int, seeds: int, effect: float, smallest: float, seed: int) -> dict[str, float]:
    """Share of each verdict over `runs` studies."""
    rng = np.random.default_rng([seed, nodes, seeds, NOISES.index(kind)])
    counts = Counter(run_study(kind, nodes, seeds, effect, smallest, rng) for _ in range(runs))
    return {label: counts[label] / runs for label in ("supported", "refuted", "inconclusive")}


def coverage(runs: int, kind: str, seeds: int) -> float:
    """How often the 95 % interval of a mean holds the true one."""
    draws = draw_noise(kind, (runs, seeds), np.random.default_rng([seeds, runs]))
    intervals = [mean_interval(row.tolist(), 0.95, index) for index, row in enumerate(draws)]
    return sum(interval is not None and interval.low <= 0 <= interval.high for interval in intervals) / runs


def measure(runs: int) -> Iterator[dict[str, Any]]:
    """Every table of the bench, a row each."""
    cases: Sequence[tuple[str, int, float, float]] = [
        *((kind, nodes, 0.0, 0.0) for kind, nodes in product(NOISES, (4, 16, 40))),
        *(("normal", nodes, effect, 0.5) for nodes, effect in product((4, 16, 40), (0.0, 0.5, 1.0, 1.5, 2.0))),
    ]
    for kind, nodes, effect, smallest in cases:
        case = {"noise": kind, "nodes": nodes, "effect_sd": effect, "smallest_sd": smallest}
        yield case | rates(runs, kind, nodes, 10, effect, smallest, seed=1)
    for kind, seeds in product(NOISES, (8, 10, 12)):
        yield {"noise": kind, "seeds": seeds, "coverage": coverage(runs, kind, seeds)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    for row in measure(parser.parse_args().runs):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
