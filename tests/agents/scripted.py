"""A run in which graph, nodes, journal and paper are real; researcher and experiments are scripted."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.graph import build_graph
from agents.schema import Completion, Hypothesis, Idea, IdeaScores, Job, Novelty, Record, Review
from agents.search.best_first import BestFirst
from agents.search.deciding import OrderedSearch
from agents.search.staged import Staged
from agents.services import Services
from agents.settings import Settings, resolve_settings
from agents.store.archive import SqlArchive
from agents.store.database import sqlite_url
from agents.store.journal import SqlJournal
from agents.tasks import Analysis, Change, FigureLook, IdeaBatch, JudgeNovelty, ProposeChange, Section, WriteSection
from templates import load_template
from tests.fakes import BlankTypesetter, EventList, FixedLiterature, FixedReviewer, InlineExecutor, ScriptedModel

TOY = Path(__file__).parents[1] / "toy_template"
VERDICT_WORDS = {
    "supported": "The registered rule supports the hypothesis.",
    "refuted": "By the registered rule the hypothesis is refuted.",
    "inconclusive": "By the registered rule the question stays open.",
}


def make_idea(name: str, factors: Sequence[str], fit: float, niche: str = "dose") -> Idea:
    return Idea(
        id=name,
        title=f"On {name}",
        template="toy_template",
        hypothesis=Hypothesis(
            statement=f"{name} raises the score.",
            metric="score",
            direction="maximize",
            smallest_effect=0.2,
            factors=tuple(factors),
        ),
        plan="Try it.",
        scores=IdeaScores(interest=0.5, feasibility=0.5, fit=fit),
        niche=niche,
    )


DOSE = make_idea("dose", ["boost"], 0.9)
PAIR = make_idea("pair", ["boost", "placebo"], 0.7)
SUGAR = make_idea("sugar", ["placebo"], 0.7, niche="sugar")


def make_review(overall: float) -> Review:
    return Review(
        summary="", strengths=(), weaknesses=(), questions=(), limitations=(), soundness=3, presentation=3,
        contribution=3, overall=overall, confidence=5, decision="reject", calibration="uncalibrated", reviewer="fixed",
    )  # fmt: skip


def scripted_services(
    folder: Path,
    *,
    ideas: Sequence[Idea] = (DOSE, PAIR, SUGAR),
    propose: Callable[[ProposeChange], Change] | None = None,
    overall: float = 5.0,
    flags: Mapping[str, Any] = {},
) -> Services:
    """Services around the toy template whose every answer is scripted; `flags` are settings."""
    folder.mkdir(parents=True, exist_ok=True)
    template = load_template(TOY)
    settings = scripted_settings(folder, flags)
    replies: dict[str, Record | Callable[[Any], Record]] = {
        "ProposeIdeas": IdeaBatch(ideas=tuple(ideas)),
        "JudgeNovelty": judge,
        "ProposeChange": propose or propose_dose,
        "AnalyseResults": Analysis(),
        "LookAtFigure": FigureLook(seen="A figure."),
        "WriteSection": write,
    }
    return Services(
        folder=folder,
        settings=settings,
        template=template,
        model=ScriptedModel(replies),
        executor=InlineExecutor(measure),
        literature=FixedLiterature(),
        search=OrderedSearch(Staged(BestFirst()), lag=settings.search.lag, seed=settings.seed),
        journal=SqlJournal(sqlite_url(folder / "journal.db")),
        archive=SqlArchive(sqlite_url(folder / "journal.db")),
        reviewer=FixedReviewer(make_review(overall)),
        typesetter=BlankTypesetter(),
        events=EventList(),
    )


def scripted_settings(folder: Path, flags: Mapping[str, Any]) -> Settings:
    given = {
        "topic": "Does boost raise the toy score?",
        "papers": folder / "published",
        "search.experiments": 4,
        "search.lanes": 1,
        "search.lag": 1,
        "confirm.seeds": 3,
        "generations": 2,
        "paper.is_typeset": False,
    }
    return resolve_settings({**given, **flags}, project_file=folder / "none.toml")


def drive(services: Services) -> dict[str, Any]:
    """Drive a scripted run to its end and return the state it ends with."""
    graph = build_graph(services.settings.search.lanes)
    return graph.invoke({}, {"recursion_limit": 10_000}, context=services)


def emitted(services: Services, *kinds: str) -> list[Any]:
    """The events of these kinds, in order."""
    assert isinstance(services.events, EventList)
    return [event for event in services.events.events if event.event in kinds]


def judge(task: JudgeNovelty) -> Novelty:
    return Novelty(idea=task.idea.id, verdict="unknown", reason="No literature was asked")


def propose_dose(task: ProposeChange) -> Change:
    """Set every factor of the idea to a level away from its default, another one each time."""
    config = dict(task.template.baseline)
    for name in task.idea.hypothesis.factors:
        levels = [value for value in task.template.knob(name).values if value != config[name]]
        config[name] = levels[task.index % len(levels)]
    return Change(summary=f"change {task.index}", config=config, code=task.code)


def write(task: WriteSection) -> Section:
    text = {"title": "A study of a toy", "abstract": VERDICT_WORDS[task.evidence.verdict.label]}
    return Section(text=text.get(task.section, "Nothing more is to be said."))


def measure(job: Job) -> tuple[Completion, ...]:
    """What experiment and evaluator of the toy would find, without running either."""
    given = [dict(zip(command.argv[2:], command.argv[3:], strict=False)) for command in job.commands]
    config = json.loads(Path(given[0]["--config"]).read_text())
    rng = random.Random(f"{given[0]['--seed']}/{config}")
    metrics = {"score": 1 + config["boost"] + rng.gauss(0, 0.02), "noise": abs(rng.gauss(0, 0.02))}
    (Path(given[1]["--out"]) / "metrics.json").write_text(json.dumps(metrics))
    (Path(given[0]["--out"]) / "curve.csv").write_text("x,y\n0,1\n1,2\n")
    return (Completion(status="ok", exit_code=0, wall_s=0.01), Completion(status="ok", exit_code=0, wall_s=0.01))
