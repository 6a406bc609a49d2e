"""What a run looks like at a moment, folded from its events. Knows nothing of terminals."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import singledispatchmethod
from typing import Literal, NamedTuple, TypeAlias

from agents.events import (
    ApprovalNeeded,
    Degraded,
    Event,
    ExperimentFinished,
    ExperimentsPlanned,
    ExperimentStarted,
    IdeaChosen,
    PaperPublished,
    PaperReviewed,
    PhaseStarted,
    RunFinished,
    RunStarted,
    SandboxChosen,
    StageFinished,
    StageStarted,
    StepFinished,
    VerdictReached,
)
from agents.schema import NodeKind, Phase, Stage, Status

NodeStatus: TypeAlias = Status | Literal["running", "lost"]
SEARCH = "explore"
"""The search reports experiments and no stage events; the view opens and closes this stage itself."""


@dataclass
class Node:
    """An experiment as it is seen. "lost" is one whose session died; it will run again."""

    id: str
    stage: Stage
    parent: str | None = None
    kind: NodeKind = "draft"
    arm: str = ""
    change: str = ""
    status: NodeStatus = "running"
    value: float | None = None

    @property
    def is_open(self) -> bool:
        return self.status in ("running", "lost")

    @property
    def is_failed(self) -> bool:
        return self.status != "ok" and not self.is_open


@dataclass
class Paper:
    """A reviewed paper; `folder` once it is published."""

    title: str
    overall: float | None = None
    decision: str = ""
    calibration: str = ""
    probability: float | None = None
    folder: str | None = None


class Progress(NamedTuple):
    """Experiments of one stage of one study."""

    done: int
    total: int


class Warned(NamedTuple):
    what: str
    consequence: str


class StageKey(NamedTuple):
    """A stage of work: a node of the graph, in a study or in none."""

    study: str | None
    node: str


@dataclass
class StudyView:
    """One idea, its experiments and what came of them."""

    name: str
    title: str = ""
    nodes: dict[str, Node] = field(default_factory=dict[str, Node])
    planned: dict[Stage, int] = field(default_factory=dict[Stage, int])
    best: str | None = None
    phase: Phase | Literal[""] = ""
    metric: str = ""
    verdict: str = ""
    paper: Paper | None = None
    _seen: Counter[Stage] = field(default_factory=Counter[Stage])
    _done: Counter[Stage] = field(default_factory=Counter[Stage])

    def put(self, node: Node) -> None:
        """Take in an experiment, in the place of what was known of it."""
        if known := self.nodes.get(node.id):
            self._count(known, -1)
        self.nodes[node.id] = node
        self._count(node, 1)

    def of_stage(self, stage: Stage) -> list[Node]:
        """The stage's experiments, by id."""
        return sorted((node for node in self.nodes.values() if node.stage == stage), key=lambda node: node.id)

    def progress(self, stage: Stage) -> Progress:
        """Finished and planned experiments of a stage; one reported twice counts once."""
        return Progress(self._done[stage], max(self.planned.get(stage, 0), self._seen[stage]))

    def _count(self, node: Node, change: int) -> None:
        self._seen[node.stage] += change
        self._done[node.stage] += 0 if node.is_open else change


@dataclass
class RunView:
    """The run so far. Folding the same events again, as a resumed run reports them, changes nothing but times."""

    run: str = ""
    topic: str = ""
    template: str = ""
    researcher: str = ""
    sandbox: str = ""
    studies: dict[str, StudyView] = field(default_factory=dict[str, StudyView])
    open_stages: dict[StageKey, float] = field(default_factory=dict[StageKey, float])
    steps: dict[StageKey, StepFinished] = field(default_factory=dict[StageKey, StepFinished])
    stage_s: dict[StageKey, float] = field(default_factory=dict[StageKey, float])
    warnings: list[Warned] = field(default_factory=list[Warned])
    gate: ApprovalNeeded | None = None
    cost_usd: float = 0.0
    unpriced: int = 0
    is_finished: bool = False
    _past_s: float = 0.0
    _begun: float | None = None
    latest: float = 0.0

    def fold(self, event: Event) -> None:
        """Take in one event."""
        if self._begun is None:
            self._begun = event.at
        self._take(event)
        self.latest = event.at

    def replay(self, events: Iterable[Event]) -> None:
        """Take in what earlier sessions reported."""
        for event in events:
            self.fold(event)

    def elapsed_s(self, now: float) -> float:
        """Seconds of all sessions together, without the gaps between them."""
        return self._past_s + (max(0.0, now - self._begun) if self._begun is not None else 0.0)

    def study(self, name: str | None) -> StudyView:
        return self.studies.setdefault(name or "", StudyView(name or ""))

    @property
    def active(self) -> list[StudyView]:
        """Studies under way: with experiments planned and no review yet."""
        return [study for study in self.studies.values() if study.paper is None and (study.planned or study.nodes)]

    @property
    def published(self) -> list[StudyView]:
        """Studies with a published paper, the best review first."""
        done = [study for study in self.studies.values() if study.paper and study.paper.folder]
        return sorted(done, key=lambda study: -(study.paper.overall or 0.0) if study.paper else 0.0)

    @singledispatchmethod
    def _take(self, event: Event) -> None:
        raise TypeError(f"no view of event {type(event).__name__}")

    @_take.register
    def _(self, event: RunStarted) -> None:
        """A new session: what ran when the last one ended is lost, and the gap does not count."""
        if self._begun is not None and self.latest:
            self._past_s += max(0.0, self.latest - self._begun)
        self._begun = event.at
        self.run, self.topic = event.run, event.topic
        self.template, self.researcher = event.template, event.researcher
        self.open_stages.clear()
        self.steps.clear()
        self.gate, self.is_finished = None, False
        for node in (node for study in self.studies.values() for node in study.nodes.values()):
            node.status = "lost" if node.status == "running" else node.status

    @_take.register
    def _(self, event: StageStarted) -> None:
        if event.study and event.node != SEARCH:
            self._close(StageKey(event.study, SEARCH), event.at)
        self.open_stages[StageKey(event.study, event.node)] = event.at

    @_take.register
    def _(self, event: StageFinished) -> None:
        key = StageKey(event.study, event.node)
        self.open_stages.pop(key, None)
        self.steps.pop(key, None)
        self.stage_s[key] = self.stage_s.get(key, 0.0) + event.wall_s

    @_take.register
    def _(self, event: StepFinished) -> None:
        self.steps[StageKey(event.study, event.node)] = event

    @_take.register
    def _(self, event: IdeaChosen) -> None:
        self.study(event.study).title = event.title

    @_take.register
    def _(self, event: PhaseStarted) -> None:
        self.study(event.study).phase = event.phase

    @_take.register
    def _(self, event: ExperimentsPlanned) -> None:
        self.study(event.study).planned[event.stage] = event.total

    @_take.register
    def _(self, event: ExperimentStarted) -> None:
        node = Node(event.experiment, event.stage, event.parent, event.kind, event.arm, event.change)
        self.study(event.study).put(node)
        if event.stage == "search":
            self.open_stages.setdefault(StageKey(event.study, SEARCH), event.at)

    @_take.register
    def _(self, event: ExperimentFinished) -> None:
        study = self.study(event.study)
        node = study.nodes.get(event.experiment, Node(event.experiment, event.stage))
        study.put(replace(node, status=event.status, value=event.value))
        study.metric = event.metric
        if event.is_best:
            study.best = event.experiment
        done, total = study.progress("search")
        if event.stage == "search" and done == total:
            self._close(StageKey(event.study, SEARCH), event.at)

    @_take.register
    def _(self, event: VerdictReached) -> None:
        self.study(event.study).verdict = event.verdict

    @_take.register
    def _(self, event: SandboxChosen) -> None:
        self.sandbox = event.name

    @_take.register
    def _(self, event: Degraded) -> None:
        warned = Warned(event.what, event.consequence)
        if warned not in self.warnings:
            self.warnings.append(warned)

    @_take.register
    def _(self, event: PaperReviewed) -> None:
        paper = Paper(event.title, event.overall, event.decision, event.calibration, event.probability)
        self.study(event.study).paper = paper

    @_take.register
    def _(self, event: PaperPublished) -> None:
        study = self.study(event.study)
        study.paper = study.paper or Paper(study.title)
        study.paper.folder = event.folder

    @_take.register
    def _(self, event: ApprovalNeeded) -> None:
        self.gate = event

    @_take.register
    def _(self, event: RunFinished) -> None:
        self.is_finished = True
        self.cost_usd, self.unpriced = event.cost_usd, event.unpriced

    def _close(self, key: StageKey, at: float) -> None:
        begun = self.open_stages.pop(key, None)
        if begun is not None:
            self.stage_s[key] = self.stage_s.get(key, 0.0) + at - begun
