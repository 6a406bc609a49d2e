"""Simulated studies for tests of the built-in researcher: experiments with a planted effect, weighed for real."""

import random
from pathlib import Path
from typing import NamedTuple

from agents.experiments.arms import choose_winner, plan_ablation, plan_confirmation
from agents.experiments.control import Tuning
from agents.experiments.evidence import Hardware, weigh_evidence
from agents.schema import (
    Config,
    Curve,
    Evidence,
    Experiment,
    Fact,
    Figure,
    Hypothesis,
    Idea,
    IdeaScores,
    Knob,
    Metric,
    Novelty,
    Outcome,
    Registration,
    SectionName,
    Source,
    Status,
    Template,
    experiment_id,
)
from agents.slots import experiment_source
from agents.tasks import WriteSection

EXPERIMENT = "# >>> slot: activation\ndef act(x):\n    return max(x, 0)\n# <<< slot: activation\nprint('trains')\n"


class Plant(NamedTuple):
    """What a simulated experiment does: gain per factor, interaction, noise, and how the secondary metric goes "
    "along."""

    gain: float = 1.0
    joint: float = 0.0
    companion: float = 0.3
    noise: float = 0.05
    secondary: float = 1.0
    fails: tuple[int, ...] = ()
    lost_seeds: int = 0
    repeated: int = 0
    """So many of the best nodes are measured again, each once."""
    control_tries: int = 0
    shift: float = 0.0
    """What the companions' level gains, for each step that it lies from the highest, where no factor is set."""


def make_template(folder: Path, direction: str = "maximize") -> Template:
    (folder / "slots" / "activation").mkdir(parents=True, exist_ok=True)
    (folder / "experiment.py").write_text(EXPERIMENT)
    (folder / "slots" / "activation" / "relu.py").write_text("def act(x):\n    return max(x, 0)\n")
    (folder / "slots" / "activation" / "tanh.py").write_text("def act(x):\n    return tanh(x)\n")
    name, label = ("accuracy", "test accuracy") if direction == "maximize" else ("loss", "validation loss")
    metric = {"name": name, "label": label, "direction": direction, "unit": "%", "smallest_effect": 0.5, "decimals": 2}
    return Template(
        name="toy_digits",
        path=folder,
        title="Handwritten digits from few examples",
        field="machine learning",
        description="A small network learns to tell digits apart. It has 64 inputs. Labels & more_stuff.",
        keywords=("digits",),
        metric=Metric.model_validate(metric),
        secondary=(Metric(name="calibration", label="calibration error", direction="minimize", decimals=3),),
        datasets=("Optical Recognition of Handwritten Digits",),
        timeout_s=60,
        knobs=(
            Knob(name="label_smoothing", label="label smoothing", default=0.0, values=(0.0, 0.05, 0.1, 0.2),
                 why="Softened targets keep the network from growing overconfident.", cites=("muller2019when",),
                 partners=("dropout",)),
            Knob(name="dropout", label="dropout", default=0.0, values=(0.0, 0.2, 0.5), why="it thins the network",
                 cites=("srivastava2014dropout",), partners=("width", "label_smoothing")),
            Knob(name="learning_rate", label="learning rate", default=0.003, values=(0.001, 0.003, 0.01, 0.03),
                 why="The step size decides how far training gets.", cites=("kingma2015adam",)),
            Knob(name="width", label="network width", default=32, values=(16, 32, 64, 128), unit="units"),
            Knob(name="optimizer", label="optimiser", default="adam", values=("adam", "sgd_100%")),
            Knob(name="activation", label="activation function", default="relu", values=("relu", "tanh"), kind="code"),
        ),
        facts={"images": Fact(value=1797, label="images in the data set")},
        curve=Curve(x="Epoch", y="Loss"),
        evaluator_sha256="0" * 64,
    )  # fmt: skip


SOURCES = (
    Source(key="muller2019when", title="When Does Label Smoothing Help?",
           authors=("Rafael Müller", "Simon Kornblith", "Geoffrey Hinton"), year=2019, bibtex="@inproceedings{x}",
           abstract="Studies label smoothing empirically: it improves generalisation and calibration. It is from 2019.",
           origin="template"),
    Source(key="srivastava2014dropout", title="Dropout", authors=("Nitish Srivastava", "Geoffrey Hinton"), year=2014,
           abstract="Deep nets overfit. In this paper, we propose to drop units at random & our method helps us a lot.",
           bibtex="@article{x}", origin="openalex"),
    Source(key="kingma2015adam", title="Adam, 2nd edition", authors=("Diederik P. Kingma", "Jimmy Ba"), year=2015,
           bibtex="@article{x}", origin="template"),
    Source(key="lecun1998gradient", title="Gradient-Based Learning", authors=("Yann LeCun",), year=1998,
           abstract="Convolutional networks outperform other techniques in recognising handwritten digits by a lot.",
           bibtex="@article{x}", origin="template"),
)  # fmt: skip


def make_idea(
    template: Template, factors: tuple[str, ...], companions: tuple[str, ...] = (), parents: tuple[str, ...] = ()
) -> Idea:
    return Idea(
        id="-".join(factors).replace("_", "-"),
        title="Label smoothing and test accuracy",
        template=template.name,
        hypothesis=Hypothesis(
            statement="It helps.", metric=template.metric.name, direction=template.metric.direction,
            smallest_effect=template.metric.smallest_effect, factors=factors, companions=companions,
        ),
        plan="Search.",
        scores=IdeaScores(interest=0.5, feasibility=0.5, fit=0.5),
        parents=parents,
        niche=factors[0],
    )  # fmt: skip


class Study(NamedTuple):
    template: Template
    plan: Registration
    experiments: tuple[Experiment, ...]
    evidence: Evidence

    @property
    def nodes(self) -> tuple[Experiment, ...]:
        return tuple(item for item in self.experiments if item.stage == "search")


def make_study(template: Template, idea: Idea, plant: Plant, seeds: int = 10) -> Study:
    """Search every level once, confirm and ablate as planned, weigh."""
    plan = Registration(
        study="s1", idea=idea, template=template.name, evaluator_sha256="0" * 64, baseline=template.baseline,
        search_experiments=12 + plant.repeated, replications=plant.repeated, search_seed=0,
        control_tries=plant.control_tries,
        confirm_seeds=tuple(range(1000, 1000 + seeds)),
    )  # fmt: skip
    nodes = [_search_node(plan, template, index, plant) for index in range(12)]
    nodes += _repeats(plan, template, plant, nodes)
    done = list(nodes)
    winner = choose_winner(plan, nodes, template.metric)
    if winner:
        code, researcher = experiment_source(template), "built-in researcher"
        while more := Tuning(plan, template, template.metric, winner, done).plan_next(code, researcher):
            done += [_with_outcome(item, plan, template, plant, False) for item, _ in more]
        control = Tuning(plan, template, template.metric, winner, done).choose()
        args = (plan, winner, code, template, researcher, control)
        planned = [item for item, _ in (*plan_confirmation(*args), *plan_ablation(*args))]
        done += [_with_outcome(item, plan, template, plant, item.seed - 1000 < plant.lost_seeds) for item in planned]
    hardware = Hardware(cpus=2, memory_gb=8.0)
    return Study(template, plan, tuple(done), weigh_evidence(plan, template, done, hardware))


def make_task(study: Study, section: SectionName, **changes: object) -> WriteSection:
    names = ("search-tree", "dose", "curves", "effects", "ablation")
    fields: dict[str, object] = {
        "section": section,
        "topic": "Does label smoothing help a small network on digits?",
        "template": study.template,
        "evidence": study.evidence,
        "nodes": study.nodes,
        "figures": tuple(Figure(label=f"fig:{name}", path=f"figures/{name}.pdf", caption="x") for name in names),
        "sources": SOURCES,
        "novelty": Novelty(
            idea=study.plan.idea.id, verdict="unknown", nearest="A title of 2019",
            reason="Only the template's own bibliography was searched, which shows little.",
        ),
        "earlier": (),
        "researcher": "built-in researcher",
        "policy": "best_first",
    }  # fmt: skip
    return WriteSection.model_validate(fields | changes)


def make_node(
    template: Template,
    index: int,
    config: Config,
    value: float | None,
    status: Status = "ok",
    parent: str | None = None,
    study: str = "s1",
) -> Experiment:
    metrics = {} if value is None else {template.metric.name: value, "calibration": 0.1}
    return Experiment(
        id=experiment_id(study, index), study=study, index=index, stage="search", parent=parent, change="x",
        config=template.baseline | config, code_sha256="0" * 64, seed=0, split="search", researcher="r",
        outcome=Outcome(status=status if value is not None or status != "ok" else "crash", metrics=metrics, wall_s=1.0),
    )  # fmt: skip


def _search_node(plan: Registration, template: Template, index: int, plant: Plant) -> Experiment:
    rng = random.Random(index)
    config = dict(plan.baseline)
    if index:
        for place, name in enumerate(plan.searched):
            values = template.knob(name).values
            config[name] = values[1 + (index + place) % (len(values) - 1)]
    node = make_node(template, index, config, _value(template, plan, config, plant, 0, rng))
    if index in plant.fails:
        return node.model_copy(update={"outcome": Outcome(status=rng.choice(("crash", "timeout")))})
    return node


def _repeats(plan: Registration, template: Template, plant: Plant, nodes: list[Experiment]) -> list[Experiment]:
    """The best nodes on another seed, the last of several without success."""
    metric, found = template.metric, list[Experiment]()
    scored = [(metric.gain(value, 0.0), node) for node in nodes[1:] if (value := node.value(metric.name)) is not None]
    best = [node for _, node in sorted(scored, key=lambda each: -each[0])[: plant.repeated]]
    for place, node in enumerate(best):
        value = _value(template, plan, node.config, plant, 7, random.Random(place))
        repeat = make_node(template, 12 + place, node.config, None if place > 1 else value, parent=node.id)
        found.append(repeat.model_copy(update={"patch": "repeat", "phase": "replication", "seed": 7}))
    return found


def _with_outcome(item: Experiment, plan: Registration, template: Template, plant: Plant, is_lost: bool) -> Experiment:
    if is_lost:
        return item.model_copy(update={"outcome": Outcome(status="timeout")})
    value = _value(template, plan, item.config, plant, item.seed, random.Random(f"{item.seed}/{item.arm}"))
    share = sum(item.config[name] != plan.baseline[name] for name in plan.idea.hypothesis.factors)
    metrics = {template.metric.name: value, "calibration": 0.2 - 0.01 * plant.secondary * share}
    return item.model_copy(update={"outcome": Outcome(status="ok", metrics=metrics, wall_s=2.0)})


def _value(
    template: Template, plan: Registration, config: Config, plant: Plant, seed: int, rng: random.Random
) -> float:
    factors = [name for name in plan.idea.hypothesis.factors if config[name] != plan.baseline[name]]
    tuned = [name for name in plan.idea.hypothesis.companions if config[name] != plan.baseline[name]]
    gain = plant.gain * len(factors) + plant.joint * (len(factors) == 2) + plant.companion * len(tuned)
    if not factors:
        levels = [(template.knob(name).values, config[name]) for name in plan.idea.hypothesis.companions]
        gain += plant.shift * sum(len(values) - 1 - values.index(level) for values, level in levels if level in values)
    goodness = gain + random.Random(seed).gauss(0, 0.3) + plant.noise * rng.gauss(0, 1)
    return 90 + goodness if template.metric.direction == "maximize" else 10 - goodness
