"""A study made by hand for tests of figures and papers: numbers from a seeded generator, a ledger from them."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev

from agents.schema import (
    Config,
    Curve,
    Evidence,
    Experiment,
    Fact,
    Hypothesis,
    Idea,
    IdeaScores,
    Knob,
    Metric,
    Outcome,
    Quantity,
    Registration,
    Source,
    Split,
    Stage,
    Status,
    Template,
    Term,
    Verdict,
    experiment_id,
)

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
METRICS = ("error", "calibration")
TERMS = {"levels.smoothing": "0, 0.05, 0.1 and 0.35", "default.smoothing": "0", "levels.schedule": "flat and step_2"}


@dataclass(frozen=True)
class Study:
    template: Template
    evidence: Evidence
    experiments: tuple[Experiment, ...]
    experiments_folder: Path
    sources: tuple[Source, ...]


def make_template(path: Path, odd_labels: bool = False) -> Template:
    smoothing = "smoothing & mixing_of 100% Donaudampfschifffahrtselektrizitaetenhauptbetriebswerk".replace(
        "100", "all"
    )
    return Template(
        name="digits_classifier",
        path=path,
        title="Small networks on handwritten digits",
        field="machine learning",
        description="A small network learns to read digits from few images.",
        keywords=("digits", "classification"),
        metric=Metric(
            name="error", label="held-out error", direction="minimize", unit="%", smallest_effect=0.3, decimals=2
        ),
        secondary=(Metric(name="calibration", label="calibration error", direction="minimize", decimals=3),),
        datasets=("handwritten digits of scikit-learn",),
        timeout_s=60,
        knobs=(
            Knob(name="smoothing", label=smoothing if odd_labels else "label smoothing", default=0.0,
                 values=(0.0, 0.05, 0.1, 0.2), why="it keeps logits finite"),
            Knob(name="dropout", label="dropout", default=0.0, values=(0.0, 0.2, 0.5), unit=""),
            Knob(name="learning_rate", label="learning rate", default=0.003, values=(0.001, 0.003, 0.01)),
            Knob(name="width", label="hidden width", default=64, values=(32, 64, 128), unit="units"),
            Knob(name="schedule", label="learning-rate schedule", default="constant", values=("constant", "cosine"),
                 kind="code"),
        ),
        facts={"images": Fact(value=1797, label="images in the data set")},
        curve=Curve(x="training step", y="training loss (nats)"),
        evaluator_sha256=SHA,
    )  # fmt: skip


def make_idea(template: Template, factors: tuple[str, ...] = ("smoothing", "dropout")) -> Idea:
    return Idea(
        id="smooth-digits",
        title="Label smoothing for small networks on digits",
        template=template.name,
        hypothesis=Hypothesis(
            statement="Label smoothing with dropout lowers the held-out error of a small network",
            metric="error",
            direction="minimize",
            smallest_effect=0.3,
            factors=factors,
            companions=("learning_rate",),
        ),
        plan="Search, confirm, ablate.",
        scores=IdeaScores(interest=0.5, feasibility=0.9, fit=0.9),
        niche="regularisation",
    )


SOURCES = (
    Source(
        key="muller2019smoothing",
        title="When does label smoothing help?",
        authors=("Rafael Müller", "Simon Kornblith", "Geoffrey Hinton"),
        year=2019,
        venue="NeurIPS",
        bibtex="@inproceedings{muller2019smoothing,\n  title = {When does label smoothing help?},\n"
        '  author = {M{\\"u}ller, '
        "Rafael and Kornblith, Simon and Hinton, Geoffrey},\n  booktitle = {Advances in Neural Information Processing "
        "Systems},\n  volume = {32},\n  year = {2019},\n  abstract = {Softmax \\% targets & more.}\n}",
        origin="template",
    ),
    Source(
        key="srivastava2014dropout",
        title="Dropout: a simple way to prevent neural networks from overfitting",
        authors=("Nitish Srivastava", "Geoffrey Hinton", "Alex Krizhevsky", "Ilya Sutskever", "Ruslan Salakhutdinov"),
        year=2014,
        bibtex="@article{srivastava2014dropout,\n  title = {Dropout: a simple way to prevent neural networks from "
        "overfitting},\n  author = {Srivastava, Nitish and Hinton, Geoffrey and Krizhevsky, Alex and Sutskever, "
        "Ilya and "
        "Salakhutdinov, Ruslan},\n  journal = {Journal of Machine Learning Research},\n  volume = {15},\n  pages = "
        "{1929--1958},\n  year = {2014},\n  url = {https://jmlr.org/papers/v15/srivastava14a.html}\n}",
        origin="template",
    ),
)


def make_study(
    root: Path,
    nodes: int = 16,
    has_winner: bool = True,
    factors: tuple[str, ...] = ("smoothing", "dropout"),
    verdict: str = "supported",
    odd_labels: bool = False,
    seeds: int = 10,
) -> Study:
    """Lay out a study with `nodes` search nodes under root/experiments and weigh it."""
    (root / "template").mkdir(parents=True, exist_ok=True)
    template = make_template(root / "template", odd_labels)
    idea = make_idea(template, factors)
    bench = _Bench(template, root / "experiments", random.Random(nodes))
    search = bench.search(nodes, has_winner, factors)
    if has_winner:
        bench.confirm(
            min((n for n in search[1:] if n.value("error") is not None), key=lambda n: n.value("error") or 0), seeds
        )
    plan = Registration(
        study="s1", idea=idea, template=template.name, evaluator_sha256=SHA, baseline=template.baseline,
        search_experiments=nodes, search_seed=7, confirm_seeds=tuple(1000 + i for i in range(seeds)),
    )  # fmt: skip
    label = verdict if has_winner else "inconclusive"
    evidence = Evidence(
        study="s1",
        registration=plan,
        verdict=Verdict.model_validate({"label": label, "reason": f"The registered rule says {label}."}),
        quantities=_weigh(template, plan, bench.made, has_winner),
        terms={key: Term(key=key, text=text, label="what was set") for key, text in TERMS.items()},
    )
    return Study(template, evidence, tuple(bench.made), root / "experiments", SOURCES)


class _Bench:
    """Makes experiments with a planted effect: smoothing helps, dropout a little, a large rate fails at times."""

    def __init__(self, template: Template, folder: Path, dice: random.Random) -> None:
        self.template, self.folder, self.dice = template, folder, dice
        self.made: list[Experiment] = []

    def search(self, count: int, has_winner: bool, factors: tuple[str, ...]) -> list[Experiment]:
        for index in range(count):
            good = [n for n in self.made if n.outcome and n.outcome.is_ok and n.index]
            failed = [n for n in self.made if n.outcome and not n.outcome.is_ok]
            roll, parent = self.dice.random(), None
            if index and roll < 0.6 and good:
                parent = self.dice.choice(sorted(good, key=lambda n: n.value("error") or 9)[:4])
            elif index and roll < 0.7 and failed:
                parent = failed[-1]
            config = dict(parent.config if parent else self.template.baseline)
            if index:
                names = ["learning_rate", factors[0], self.dice.choice(factors)]
                for name in dict.fromkeys(names):
                    config[name] = self.dice.choice(self.template.knob(name).values[1:])
            status: Status = "ok" if index == 0 or (has_winner and self.dice.random() > 0.2) else "crash"
            self._run("search", config, 7, "", parent, status)
        return list(self.made)

    def confirm(self, winner: Experiment, seeds: int) -> None:
        default, config = self.template.baseline, winner.config
        control = config | {"smoothing": default["smoothing"], "dropout": default["dropout"]}
        arms: dict[str, Config] = {"treatment": config, "control": control, "baseline": default}
        changed = [name for name in ("smoothing", "dropout", "learning_rate") if config[name] != default[name]]
        for arm, values in arms.items():
            for seed in range(seeds):
                self._run("confirm", values, 1000 + seed, arm, None, "ok")
        for name in changed:
            if len([n for n in changed if n != "learning_rate"]) == 1 and name != "learning_rate":
                continue
            for seed in range(seeds):
                self._run("ablate", config | {name: default[name]}, 1000 + seed, f"without_{name}", None, "ok")

    def _run(
        self, stage: Stage, config: Config, seed: int, arm: str, parent: Experiment | None, status: Status
    ) -> None:
        index = len(self.made)
        error = 5.0 - 9 * float(config["smoothing"]) * (1 - 2 * float(config["smoothing"])) - float(config["dropout"])
        error += 30 * abs(float(config["learning_rate"]) - 0.003) + self.dice.gauss(0, 0.35)
        metrics = {"error": round(error, 4), "calibration": round(0.05 + self.dice.random() / 50, 5)}
        split: Split = "search" if stage == "search" else "confirm"
        is_ok = status == "ok"
        detail = "" if is_ok else "exit code 1: ValueError: loss is nan at step 120_000 & 50% of_the batch"
        name = experiment_id("s1", index)
        self.made.append(
            Experiment(
                id=name, study="s1", index=index, stage=stage, parent=parent.id if parent else None, arm=arm,
                change="baseline" if index == 0 else "set knobs", config=config, code_sha256=SHA, seed=seed,
                split=split,
                researcher="offline",
                outcome=Outcome(status=status, detail=detail, metrics=metrics if is_ok else {}, wall_s=1.5),
            )
        )  # fmt: skip
        self._write(name, config, metrics if is_ok else {}, error)

    def _write(self, name: str, config: Config, metrics: dict[str, float], error: float) -> None:
        folder = self.folder / name
        for part in ("code", "artefacts", "evaluation"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        (folder / "code" / "experiment.py").write_text("print('ran')\n")
        (folder / "config.json").write_text(json.dumps(config))
        if metrics:
            (folder / "evaluation" / "metrics.json").write_text(json.dumps(metrics))
        rows = [
            f"{step},{0.1 * error + 2.0 / (1 + step / 40) + self.dice.gauss(0, 0.02):.5f}" for step in range(0, 400, 10)
        ]
        (folder / "artefacts" / "curve.csv").write_text("x,y\n" + "\n".join(rows) + "\n")


def _weigh(template: Template, plan: Registration, made: list[Experiment], has_winner: bool) -> dict[str, Quantity]:
    search = [n for n in made if n.stage == "search"]
    base = search[0].value("error") or 0.0
    ok = [n for n in search if n.value("error") is not None]
    worse = [n for n in ok if n.index and (n.value("error") or 0.0) >= base]
    found: list[Quantity] = [
        _count("search.nodes", "search nodes", len(search)),
        _count("search.ok", "successful nodes", len(ok)),
        _count("search.failed", "failed nodes", len(search) - len(ok)),
        _count("search.worse", "worse nodes", len(worse)),
        Quantity(key="search.baseline", value=base, label="baseline node", unit="%", decimals=2, aggregation="single"),
        Quantity(key="rule.alpha", value=0.05, label="alpha", decimals=2, aggregation="setting"),
        Quantity(key="rule.level", value=95, label="level", unit="%", aggregation="setting"),
        Quantity(key="rule.smallest_effect", value=0.3, label="smallest effect", decimals=1,
                 unit="percentage points", aggregation="setting"),
        Quantity(key="fact.images", value=1797, label="images", aggregation="fact"),
        Quantity(key="cost.usd", value=0, label="cost", unit="USD", decimals=2, aggregation="sum"),
        _count("cost.experiments", "experiments", len(made)),
        Quantity(key="cost.experiment_s", value=1.5 * len(made), label="wall time", unit="s", decimals=1,
                 aggregation="sum"),
        _count("hardware.cpus", "CPU cores", 2),
        Quantity(key="hardware.memory_gb", value=8, label="memory", unit="GB", aggregation="setting"),
        _count("hardware.gpus", "GPUs", 0),
    ]  # fmt: skip
    found += [item for node in made for item in _of_node(template, node)]
    if has_winner:
        found += _of_arms(template, made)
        found.append(_count("confirm.seeds", "paired fresh seeds", len(plan.confirm_seeds)))
    return {item.key: item for item in found}


def _of_arms(template: Template, made: list[Experiment]) -> list[Quantity]:
    arms: dict[str, list[Experiment]] = {}
    for node in made:
        if node.arm:
            arms.setdefault(node.arm, []).append(node)
    if "without_smoothing" not in arms and "without_dropout" not in arms:
        changed = "smoothing" if arms["treatment"][0].config["smoothing"] else "dropout"
        arms[f"without_{changed}"] = arms["control"]
    found: list[Quantity] = []
    for arm, runs in arms.items():
        for metric in METRICS:
            values = [run.value(metric) or 0.0 for run in runs]
            key = f"arm.{arm}.mean" if metric == "error" else f"arm.{arm}.{metric}.mean"
            found.append(_mean(key, values, runs, "%" if metric == "error" else "", 2 if metric == "error" else 3))
        values = [run.value("error") or 0.0 for run in runs]
        found.append(Quantity(key=f"arm.{arm}.sd", value=stdev(values) if len(values) > 1 else 0.0, label="sd",
                              unit="%", decimals=2, aggregation="sd", n=len(values)))  # fmt: skip
    found += [_gain("effect.primary", arms["treatment"], arms["control"]),
              _gain("effect.baseline", arms["treatment"], arms["baseline"])]  # fmt: skip
    found += [_gain(f"ablation.{arm[8:]}", arms["treatment"], arms[arm]) for arm in arms if arm.startswith("without_")]
    found.append(Quantity(key="effect.primary.p_adjusted", value=0.00004, label="p", decimals=3, aggregation="p-value"))
    for arm in ("treatment", "control"):
        for knob, value in arms[arm][0].config.items():
            if not isinstance(value, str):
                found.append(_setting(template, f"setting.{arm}.{knob}", knob, float(value)))
    best = min((n for n in made if n.stage == "search" and n.value("error")), key=lambda n: n.value("error") or 0)
    found.append(Quantity(key="search.best", value=best.value("error") or 0, label="winner", unit="%", decimals=2,
                          aggregation="single", split="search", experiments=(best.id,)))  # fmt: skip
    return found


def _of_node(template: Template, node: Experiment) -> list[Quantity]:
    found = [_count(f"exp.{node.id}.seed", "seed", node.seed)]
    for metric in METRICS:
        value = node.value(metric)
        if value is not None:
            found.append(Quantity(key=f"exp.{node.id}.{metric}", value=value, label=metric, aggregation="single",
                                  unit="%" if metric == "error" else "", decimals=2 if metric == "error" else 3,
                                  split=node.split, experiments=(node.id,)))  # fmt: skip
    for knob, value in node.config.items():
        if not isinstance(value, str):
            found.append(_setting(template, f"exp.{node.id}.{knob}", knob, float(value)))
    return found


def _setting(template: Template, key: str, knob: str, value: float) -> Quantity:
    text = f"{value:g}"
    decimals = len(text.split(".")[1]) if "." in text else 0
    known = template.knob(knob)
    return Quantity(key=key, value=value, label=knob, unit=known.unit, decimals=decimals, aggregation="setting")


def _count(key: str, label: str, value: int) -> Quantity:
    return Quantity(key=key, value=value, label=label, aggregation="count")


def _mean(key: str, values: list[float], runs: list[Experiment], unit: str, decimals: int) -> Quantity:
    half = 2 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    mean = fmean(values)
    return Quantity(key=key, value=mean, low=mean - half, high=mean + half, level=0.95, n=len(values), unit=unit,
                    decimals=decimals, label=key, aggregation="mean", split="confirm",
                    experiments=tuple(run.id for run in runs))  # fmt: skip


def _gain(key: str, first: list[Experiment], second: list[Experiment]) -> Quantity:
    gains = [(b.value("error") or 0.0) - (a.value("error") or 0.0) for a, b in zip(first, second, strict=True)]
    quantity = _mean(key, gains, first, "percentage points", 2)
    return quantity.model_copy(update={"experiments": tuple(run.id for run in (*first, *second))})


def with_repeats(study: Study) -> Study:
    """The study with node 1 measured again twice, once in vain; evidence as far as tables need it."""
    node = study.experiments[1]
    index, found = len(study.experiments), list[Experiment]()
    for place, outcome in enumerate((node.outcome, Outcome(status="timeout"))):
        made = {
            "id": experiment_id("s1", index + place),
            "index": index + place,
            "parent": node.id,
            "seed": 900 + place,
        }
        repeat = {
            "patch": "repeat",
            "phase": "replication",
            "change": f"{node.id} with another seed",
            "outcome": outcome,
        }
        found.append(node.model_copy(update=made | repeat))
    quantities = dict(study.evidence.quantities)
    for run in found:
        for metric in METRICS:
            known = study.evidence.quantities.get(f"exp.{node.id}.{metric}")
            if known and run.outcome and run.outcome.is_ok:
                key = f"exp.{run.id}.{metric}"
                quantities[key] = known.model_copy(update={"key": key, "experiments": (run.id,)})
        quantities[f"exp.{run.id}.seed"] = Quantity(
            key=f"exp.{run.id}.seed", value=run.seed, label="seed", aggregation="setting", experiments=(run.id,)
        )
    evidence = study.evidence.model_copy(update={"quantities": quantities})
    return replace(study, evidence=evidence, experiments=(*study.experiments, *found))
