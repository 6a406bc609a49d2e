"""Research without a template, scripted: a researcher that designs and writes one small, true study in plain Python."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Event as Flag
from typing import Any

from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.free_tasks import (
    AdoptIdea,
    Evaluator,
    EvaluatorReview,
    Program,
    RevisedIdea,
    ReviseIdea,
    StudyDesign,
)
from agents.schema import Curve, Hypothesis, Idea, IdeaScores, Knob, Metric, Record
from agents.services import Services
from agents.tasks import Analysis, IdeaBatch
from templates import load_template
from tests.agents.experiments.laboratory import OpenSandbox
from tests.agents.scripted import SEARCH, judge, propose_dose, scripted_services, write
from tests.fakes import ScriptedModel

HYPOTHESIS = Hypothesis(
    statement="Trimming the sample lowers the error of its mean under outliers.", metric="error", direction="minimize",
    smallest_effect=0.01, factors=("trim",),
)  # fmt: skip
IDEA = Idea(
    id="trimmed-mean", title="Trimmed means under outliers", template=None, hypothesis=HYPOTHESIS,
    plan="Compare trimmed and plain means.", abstract="A question of robustness.", related_work="None was found.",
    experiments=("Draw samples with outliers; compare both means.",), risks=("The outliers may be too mild.",),
    scores=IdeaScores(interest=0.5, feasibility=0.9, fit=0.9), niche="robustness",
)  # fmt: skip
DESIGN = StudyDesign(
    title="Means of samples with outliers",
    field="statistics",
    description="A location is estimated from samples that hold outliers, and judged by its distance from the truth.",
    keywords=("robust statistics", "trimmed mean"),
    datasets=("generated samples with outliers",),
    metric=Metric(
        name="error", label="absolute error", direction="minimize", smallest_effect=0.01, decimals=3,
    ),
    knobs=(
        Knob(name="trim", label="trimmed share", default=0.0, values=(0.0, 0.1, 0.2), why="It drops outliers."),
        Knob(name="passes", label="passes", default=1, values=(1, 2), why="More passes change nothing."),
    ),
    hypothesis=HYPOTHESIS,
    curve=Curve(x="sample", y="estimate"),
    data="samples(split) returns a list of lists of floats.",
    evaluation="estimates.json maps each split to a list of floats, one per sample; error is their mean distance.",
)  # fmt: skip
DATA = '''
"""Samples with outliers around centres that only the evaluator knows."""
import random

CENTRES = {"search": 101, "confirm": 202}


def samples(split):
    rng = random.Random(CENTRES[split])
    return [draw(rng)[1] for _ in range(20)]


def draw(rng):
    centre = rng.uniform(-1, 1)
    sample = [centre + rng.gauss(0, 0.1) for _ in range(20)]
    return centre, [x + 5 if rng.random() < 0.1 else x for x in sample]
'''
EVALUATOR = """
import argparse, json, math, random
from pathlib import Path
import data

parser = argparse.ArgumentParser()
for name in ("--artefacts", "--out"):
    parser.add_argument(name, type=Path, required=True)
parser.add_argument("--split", required=True)
parser.add_argument("--seed", type=int, required=True)
args = parser.parse_args()
rng = random.Random(data.CENTRES[args.split])
truth = [data.draw(rng)[0] for _ in range(20)]
found = json.loads((args.artefacts / "estimates.json").read_text())[args.split]
if len(found) != len(truth) or not all(isinstance(x, float) and math.isfinite(x) for x in found):
    raise SystemExit("estimates.json: expected twenty finite floats")
args.out.mkdir(parents=True, exist_ok=True)
error = sum(abs(a - b) for a, b in zip(truth, found)) / len(truth)
(args.out / "metrics.json").write_text(json.dumps({"error": error}))
"""
PROGRAM = """
import argparse, json, random
from pathlib import Path
import data

parser = argparse.ArgumentParser()
for name in ("--out", "--config"):
    parser.add_argument(name, type=Path, required=True)
parser.add_argument("--seed", type=int, required=True)
parser.add_argument("--smoke", action="store_true")
args = parser.parse_args()
config = json.loads(args.config.read_text())
rng = random.Random(args.seed)


def estimate(sample):
    kept = sorted(rng.sample(sample, 15))
    cut = round(config["trim"] * len(kept))
    kept = kept[cut : len(kept) - cut]
    return sum(kept) / len(kept)


found = {split: [estimate(sample) for sample in data.samples(split)] for split in ("search", "confirm")}
args.out.mkdir(parents=True, exist_ok=True)
(args.out / "estimates.json").write_text(json.dumps(found))
(args.out / "curve.csv").write_text("x,y\\n" + "".join(f"{k},{v}\\n" for k, v in enumerate(found["search"])))
"""
Replies = Mapping[str, Record | Callable[[Any], Record]]


def adopt(task: AdoptIdea) -> Idea:
    return IDEA.model_copy(update={"id": "not-its-name", "title": "Not its title"})


def look_again(task: ReviseIdea) -> RevisedIdea:
    query = "robust location estimation" if task.look == 1 else ""
    return RevisedIdea(idea=task.idea, query=query, is_final=task.look == 2)


REPLIES: Replies = {
    "InventIdeas": IdeaBatch(ideas=(IDEA,)),
    "AdoptIdea": adopt,
    "ReviseIdea": look_again,
    "DesignStudy": DESIGN,
    "WriteEvaluator": Evaluator(data_module=DATA, evaluator=EVALUATOR),
    "ReviewEvaluator": EvaluatorReview(is_sound=True),
    "WriteProgram": Program(experiment=PROGRAM),
    "PlanNoveltySearch": SEARCH,
    "JudgeNovelty": judge,
    "ProposeChange": propose_dose,
    "AnalyseResults": Analysis(),
    "WriteSection": write,
}
"""What the scripted researcher answers, by the name of the task."""


def free_services(folder: Path, replies: Mapping[str, Any] = {}, flags: Mapping[str, Any] = {}) -> Services:
    """Services of a run without a template: scripted answers, real programs in real processes."""
    services = scripted_services(folder, flags={"ideas": 1, "generations": 1, **flags})
    stop = Flag()
    return replace(
        services,
        template=None,
        load_template=cache(load_template),
        model=ScriptedModel({**REPLIES, **replies}),
        executor=LocalExecutor(OpenSandbox(), Slots(count=2, cpus=2, memory_mb=8192), stop),
        stop=stop,
    )


def asked(services: Services, kind: str) -> list[Any]:
    """The tasks of a kind that the researcher was given, in order."""
    assert isinstance(services.model, ScriptedModel)
    return [task for task in services.model.asked if type(task).__name__ == kind]
