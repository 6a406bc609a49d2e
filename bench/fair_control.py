"""How often a factor is called "supported" against a control that nobody tuned, and against one that was.

    python -m bench.fair_control [--studies 200] [--experiments 12 24 48] [--noise 0.1 0.2] [--tries 0 6]

Each study is simulated from its search to its verdict; policy, researcher, order, winner, control and rule are those of
a run. There are three kinds of world:

    idle    the factors do nothing at all
    moves   they move the companion's best level, and gain nothing where both sides are at their best
    gains   they move that level, and gain GAIN besides (the least effect that matters is 0.1)
"""

import argparse
import itertools
import math
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias

from agents.experiments.arms import Planned, choose_winner, plan_confirmation
from agents.experiments.control import Tuning
from agents.experiments.findings import Findings
from agents.experiments.statistics import judge
from agents.schema import Config, Experiment, Outcome, Template
from bench.stages import FACTORS, Landscape, Setup, make_template, search

Kind: TypeAlias = Literal["idle", "moves", "gains"]
KINDS: tuple[Kind, ...] = ("idle", "moves", "gains")
GAIN, CRASHES = 0.5, 0.0
SEEDS = tuple(range(1001, 1011))
CODE = "print()\n"


class World(Landscape):
    """One companion with a best level on either side; factors that are on or off, at whatever level."""

    def __init__(self, seed: int, kind: Kind) -> None:
        super().__init__(seed)
        rng = random.Random(f"world/{seed}")
        off, on = rng.uniform(0, 4), rng.uniform(0, 4)
        self.best_levels = (off, off if kind == "idle" else on)
        self.height, self.gain = rng.uniform(0.5, 1.5), GAIN if kind == "gains" else 0.0

    def true(self, config: Config) -> float:
        is_on = any(config[name] for name in FACTORS)
        distance = float(config["c"]) - self.best_levels[is_on]
        return self.height * math.exp(-(distance**2) / 4) + is_on * self.gain


def run_study(template: Template, kind: Kind, seed: int, experiments: int, noise: float, tries: int) -> str:
    """The verdict of one study."""
    world, noises = World(seed, kind), (noise, noise, CRASHES)
    plan, nodes = search(template, world, Setup("stages"), experiments, 4, noises)
    plan = plan.model_copy(update={"control_tries": tries, "confirm_seeds": SEEDS})
    winner = choose_winner(plan, nodes, template.metric)
    if winner is None:
        return "inconclusive"
    runs = list(nodes)
    while planned := Tuning(plan, template, template.metric, winner, runs).plan_next(CODE, "r"):
        runs += _finish(planned, world, noises)
    control = Tuning(plan, template, template.metric, winner, runs).choose()
    if control is None:
        raise RuntimeError("a control whose tuning has ended is known")
    runs += _finish(plan_confirmation(plan, winner, CODE, template, "r", control), world, noises)
    study = Findings(plan, template, runs)
    return judge(study.primary, study.rule).label


def _finish(planned: Sequence[Planned], world: World, noises: tuple[float, float, float]) -> list[Experiment]:
    return [
        run.model_copy(update={"outcome": _outcome(world.measure(run.config, run.seed, *noises))}) for run, _ in planned
    ]


def _outcome(value: float | None) -> Outcome:
    return Outcome(status="crash") if value is None else Outcome(status="ok", metrics={"score": value})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--experiments", type=int, nargs="+", default=[12, 24, 48])
    parser.add_argument("--noise", type=float, nargs="+", default=[0.1, 0.2])
    parser.add_argument("--tries", type=int, nargs="+", default=[0, 6])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        template = make_template(Path(folder))
        for experiments, noise, kind, tries in itertools.product(args.experiments, args.noise, KINDS, args.tries):
            labels = Counter(run_study(template, kind, seed, experiments, noise, tries) for seed in range(args.studies))
            share = labels["supported"] / args.studies
            print(
                f"{experiments:4d} experiments, noise {noise:.2f}, {kind:5s}, {tries} tries: supported {share:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
