"""Questions of research without a template: ideas from nothing, and the template that a study's experiments run in."""

from typing import ClassVar

from pydantic import Field

from agents.schema import (
    Config,
    Curve,
    Fact,
    Finite,
    GivenIdea,
    Hypothesis,
    Idea,
    Knob,
    Metric,
    Record,
    Role,
    Source,
    Status,
    Survey,
    Task,
)
from agents.tasks import BatchTask, IdeaTask


class Workbench(Record):
    """What experiments have at hand: limits, installed packages, and what the user brought (`data` and `repo` are
    descriptions, a text each)."""

    timeout_s: float
    memory_mb: int
    cpus: int
    gpus: float
    packages: tuple[str, ...]
    data: tuple[str, ...] = ()
    repo: str = ""


class InventIdeas(BatchTask):
    """Invent ideas for a topic that small experiments, written from nothing, can decide."""

    brief: str
    workbench: Workbench


class AdoptIdea(Task[Idea]):
    """Make a testable idea of a person's words: what is measured, what is varied."""

    reply: ClassVar[type[Idea]] = Idea
    topic: str
    brief: str
    given: GivenIdea
    sources: tuple[Source, ...]
    survey: Survey | None = None
    workbench: Workbench
    experiments: int

    @property
    def subject(self) -> str:
        return self.given.name


class RevisedIdea(Record):
    """An idea after another look. `query` asks for more literature before the next one; `is_final` ends the looks."""

    idea: Idea | None = None
    query: str = ""
    is_final: bool = False


class ReviseIdea(Task[RevisedIdea]):
    """Look at an idea again; `asked` is the last query, `sources` what is known, what it returned first."""

    reply: ClassVar[type[RevisedIdea]] = RevisedIdea
    topic: str
    brief: str
    idea: Idea
    others: tuple[str, ...]
    is_given: bool = False
    asked: str
    sources: tuple[Source, ...]
    survey: Survey | None = None
    workbench: Workbench
    experiments: int
    look: int
    looks: int

    @property
    def subject(self) -> str:
        return f"{self.idea.id} look {self.look}"


MOST_SECONDARY = 3


class StudyDesign(Record):
    """How a study measures what its idea claims: what becomes the template's declaration.

    `left_out` is what the idea promises and the design does not do. `facts` are its numbers that the paper may print.
    `data` says where the data come from and how they are split, `evaluation` what experiment.py must write and how
    evaluate.py scores it; both are contracts that the two programs are written from.
    """

    title: str
    field: str
    description: str
    keywords: tuple[str, ...] = Field(min_length=1)
    datasets: tuple[str, ...] = Field(min_length=1)
    metric: Metric
    secondary: tuple[Metric, ...] = Field(default=(), max_length=MOST_SECONDARY)
    left_out: tuple[str, ...] = ()
    knobs: tuple[Knob, ...] = Field(min_length=1)
    hypothesis: Hypothesis
    facts: dict[str, Fact] = {}
    curve: Curve
    data: str
    evaluation: str


class DesignStudy(IdeaTask[StudyDesign]):
    """Turn an idea into a design. `rejected` says what was wrong with `previous`, the last one."""

    reply: ClassVar[type[StudyDesign]] = StudyDesign
    role: ClassVar[Role] = "code"
    topic: str
    brief: str
    sources: tuple[Source, ...]
    survey: Survey | None = None
    workbench: Workbench
    experiments: int
    seeds: int
    previous: StudyDesign | None = None
    rejected: tuple[str, ...] = ()


class Evaluator(Record):
    """The fixed part of a template: data.py, which experiments import, and evaluate.py, which they never see.

    In a new version of both, one that is left out stays as it was.
    """

    data_module: str = ""
    evaluator: str = ""


class WriteEvaluator(IdeaTask[Evaluator]):
    """Write data.py and evaluate.py of a design. `rejected` says what was wrong with `previous`."""

    reply: ClassVar[type[Evaluator]] = Evaluator
    role: ClassVar[Role] = "code"
    design: StudyDesign
    workbench: Workbench
    previous: Evaluator | None = None
    rejected: tuple[str, ...] = ()

    def check(self, reply: Evaluator) -> Evaluator:
        """Return both programs, one that was left out as it was; raises ValueError for a first version with a gap."""
        old = self.previous or Evaluator()
        whole = {name: getattr(reply, name) or getattr(old, name) for name in Evaluator.model_fields}
        if missing := [name for name, text in whole.items() if not text.strip()]:
            raise ValueError(f"`{missing[0]}` is missing; send both programs whole")
        return Evaluator(**whole)


class PilotRun(Record):
    """The plain baseline on one seed, judged on the search part before a study is registered; the programs by their
    sha256. `gpus` is the share of one that it held."""

    seed: int
    config: Config
    code_sha256: str
    evaluator_sha256: str
    status: Status
    detail: str = ""
    metrics: dict[str, Finite] = {}
    wall_s: float
    gpus: float = 0.0


class EvaluatorReview(Record):
    """A second look at an evaluator; `objections` are what must be mended before it may be frozen."""

    is_sound: bool
    objections: tuple[str, ...] = ()


class ReviewEvaluator(IdeaTask[EvaluatorReview]):
    """Judge whether an evaluator measures what the hypothesis claims, and whether an experiment could cheat it.

    `objected` is what was said against earlier versions. After the first version of experiment.py ran, `pilot` holds
    what the baseline gave, and `remarks` what is plain to see in it.
    """

    reply: ClassVar[type[EvaluatorReview]] = EvaluatorReview
    role: ClassVar[Role] = "judge"
    design: StudyDesign
    evaluator: Evaluator
    workbench: Workbench
    objected: tuple[str, ...] = ()
    pilot: tuple[PilotRun, ...] = ()
    remarks: tuple[str, ...] = ()


class Program(Record):
    """The whole text of experiment.py."""

    experiment: str


class WriteProgram(IdeaTask[Program]):
    """Write the first working version of experiment.py. `rejected` says what was wrong with `previous`."""

    reply: ClassVar[type[Program]] = Program
    role: ClassVar[Role] = "code"
    design: StudyDesign
    evaluator: Evaluator
    workbench: Workbench
    previous: str = ""
    rejected: tuple[str, ...] = ()
