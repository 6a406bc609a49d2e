"""What stages and repeated measurements do for a search: the true value of its winner, on random landscapes.

Experiments are simulated: a response with main effects and an interaction of the knobs, noise that nodes of one seed
share (`common`) and noise of a node's own. The built-in researcher proposes them; policy, order and choice of winner
are those of a run. Printed: the winner's true gain over the baseline, as a share of the best that the grid holds, mean
and standard error over studies, and by how much its own search overrates it. Run: python -m bench.stages --studies 60
"""

import argparse
import itertools
import math
import random
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from agents.experiments.arms import choose_winner
from agents.offline.change import propose_change
from agents.schema import (
    Choice,
    Config,
    Curve,
    Experiment,
    Hypothesis,
    Idea,
    IdeaScores,
    Knob,
    Metric,
    Outcome,
    Registration,
    Template,
    experiment_id,
    kind_of,
    measured_values,
)
from agents.search.best_first import BestFirst
from agents.search.deciding import OrderedSearch
from agents.search.staged import Staged
from agents.search.stages import replications_of, searched_in
from agents.tasks import ProposeChange

FACTORS, COMPANIONS = ("a", "b"), ("c",)
LEVELS = (0.0, 1.0, 2.0, 3.0, 4.0)


class Landscape:
    """The truth of one study. Effects of neighbouring levels are alike; some settings crash."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        self.peaks = {name: rng.uniform(0, 4) for name in (*FACTORS, *COMPANIONS)}
        self.weights = {name: rng.uniform(0.3, 1.0) for name in self.peaks}
        self.joint = rng.uniform(-0.15, 0.15)
        self.seed = seed

    def true(self, config: Config) -> float:
        x = {name: float(config[name]) for name in self.peaks}
        hills = sum(self.weights[name] * math.exp(-((x[name] - self.peaks[name]) ** 2) / 4) for name in self.peaks)
        return hills + self.joint * (x["a"] - 2) * (x["b"] - 2) / 2

    def measure(self, config: Config, seed: int, noise: float, common: float, crashes: float) -> float | None:
        key = f"{self.seed}/{sorted(config.items())}"
        if any(config.values()) and random.Random(f"{key}/crash").random() < crashes:
            return None
        shared, own = (
            random.Random(f"{self.seed}/{seed}").gauss(0, common),
            random.Random(f"{key}/{seed}").gauss(0, noise),
        )
        return self.true(config) + shared + own

    def best(self) -> float:
        names = list(self.peaks)
        grid: Iterable[Config] = (
            dict(zip(names, levels, strict=True)) for levels in itertools.product(LEVELS, repeat=len(names))
        )
        return max(self.true(config) for config in grid if config["a"] or config["b"])


class Setup(NamedTuple):
    """One way to search."""

    name: str
    is_staged: bool = True
    can_tune: bool = True
    replicates: bool = True


SETUPS = (
    Setup("without stages", False, False, False),
    Setup("stages", True, True, True),
    Setup("stages without tuning", True, False, True),
    Setup("stages without replication", True, True, False),
)


def plan_of(template: Template, setup: Setup, experiments: int) -> Registration:
    hypothesis = Hypothesis(
        statement="s", metric="score", direction="maximize", smallest_effect=0.1, factors=FACTORS, companions=COMPANIONS
    )
    scores = IdeaScores(interest=0.5, feasibility=0.5, fit=0.5)
    idea = Idea(id="i", title="t", template="toy", hypothesis=hypothesis, plan="p", niche="n", scores=scores)
    return Registration(
        study="s1", idea=idea, template="toy", evaluator_sha256="0" * 64, baseline=template.baseline,
        search_experiments=experiments, replications=replications_of(experiments) if setup.replicates else 0,
        search_seed=0, confirm_seeds=(1,),
    )  # fmt: skip


def make_template(folder: Path) -> Template:
    (folder / "experiment.py").write_text("print()\n")
    knobs = tuple(Knob(name=name, label=name, default=0.0, values=LEVELS) for name in (*FACTORS, *COMPANIONS))
    return Template(
        name="toy", path=folder, title="t", field="f", description="d", keywords=(), datasets=(), timeout_s=1,
        knobs=knobs, metric=Metric(name="score", label="score", direction="maximize"), curve=Curve(x="x", y="y"),
        evaluator_sha256="0" * 64,
    )  # fmt: skip


def search(
    template: Template, land: Landscape, setup: Setup, experiments: int, lag: int, noise: tuple[float, float, float]
) -> tuple[Registration, list[Experiment]]:
    plan = plan_of(template, setup, experiments)
    policy = Staged(BestFirst(), is_own=setup.can_tune) if setup.is_staged else BestFirst()
    decided = OrderedSearch(policy, lag=lag, seed=land.seed)
    nodes: list[Experiment] = []
    for index in range(experiments):
        choice = decided.decide(plan, index, nodes) if index else Choice()
        nodes.append(_run(plan, template, land, index, choice, nodes, lag, noise))
    return plan, nodes


def _run(
    plan: Registration, template: Template, land: Landscape, index: int, choice: Choice, nodes: Sequence[Experiment],
    lag: int, noise: tuple[float, float, float],
) -> Experiment:  # fmt: skip
    parent = next((node for node in nodes if node.id == choice.parent), None)
    config, seed = template.baseline, 0
    if parent and choice.patch == "repeat":
        config, seed = parent.config, 1 + choice.sample
    elif index:
        task = ProposeChange(
            template=template, idea=plan.idea, searched=searched_in(choice.phase, plan), kind=kind_of(parent),
            parent=parent, code="print()\n", log_tail="", nodes=tuple(nodes[: max(0, index - lag + 1)]), index=index,
            seed=land.seed * 1000 + index,
        )  # fmt: skip
        config = propose_change(task).config
    value = land.measure(config, seed, *noise)
    outcome = Outcome(status="crash") if value is None else Outcome(status="ok", metrics={"score": value})
    return Experiment(
        id=experiment_id("s1", index), study="s1", index=index, stage="search", parent=choice.parent, change="c",
        config=config, code_sha256="0" * 64, seed=seed, split="search", researcher="r", patch=choice.patch,
        phase=choice.phase, outcome=outcome,
    )  # fmt: skip


def judge(template: Template, land: Landscape, plan: Registration, nodes: Sequence[Experiment]) -> tuple[float, float]:
    """The winner's share of what there is to gain, and by how much its measurements overrate it."""
    winner = choose_winner(plan, nodes, template.metric)
    if winner is None:
        return 0.0, 0.0
    base, true = land.true(template.baseline), land.true(winner.config)
    measured = statistics.fmean(measured_values(nodes, "score")[winner.id])
    return (true - base) / (land.best() - base), measured - true


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=40)
    parser.add_argument("--experiments", type=int, nargs="+", default=[12, 24, 48, 100])
    parser.add_argument("--lag", type=int, default=4)
    parser.add_argument("--noise", type=float, default=0.1, help="of a node, and of a seed that nodes share")
    parser.add_argument("--crashes", type=float, default=0.1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        template = make_template(Path(folder))
        for experiments, setup in itertools.product(args.experiments, SETUPS):
            noise = (args.noise, args.noise, args.crashes)
            found = [
                judge(template, land, *search(template, land, setup, experiments, args.lag, noise))
                for land in map(Landscape, range(args.studies))
            ]
            _report(experiments, setup, [share for share, _ in found], statistics.fmean(bias for _, bias in found))


def _report(experiments: int, setup: Setup, shares: Sequence[float], bias: float) -> None:
    share, error = statistics.fmean(shares), statistics.stdev(shares) / math.sqrt(len(shares))
    print(f"{experiments:4d} experiments, {setup.name:27s} {share:.3f} +- {error:.3f}, overrated by {bias:+.3f}")


if __name__ == "__main__":
    main()
