"""A laboratory for tests: a template of a few lines, services with a real sandbox and executor, experiments to run."""

import textwrap
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import Event as Flag

from agents.errors import Interrupted
from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.files import sha256_evaluator, sha256_text
from agents.sandbox.inside.fence import FenceRequest
from agents.sandbox.local import LocalSandbox
from agents.schema import (
    ArchiveEntry,
    Choice,
    Command,
    Completion,
    Curve,
    Experiment,
    Job,
    Knob,
    Metric,
    Outcome,
    Registration,
    Review,
    Split,
    Stage,
    Template,
)  # fmt: skip
from agents.services import Executor, Services
from agents.settings import SandboxSettings, Settings
from tests.fakes import BlankTypesetter, EventList, FixedLiterature, FixedReviewer, ScriptedModel

HONEST = """
import argparse, json, pathlib
parser = argparse.ArgumentParser()
for name in ('--out', '--seed', '--config'): parser.add_argument(name)
args = parser.parse_args()
out = pathlib.Path(args.out)
config = json.loads(pathlib.Path(args.config).read_text())
(out / 'result.json').write_text(json.dumps({'score': config['rate'] + int(args.seed)}))
"""
EVALUATOR = """
import argparse, json, pathlib
parser = argparse.ArgumentParser()
for name in ('--artefacts', '--out', '--split', '--seed'): parser.add_argument(name)
args = parser.parse_args()
score = json.loads((pathlib.Path(args.artefacts) / 'result.json').read_text())['score']
bonus = 100 if args.split == 'confirm' else 0
metrics = {'score': score if isinstance(score, str) else score + bonus, 'loss': 1}
(pathlib.Path(args.out) / 'metrics.json').write_text(json.dumps(metrics))
"""
METRIC = Metric(name="score", label="score", direction="maximize")
LOSS = Metric(name="loss", label="loss", direction="minimize")


def write_template(folder: Path, evaluator: str = EVALUATOR, timeout_s: float = 20.0, **modules: str) -> Template:
    """A template with a config knob, a code knob, both kinds of metric and the texts of further modules."""
    folder.mkdir(parents=True)
    (folder / "experiment.py").write_text(HONEST)
    (folder / "evaluate.py").write_text(evaluator)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)
    return Template(
        name="tiny", path=folder, title="Tiny", field="testing", description="tiny", keywords=("tiny",), metric=METRIC,
        secondary=(LOSS,), datasets=("none",), timeout_s=timeout_s, memory_mb=256, disk_mb=8,
        knobs=(
            Knob(name="rate", label="rate", default=0.5, values=(0.5, 1.5)),
            Knob(name="head", label="head", default="plain", values=("plain", "odd"), kind="code"),
        ),
        curve=Curve(x="step", y="score"), evaluator_sha256=sha256_evaluator(folder),
    )  # fmt: skip


def code(text: str) -> str:
    """An experiment's program: `text` with the command line taken apart into `out`, `seed` and `config` before it."""
    start = "import sys, json, os, pathlib\n_a = dict(zip(sys.argv[1::2], sys.argv[2::2]))\n"
    names = "out, seed, config = pathlib.Path(_a['--out']), int(_a['--seed']), json.load(open(_a['--config']))\n"
    return start + names + textwrap.dedent(text)


def make_experiment(index: int = 1, seed: int = 7, split: Split = "search", rate: float = 0.5) -> Experiment:
    return Experiment(
        id=f"s1-{index:04d}", study="s1", index=index, stage="search", change="none",
        config={"rate": rate, "head": "plain"}, code_sha256=sha256_text(HONEST), seed=seed, split=split,
        researcher="nobody",
    )  # fmt: skip


def make_services(folder: Path, template: Template, executor: Executor | None = None, factor: float = 1.0) -> Services:
    stop, sandbox = Flag(), OpenSandbox()
    return Services(
        folder=folder,
        settings=Settings(topic="tiny", sandbox=SandboxSettings(timeout_factor=factor)),
        template=template,
        model=ScriptedModel({}),
        executor=executor or LocalExecutor(sandbox, Slots(count=2, cpus=2, memory_mb=4096), stop),
        literature=FixedLiterature(),
        search=FreshDrafts(),
        journal=MemoryJournal(),
        archive=MemoryArchive(),
        reviewer=FixedReviewer(REVIEW),
        typesetter=BlankTypesetter(),
        events=EventList(),
        stop=stop,
    )


class OpenSandbox(LocalSandbox):
    """Limits and no fence, as on a machine whose kernel has none: what others prevent must be noticed there."""

    name = "open"
    guarantees = ("none",)

    def _fence(self, command: Command, scratch: Path) -> FenceRequest:
        return {"kind": "none"}


class FailingExecutor:
    """Hands out, job after job, the errors and completions it was given; remembers the jobs."""

    slots = 1

    def __init__(self, *results: Exception | tuple[Completion, ...]) -> None:
        self.results = list(results)
        self.jobs: list[Job] = []

    def submit(self, job: Job) -> Future[tuple[Completion, ...]]:
        self.jobs.append(job)
        if not self.results:
            raise Interrupted("nothing left to do")
        future: Future[tuple[Completion, ...]] = Future()
        result = self.results.pop(0)
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)
        return future

    def close(self) -> None:
        self.results.clear()


class FreshDrafts:
    def decide(self, plan: Registration, index: int, nodes: Sequence[Experiment]) -> Choice:
        return Choice()


class MemoryJournal:
    def __init__(self) -> None:
        self.plans: dict[str, Registration] = {}
        self.rows: dict[str, Experiment] = {}

    def register(self, plan: Registration) -> None:
        self.plans[plan.study] = plan

    def registration(self, study: str) -> Registration | None:
        return self.plans.get(study)

    def claim(self, study: str, lane: int, total: int) -> int | None:
        return len(self.rows) if len(self.rows) < total else None

    def hold(self, study: str, index: int, lane: int) -> bool:
        return True

    def record(self, experiment: Experiment) -> None:
        self.rows.setdefault(experiment.id, experiment)

    def finish(self, experiment: str, outcome: Outcome) -> None:
        self.rows[experiment] = self.rows[experiment].model_copy(update={"outcome": outcome})

    def get(self, experiment: str) -> Experiment | None:
        return self.rows.get(experiment)

    def experiments(self, study: str | None = None, stage: Stage | None = None) -> list[Experiment]:
        return [row for row in self.rows.values() if study in (None, row.study) and stage in (None, row.stage)]


class MemoryArchive:
    def __init__(self) -> None:
        self.kept: list[ArchiveEntry] = []

    def add(self, entry: ArchiveEntry) -> None:
        self.kept.append(entry)

    def entries(self) -> list[ArchiveEntry]:
        return self.kept


REVIEW = Review(
    summary="", strengths=(), weaknesses=(), questions=(), limitations=(), soundness=2, presentation=2, contribution=2,
    overall=5, confidence=3, decision="reject", calibration="uncalibrated", reviewer="nobody",
)  # fmt: skip
