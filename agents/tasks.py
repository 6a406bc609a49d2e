"""Every question ever put to a researcher, one frozen record each. The built-in researcher reads the fields; the model
road renders prompts/<task>.md from them."""

from pathlib import Path
from typing import ClassVar, Generic, Literal, Self, TypeVar

from pydantic import Field, model_validator

from agents.edits import apply_edits, has_edits
from agents.schema import (
    ArchiveEntry,
    Comparison,
    Config,
    Evidence,
    Experiment,
    Figure,
    Idea,
    Metric,
    NodeKind,
    Novelty,
    Phase,
    Problem,
    Record,
    Role,
    SectionName,
    Source,
    Survey,
    Task,
    Template,
)
from agents.showing import ANALYST, SHOWN, Row, Shown, ledger_rows, told_nodes

R = TypeVar("R", bound=Record)


class IdeaBatch(Record):
    ideas: tuple[Idea, ...]


class BatchTask(Task[IdeaBatch]):
    """A question for `count` ideas: the first ones of a run or, with an `archive`, such as follow on from the finished
    studies in it. Of those there may be none. `others` are ideas that are there already and were not studied."""

    reply: ClassVar[type[IdeaBatch]] = IdeaBatch
    topic: str
    sources: tuple[Source, ...]
    survey: Survey | None = None
    archive: tuple[ArchiveEntry, ...] = ()
    others: tuple[Idea, ...] = ()
    count: int
    experiments: int = 12

    @property
    def subject(self) -> str:
        return f"after {self.archive[-1].study}" if self.archive else ""

    def check(self, reply: IdeaBatch) -> IdeaBatch:
        """Return the batch; raises ValueError for an empty one at the start of a run."""
        if not reply.ideas and not self.archive:
            raise ValueError("ideas: at least one is wanted")
        return reply


class ProposeIdeas(BatchTask):
    """Propose ideas for a topic that the template's knobs can test, each by so many search `experiments`."""

    template: Template
    seed: int


class IdeaTask(Task[R], Generic[R]):
    """A question about one idea."""

    idea: Idea

    @property
    def subject(self) -> str:
        return self.idea.id


class NoveltyQueries(Record):
    """What to ask the literature. `mechanism` says what the idea does, `recalled` which techniques it may be."""

    mechanism: str = ""
    queries: tuple[str, ...] = Field(min_length=1, max_length=5)
    recalled: str = ""


class PlanNoveltySearch(IdeaTask[NoveltyQueries]):
    """Say in the field's own terms what to search for, since an idea may be a known technique under another name."""

    reply: ClassVar[type[NoveltyQueries]] = NoveltyQueries
    role: ClassVar[Role] = "judge"


class NoveltyOpinion(Record):
    """What a judge says of an idea against the nearest work."""

    verdict: Literal["novel", "known", "unknown"]
    nearest: str | None = None
    reason: str
    comparison: tuple[Comparison, ...] = Field(default=(), max_length=5)
    recalled: str = ""


class JudgeNovelty(IdeaTask[NoveltyOpinion]):
    """Judge an idea against the nearest of what the literature returned and what this archive already holds.

    `answered` names the sources that answered; `recalled` the known techniques that it was suspected to be.
    """

    reply: ClassVar[type[NoveltyOpinion]] = NoveltyOpinion
    role: ClassVar[Role] = "judge"
    sources: tuple[Source, ...]
    earlier: tuple[Idea, ...]
    answered: tuple[str, ...] = ()
    recalled: str = ""


class CitingSentence(Record):
    """A sentence of the paper as a reader sees it, and one work that it cites. `number` tells it from the others."""

    number: int
    sentence: str
    key: str
    title: str
    abstract: str


class Support(Record):
    """Whether the cited abstract says what sentence `number` says it does."""

    number: int
    verdict: Literal["supports", "does not", "cannot tell"]
    reason: str = ""


class SupportBatch(Record):
    verdicts: tuple[Support, ...]


class CheckSupport(Task[SupportBatch]):
    """Say of each sentence whether the abstract of the work that it cites supports it."""

    reply: ClassVar[type[SupportBatch]] = SupportBatch
    role: ClassVar[Role] = "judge"
    sentences: tuple[CitingSentence, ...] = Field(min_length=1)

    @property
    def subject(self) -> str:
        return f"citing sentences {self.sentences[0].number} to {self.sentences[-1].number}"


REPEAT = "repeat: "
"""Opens the summary of a change that was knowingly tried before."""


class Change(Record):
    """The next experiment: every knob's value, and experiment.py.

    That is its whole text in `code`, or what is changed of the code to start from in `edits`, or neither if it stays.
    """

    summary: str
    config: Config
    code: str = ""
    edits: str = ""

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        if self.code.strip() and self.edits.strip():
            raise ValueError("give the whole program as `code` or what is changed as `edits`, not both")
        return self


class ProposeChange(Task[Change]):
    """Write the next experiment of a study from `parent` (None for a fresh draft).

    `code` is the text of the parent's experiment.py, or the template's. `nodes` are the nodes that may be known, oldest
    first; `index` numbers the node to be made. Index 0 is the baseline and is never asked for. Only the knobs in
    `searched` may be set; the others keep their baseline values, those that the idea is about keep the parent's. At
    least one factor must be away from its default. `phase` is the stage of the search, or "". `inspirations` are nodes
    to learn from; in a "cross" the first of them is the partner of the parent, and `partner_code` the text of its
    experiment.py. `notes` say what worked so far; `rejected` which answers to this question were refused, and why.
    At most `remaining` more nodes will be asked for after this one, None where nobody knows.
    """

    reply: ClassVar[type[Change]] = Change
    role: ClassVar[Role] = "code"
    template: Template
    idea: Idea
    searched: tuple[str, ...]
    kind: NodeKind
    parent: Experiment | None
    code: str
    log_tail: str
    inspirations: tuple[Experiment, ...] = ()
    partner_code: str = ""
    notes: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    nodes: tuple[Experiment, ...]
    index: int
    remaining: int | None = None
    seed: int
    phase: Phase | Literal[""] = ""

    @property
    def subject(self) -> str:
        return f"node {self.index}"

    def check(self, reply: Change) -> Change:
        """Return the change with its whole code; raises ValueError if its edits do not fit the code to start from.

        Edits that came as `code` are edits all the same.
        """
        edits = reply.edits or (reply.code if has_edits(reply.code) else "")
        code = apply_edits(self.code, edits) if edits.strip() else reply.code
        return reply.model_copy(update={"code": code if code.strip() else self.code, "edits": ""})

    @property
    def held(self) -> Config:
        """Factors and companions that stay as they are in the parent, which differs from the baseline there."""
        hypothesis = self.idea.hypothesis
        names = (*hypothesis.factors, *hypothesis.companions)
        return {name: self.parent.config[name] for name in names if self.parent and name not in self.searched}


class Section(Record):
    """LaTeX of one section without its heading. Every number is an \\ev macro; see docs/contracts.md."""

    text: str


class Finding(Record):
    """Something the results show: a sentence without numerals, and the ledger entries that it rests on."""

    text: str
    keys: tuple[str, ...]


class Analysis(Record):
    """What the results mean: findings, what else could explain them, and the experiment that would tell."""

    findings: tuple[Finding, ...] = ()
    alternatives: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()


class StudyTask(Task[R], Generic[R]):
    """A question about a finished study. `objections` is what a second reader found in the evaluator of a template that
    was written for this study, and had mended before it was frozen."""

    topic: str
    template: Template
    evidence: Evidence
    nodes: tuple[Experiment, ...]
    objections: tuple[str, ...] = ()

    @property
    def shown(self) -> Shown:
        """What of the study is shown to whom this is put."""
        return ANALYST

    @property
    def rows(self) -> list[Row]:
        return ledger_rows(self.evidence, self.shown)

    @property
    def metric(self) -> Metric:
        """What the hypothesis is judged by."""
        name = self.evidence.registration.idea.hypothesis.metric
        metrics = (self.template.metric, *self.template.secondary)
        return next((metric for metric in metrics if metric.name == name), self.template.metric)

    @property
    def told(self) -> list[Experiment]:
        """Experiments of the search that are told one by one."""
        return told_nodes(self.evidence, self.nodes, self.metric)


class AnalyseResults(StudyTask[Analysis]):
    """Read the evidence of a finished study, before anything is written about it."""

    reply: ClassVar[type[Analysis]] = Analysis
    role: ClassVar[Role] = "analysis"


class FigureLook(Record):
    """What a model saw in a figure, and what keeps a reader from reading it."""

    seen: str
    faults: tuple[str, ...] = ()


class LookAtFigure(Task[FigureLook]):
    """Look at a figure, given as a PNG file."""

    reply: ClassVar[type[FigureLook]] = FigureLook
    role: ClassVar[Role] = "figures"
    label: str
    caption: str
    template: Template
    png: Path

    @property
    def subject(self) -> str:
        return self.label

    @property
    def images(self) -> tuple[Path, ...]:
        return (self.png,)


class WriteSection(StudyTask[Section]):
    """Write one section from the evidence and what its `analysis` found; a model is shown what showing.py says.

    `policy` names the search policy that was used; `written` holds the sections that are already there; `problems` what
    check_paper found in this section's last version (`previous`).
    """

    reply: ClassVar[type[Section]] = Section
    role: ClassVar[Role] = "writing"
    section: SectionName
    figures: tuple[Figure, ...]
    sources: tuple[Source, ...]
    novelty: Novelty
    earlier: tuple[ArchiveEntry, ...]
    researcher: str
    policy: str
    analysis: Analysis = Analysis()
    written: dict[SectionName, str] = {}
    previous: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def subject(self) -> str:
        return self.section

    @property
    def shown(self) -> Shown:
        return SHOWN[self.section]

    @property
    def rows(self) -> list[Row]:
        """With those that the findings rest on, where they are shown, and those that the last version prints."""
        findings = self.analysis.findings if "findings" in self.shown.parts else ()
        return ledger_rows(self.evidence, self.shown, [key for each in findings for key in each.keys], self.previous)

    @property
    def cited(self) -> tuple[Source, ...]:
        """The sources that this section may cite: all, or those that idea, settings and novelty name, or none; and what
        its last version cites."""
        if "sources" in self.shown.parts:
            return self.sources
        named = {*self.evidence.registration.idea.related, self.novelty.nearest}
        named |= {key for knob in self.template.knobs for key in knob.cites}
        own = named if "own sources" in self.shown.parts else set[str]()
        return tuple(source for source in self.sources if source.key in own or source.key in self.previous)
