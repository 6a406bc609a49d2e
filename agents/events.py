"""What happens in a run, as records. Library code emits them; only the command line and the web page render them."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from agents.schema import NodeKind, Phase, Record, Stage, Status


class _Event(Record):
    at: float = Field(description="seconds since the epoch")
    study: str | None = None


class RunStarted(_Event):
    """`fit` is the similarity of topic and template in [0, 1]; None when a person named the template."""

    event: Literal["run_started"] = "run_started"
    run: str
    topic: str
    template: str
    fit: float | None = None
    researcher: str
    is_resumed: bool


class SandboxChosen(_Event):
    """What experiments run in: what it guarantees here, and why stronger ones were passed over, a reason each."""

    event: Literal["sandbox_chosen"] = "sandbox_chosen"
    name: str
    guarantees: tuple[str, ...]
    passed_over: tuple[str, ...] = ()


class StageStarted(_Event):
    event: Literal["stage_started"] = "stage_started"
    node: str


class StageFinished(_Event):
    event: Literal["stage_finished"] = "stage_finished"
    node: str
    wall_s: float


class StepFinished(_Event):
    """A part of a stage is done: the `done`-th of `total`; total 0 where nobody knows how many there will be."""

    event: Literal["step_finished"] = "step_finished"
    node: str
    step: str
    done: int = 0
    total: int = 0
    wall_s: float


class IdeaChosen(_Event):
    event: Literal["idea_chosen"] = "idea_chosen"
    idea: str
    title: str
    reason: str


class PhaseStarted(_Event):
    """A phase of a study begins (agents/search/stages.py), the `number`-th of `total`: its aim, what will end it."""

    event: Literal["phase_started"] = "phase_started"
    phase: Phase
    goal: str
    stop: str
    number: int = 0
    total: int = 0


class ExperimentsPlanned(_Event):
    """How many experiments a stage will run, so that progress can be shown."""

    event: Literal["experiments_planned"] = "experiments_planned"
    stage: Stage
    total: int


class ExperimentStarted(_Event):
    event: Literal["experiment_started"] = "experiment_started"
    experiment: str
    stage: Stage
    kind: NodeKind
    parent: str | None
    arm: str
    change: str
    seed: int


class ExperimentFinished(_Event):
    event: Literal["experiment_finished"] = "experiment_finished"
    experiment: str
    stage: Stage
    status: Status
    detail: str
    metric: str
    value: float | None
    is_best: bool
    wall_s: float


class VerdictReached(_Event):
    event: Literal["verdict_reached"] = "verdict_reached"
    verdict: str
    text: str


class Degraded(_Event):
    """A fallback was taken: what, and what it costs the user. Never silent."""

    event: Literal["degraded"] = "degraded"
    what: str
    consequence: str


class PaperReviewed(_Event):
    event: Literal["paper_reviewed"] = "paper_reviewed"
    title: str
    overall: float
    decision: str
    calibration: str
    probability: float | None = None


class ApprovalNeeded(_Event):
    event: Literal["approval_needed"] = "approval_needed"
    gate: Literal["idea", "paper"]
    what: str


class PaperPublished(_Event):
    event: Literal["paper_published"] = "paper_published"
    folder: str
    is_best: bool


class RunFinished(_Event):
    """`unpriced` model calls, whose price nobody knows, are not in `cost_usd`."""

    event: Literal["run_finished"] = "run_finished"
    papers: int
    wall_s: float
    cost_usd: float
    unpriced: int = 0


Event: TypeAlias = Annotated[
    RunStarted
    | SandboxChosen
    | StageStarted
    | StageFinished
    | StepFinished
    | IdeaChosen
    | PhaseStarted
    | ExperimentsPlanned
    | ExperimentStarted
    | ExperimentFinished
    | VerdictReached
    | Degraded
    | PaperReviewed
    | ApprovalNeeded
    | PaperPublished
    | RunFinished,
    Field(discriminator="event"),
]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads one line of events.jsonl: `EVENT.validate_json(line)`."""
