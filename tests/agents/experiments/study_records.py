"""A small study to weigh: a template with two factors and a companion, its plan, and experiments made by a formula."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from agents.experiments.arms import Planned
from agents.files import sha256_text
from agents.schema import (
    Config,
    Curve,
    Direction,
    Experiment,
    Fact,
    Hypothesis,
    Idea,
    IdeaScores,
    Knob,
    KnobValue,
    Metric,
    Outcome,
    Registration,
    Status,
    Template,
    experiment_id,
)

CODE = """\
def forward(x):
    # >>> slot: head
    return x
    # <<< slot: head
"""
BASELINE: Config = {"rate": 0.1, "width": 8, "depth": 2, "head": "plain"}
WINNER: Config = {"rate": 0.3, "width": 16, "depth": 3, "head": "plain"}


def write_template(folder: Path, direction: Direction = "maximize") -> Template:
    (folder / "slots" / "head").mkdir(parents=True)
    (folder / "experiment.py").write_text(CODE)
    (folder / "slots" / "head" / "plain.py").write_text("return x\n")
    (folder / "slots" / "head" / "double.py").write_text("return 2 * x\n")
    return make_template(folder, direction)


def make_template(folder: Path = Path("nowhere"), direction: Direction = "maximize") -> Template:
    return Template(
        name="toy",
        path=folder,
        title="A toy",
        field="toys",
        description="nothing",
        keywords=("toy",),
        metric=Metric(name="score", label="score", direction=direction, unit="pt", smallest_effect=0.5, decimals=2),
        secondary=(Metric(name="loss", label="loss", direction="minimize"),),
        datasets=("none",),
        timeout_s=1,
        knobs=(
            Knob(name="rate", label="learning rate", default=0.1, values=(0.1, 0.3)),
            Knob(name="width", label="width", default=8, values=(8, 16)),
            Knob(name="depth", label="depth", default=2, values=(2, 3), unit="layers"),
            Knob(name="head", label="head", default="plain", values=("plain", "double"), kind="code"),
        ),
        facts={"toys": Fact(value=12, label="toys")},
        curve=Curve(x="step", y="score"),
        evaluator_sha256="0" * 64,
    )


def make_plan(
    factors: Sequence[str] = ("rate", "width"),
    companions: Sequence[str] = ("depth",),
    seeds: Sequence[int] = tuple(range(1001, 1011)),
    direction: Direction = "maximize",
    search_experiments: int = 4,
    control_tries: int = 0,
) -> Registration:
    idea = Idea(
        id="toy-idea",
        title="Toys",
        template="toy",
        plan="play",
        niche="toys",
        scores=IdeaScores(interest=0.5, feasibility=0.5, fit=0.5),
        hypothesis=Hypothesis(
            statement="more is better", metric="score", direction=direction, smallest_effect=0.5,
            factors=tuple(factors), companions=tuple(companions),
        ),
    )  # fmt: skip
    return Registration(
        study="s1", idea=idea, template="toy", evaluator_sha256="0" * 64, baseline=BASELINE,
        search_experiments=search_experiments, control_tries=control_tries, search_seed=0, confirm_seeds=tuple(seeds),
    )  # fmt: skip


def make_node(
    index: int,
    config: Mapping[str, KnobValue] = MappingProxyType({}),
    score: float | None = None,
    status: Status = "ok",
    parent: int | None = None,
) -> Experiment:
    """A finished search node; without a score it failed."""
    outcome = Outcome(status=status, metrics={"score": score, "loss": 1.0}) if score is not None else None
    return Experiment(
        id=experiment_id("s1", index),
        study="s1",
        index=index,
        stage="search",
        parent=None if parent is None else experiment_id("s1", parent),
        change="something",
        config={**BASELINE, **config},
        code_sha256=sha256_text(CODE),
        seed=0,
        split="search",
        researcher="tester",
        outcome=outcome or Outcome(status="crash", detail="no"),
    )


def finish(planned: Sequence[Planned], score: Callable[[Experiment], float | None]) -> list[Experiment]:
    """Give every planned experiment the outcome that `score` says; None fails it."""
    finished: list[Experiment] = []
    for experiment, _ in planned:
        value = score(experiment)
        outcome = Outcome(status="crash", wall_s=1.0)
        if value is not None:
            files = {"predictions.csv": "a" * 64}
            outcome = Outcome(status="ok", metrics={"score": value, "loss": 2.0}, artefacts=files, wall_s=2.0)
        finished.append(experiment.model_copy(update={"outcome": outcome}))
    return finished
