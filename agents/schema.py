"""The records that flow through the house: frozen, small, validated at the door. No behaviour beyond derived facts."""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeAlias, TypeGuard, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

KnobValue: TypeAlias = bool | int | float | str
Config: TypeAlias = dict[str, KnobValue]
Direction: TypeAlias = Literal["maximize", "minimize"]
Split: TypeAlias = Literal["search", "confirm"]
Stage: TypeAlias = Literal["search", "control", "confirm", "ablate"]
NodeKind: TypeAlias = Literal["draft", "debug", "improve", "rewrite", "cross", "repeat"]
Patch: TypeAlias = Literal["edit", "rewrite", "cross", "repeat"]
Phase: TypeAlias = Literal["working", "tuning", "question", "replication", "ablation"]
Status: TypeAlias = Literal["ok", "crash", "timeout", "oom", "disk", "no_metrics", "tampered", "infra", "skipped"]
Role: TypeAlias = Literal["ideas", "code", "analysis", "figures", "writing", "review", "judge"]
"""What a model is asked for; each role may have models of its own."""
Finite: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]


def _check_gpus(gpus: float) -> float:
    if 0 < gpus < 0.01 or (gpus > 1 and not gpus.is_integer()):
        raise ValueError("must be 0, a share of one GPU from 0.01 to 1, or a whole number of GPUs")
    return gpus


Gpus: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False), AfterValidator(_check_gpus)]


class Record(BaseModel):
    """An immutable value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- templates -----------------------------------------------------


class Metric(Record):
    """What an experiment is judged by. `smallest_effect` is the least gain that matters, in `unit`.

    A secondary metric with `is_objective` is wanted for itself: the search keeps the Pareto front of all of them.
    """

    name: str
    label: str
    direction: Direction
    unit: str = ""
    smallest_effect: Finite = 0.0
    decimals: int = 3
    is_objective: bool = False

    def gain(self, value: float, reference: float) -> float:
        """Signed improvement of `value` over `reference`, in `unit`; positive is better whatever the direction."""
        return value - reference if self.direction == "maximize" else reference - value

    @property
    def gain_unit(self) -> str:
        """Unit of a difference of two values: that of percentages is percentage points, which are no per cent."""
        return "percentage points" if self.unit == "%" else self.unit


class Knob(Record):
    """One thing an experiment may vary. `values` are its levels in order; those of a `code` knob name slot snippets."""

    name: str
    label: str
    default: KnobValue
    values: tuple[KnobValue, ...]
    kind: Literal["config", "code"] = "config"
    unit: str = ""
    why: str = ""
    cites: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()


class Fact(Record):
    """A number about the template (images, classes, days) that a paper may print."""

    value: Finite
    label: str
    unit: str = ""
    decimals: int = 0


class Curve(Record):
    """Axis labels, with units, of the two columns of `curve.csv`."""

    x: str
    y: str


class Template(Record):
    """An experiment template as loaded from its folder; `path` holds experiment.py, evaluate.py and the rest.

    `cpus` is the number of threads of one experiment; `gpus` what it uses where there are GPUs: a share of one or
    whole ones, 0 never. `written_by` names the researcher that wrote it for one study, "" for a template of a person;
    its `contract` says in prose what the fixed modules give to experiment.py and what that must write.
    """

    name: str
    path: Path
    title: str
    field: str
    description: str
    keywords: tuple[str, ...]
    metric: Metric
    secondary: tuple[Metric, ...] = ()
    datasets: tuple[str, ...]
    timeout_s: float
    memory_mb: int = 2048
    disk_mb: int = 64
    cpus: int = Field(default=1, gt=0)
    gpus: Gpus = 1.0
    confirm_seeds: int = 10
    knobs: tuple[Knob, ...]
    facts: dict[str, Fact] = {}
    curve: Curve
    hardware: str = ""
    written_by: str = ""
    contract: str = ""
    evaluator_sha256: str

    @property
    def baseline(self) -> Config:
        return {knob.name: knob.default for knob in self.knobs}

    @property
    def resources(self) -> "Resources":
        """What one experiment needs."""
        return Resources(cpus=self.cpus, memory_mb=self.memory_mb, gpus=self.gpus)

    def knob(self, name: str) -> Knob:
        return next(knob for knob in self.knobs if knob.name == name)

    def arm_label(self, arm: str) -> str:
        """What a reader calls an arm, without digits; `without_<knob>` is the winner with that knob at its default."""
        name = arm.removeprefix("without_")
        knob = next((knob for knob in self.knobs if knob.name == name), None)
        if name == arm:
            return arm
        if knob is None:
            return f"{name.replace('_', ' ')} at its default"
        switched = f" ({'on' if knob.default else 'off'})" if isinstance(knob.default, bool) else ""
        return f"{knob.label} at its default{switched}"


# --- ideas ---------------------------------------------------------


class Source(Record):
    """A publication that a literature service returned; never made up."""

    key: str
    title: str
    authors: tuple[str, ...]
    year: int
    venue: str = ""
    abstract: str = ""
    url: str = ""
    bibtex: str
    origin: str


class Findings(Record):
    """What a search of the literature returned, nearest first, and which sources had their say.

    Nothing found by a source that answered is knowledge; nothing found because it failed is none.
    """

    sources: tuple[Source, ...] = ()
    answered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class Survey(Record):
    """Which literature sources answered the run's first search and which failed; neither where none is set."""

    answered: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class Hypothesis(Record):
    """A claim that can fail: factors away from their defaults improve `metric` by at least `smallest_effect`.

    The registered comparison is the winner against the same program with its factors back at their defaults (the
    control), paired by seed. `companions` are tuned beside the factors, for the control as well, and not claimed.
    """

    statement: str
    metric: str
    direction: Direction
    smallest_effect: Finite
    factors: tuple[str, ...] = Field(min_length=1)
    companions: tuple[str, ...] = ()


class IdeaScores(Record):
    """Prior judgement of an idea, each in [0, 1]."""

    interest: float = Field(ge=0, le=1)
    feasibility: float = Field(ge=0, le=1)
    fit: float = Field(ge=0, le=1, description="how well it answers the topic")


class Idea(Record):
    """A proposal to study. `niche` groups ideas that a review of one says something about.

    `template` is None for research without a template. `related_work`, `abstract` and `experiments` are what a
    researcher without a template says of it; `related` holds keys of sources.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,60}$")
    title: str
    template: str | None
    hypothesis: Hypothesis
    plan: str
    related: tuple[str, ...] = ()
    related_work: str = ""
    abstract: str = ""
    experiments: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    scores: IdeaScores
    parents: tuple[str, ...] = ()
    niche: str


class GivenIdea(Record):
    """An idea in a person's own words, as the AI Scientist's idea files have it."""

    name: str
    title: str
    hypothesis: str
    related_work: str = ""
    abstract: str = ""
    experiments: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


class Comparison(Record):
    """One point in which an idea is held against the nearest work."""

    aspect: str
    idea: str
    nearest: str
    is_same: bool


class Novelty(Record):
    """What the literature and the archive say of an idea. No source asked means unknown, never novel.

    `queries` is what was asked, `hits` the keys of what came, nearest first; `comparison` holds the idea against the
    nearest work. `recalled` names a known technique that the judge remembers and no source confirmed: not a citation;
    `is_suspected` says that for its sake the judge calls the idea known.
    """

    idea: str
    verdict: Literal["novel", "known", "unknown"]
    nearest: str | None = None
    reason: str
    queries: tuple[str, ...] = ()
    hits: tuple[str, ...] = ()
    comparison: tuple[Comparison, ...] = ()
    recalled: str = ""
    is_suspected: bool = False


# --- experiments ---------------------------------------------------


class Registration(Record):
    """The plan of a study, fixed before its first experiment runs; the verdict follows from it alone.

    The last `replications` of the search's experiments measure its best nodes once more, with other seeds. After the
    search the control is tried with as many settings of the companions as `control_tries`; 0 leaves it the winner's.
    With `needs_spread` a comparison in which the seeds moved neither side settles nothing; older plans had none.
    Where the claim `is_joint` all factors make it together, and a winner with some of them at their defaults is no test
    of it; older plans took it for one.
    """

    study: str
    idea: Idea
    template: str
    evaluator_sha256: str
    baseline: Config
    search_experiments: int
    replications: int = Field(default=0, ge=0)
    control_tries: int = Field(default=0, ge=0)
    search_seed: int
    confirm_seeds: tuple[int, ...]
    alpha: float = 0.05
    correction: Literal["bonferroni"] = "bonferroni"
    needs_spread: bool = False
    is_joint: bool = False

    @property
    def searched(self) -> tuple[str, ...]:
        """Names of the knobs that the search may set."""
        return self.idea.hypothesis.factors + self.idea.hypothesis.companions


class Outcome(Record):
    """What became of an experiment. `metrics` come from evaluate.py alone; `artefacts` maps relative path to sha256.

    `sandbox` names what held it, and which limits the kernel kept.
    """

    status: Status
    detail: str = ""
    metrics: dict[str, Finite] = {}
    artefacts: dict[str, str] = {}
    exit_code: int | None = None
    wall_s: float = 0.0
    peak_memory_mb: float = 0.0
    sandbox: str = ""

    @property
    def is_ok(self) -> bool:
        return self.status == "ok"


class Experiment(Record):
    """A node of a study: one run of experiment.py. `config` holds every knob, code knobs included.

    `arm` is "" in the search and "control" where that is tuned (stage "control"); in confirm and ablate one of
    treatment, control, baseline, without_<knob>. `patch`, `inspirations`, `model`, `chosen_by` and `phase` say how the
    search came to it (see Choice).
    """

    id: str
    study: str
    index: int
    stage: Stage
    parent: str | None = None
    arm: str = ""
    change: str
    config: Config
    code_sha256: str
    seed: int
    split: Split
    researcher: str
    patch: Patch = "edit"
    inspirations: tuple[str, ...] = ()
    model: str = ""
    chosen_by: str = ""
    phase: Phase | Literal[""] = ""
    cost_usd: float = 0.0
    outcome: Outcome | None = None

    def value(self, metric: str) -> float | None:
        """The metric of a finished, successful experiment; None otherwise."""
        return self.outcome.metrics.get(metric) if self.outcome and self.outcome.is_ok else None

    @property
    def is_repeat(self) -> bool:
        """It measures its parent once more, and is no node of the tree."""
        return self.patch == "repeat" and self.parent is not None


def measured_values(experiments: Iterable[Experiment], metric: str) -> dict[str, list[float]]:
    """By id of each successful experiment that is no repeat, its own value and after it those of its repeats."""
    known = list(experiments)
    values = {each.id: [value] for each in known if not each.is_repeat and (value := each.value(metric)) is not None}
    for each in known:
        if each.is_repeat and each.parent in values and (value := each.value(metric)) is not None:
            values[each.parent].append(value)
    return values


def kind_of(parent: Experiment | None, patch: Patch = "edit") -> NodeKind:
    """A node is a draft without a parent, a debug of a failed one; of a successful one what its patch says."""
    if parent is None:
        return "draft"
    if patch != "edit":
        return patch
    return "improve" if parent.outcome and parent.outcome.is_ok else "debug"


def experiment_id(study: str, index: int) -> str:
    return f"{study}-{index:04d}"


# --- evidence ------------------------------------------------------


class Quantity(Record):
    """One number that a paper may print, with where it comes from. `low` and `high` bound its interval at `level`."""

    key: str = Field(pattern=r"^[a-z0-9][a-zA-Z0-9._-]*$")
    value: Finite
    label: str
    unit: str = ""
    decimals: int = 0
    aggregation: str
    n: int = 1
    low: Finite | None = None
    high: Finite | None = None
    level: float | None = None
    split: Split | None = None
    experiments: tuple[str, ...] = ()
    files: dict[str, str] = {}

    @property
    def shown(self) -> str:
        """The value as the paper prints it, without unit; tiny p-values print as a bound."""
        floor = 10.0**-self.decimals
        if self.aggregation == "p-value" and self.value < floor:
            return f"<{floor:.{self.decimals}f}"
        if self.key.endswith("seed"):
            return f"{self.value:.0f}"  # a name, not an amount: no separators
        return format_number(self.value, self.decimals)

    @property
    def interval(self) -> tuple[str, str] | None:
        """The interval's ends as the paper prints them; None where there is no interval."""
        if self.low is None or self.high is None:
            return None
        return format_number(self.low, self.decimals), format_number(self.high, self.decimals)


def format_number(value: float, decimals: int) -> str:
    """Fixed decimals, no negative zero; integers above 9,999 get thousands separators."""
    text = f"{value:,.{decimals}f}" if abs(value) >= 10_000 else f"{value:.{decimals}f}"
    return text.lstrip("-") if not text.strip("-0.,") else text


def unit_after(shown: str, unit: str) -> str:
    """The unit as it follows a number that prints like this: one day, not one days."""
    is_plural = len(unit) > 3 and unit.endswith("s") and not unit.endswith(("ss", "us", "is"))
    return unit[:-1] if shown.lstrip("-") == "1" and is_plural else unit


class Term(Record):
    """Words that a paper may print by their key, as plan or template declare them: levels, defaults, choices.

    Digits in `text` name what was set; they are no results.
    """

    key: str = Field(pattern=r"^[a-z0-9][a-zA-Z0-9._-]*$")
    text: str
    label: str


class Verdict(Record):
    """What the registered rule says; `reason` is a sentence without numerals."""

    label: Literal["supported", "refuted", "inconclusive"]
    reason: str


ALIKE = "confirm.seeds_alike."
"""How the key of a ledger entry begins that says how many fresh seeds gave an arm one and the same value."""


class Evidence(Record):
    """Everything a paper of one study may claim: its ledger, the verdict, and the plan they follow from.

    The ledger is `quantities` and `terms`, numbers and words; no key is in both.
    """

    study: str
    registration: Registration
    verdict: Verdict
    quantities: dict[str, Quantity]
    terms: dict[str, Term] = {}

    @property
    def keys(self) -> frozenset[str]:
        """Keys of the whole ledger."""
        return frozenset(self.quantities) | frozenset(self.terms)

    def __getitem__(self, key: str) -> Quantity:
        return self.quantities[key]

    @property
    def stillness(self) -> str:
        """What a reader must be told of intervals and tests where no seed moved an arm; "" where seeds did."""
        still = [arm for arm in ("treatment", "control") if f"{ALIKE}{arm}" in self.quantities]
        if len(still) > 1:
            return (
                "Every fresh seed gave treatment the same value and control the same value: the runs are one "
                "measurement, repeated, and say nothing of other data."
            )
        if still:
            return (
                f"Every fresh seed gave the {still[0]} the same value, so intervals and tests cover only what a seed "
                "moves in the other arm, and no change of the data that are judged."
            )
        return ""


class Figure(Record):
    """A vector figure drawn from the ledger's data. `path` is relative to the paper's folder; `keys` name the ledger
    entries it shows, `experiments` the runs it draws from. `caption` is LaTeX; its numbers are \\ev macros. `seen` is
    what a model that looked at it saw, "" if none did."""

    label: str
    path: str
    caption: str
    keys: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    wide: bool = False
    seen: str = ""


SectionName: TypeAlias = Literal[
    "title", "abstract", "introduction", "related_work", "method", "experiments", "results", "negative_results",
    "limitations", "conclusion",
]  # fmt: skip
SECTIONS: tuple[SectionName, ...] = (
    "introduction", "related_work", "method", "experiments", "results", "negative_results", "limitations", "conclusion",
    "abstract", "title",
)  # fmt: skip
"""Writing order: the abstract and the title come last, when the rest is known."""


class Problem(Record):
    """Something that check_paper found wrong; `section` is where it can be mended, None if it is not in the prose."""

    section: SectionName | None
    rule: str
    detail: str


LAYOUT_RULES = frozenset(
    {"too-short", "too-long", "figure-unreferenced", "figure-lint", "figure-look", "typeset", "unknown-ref"}
)
"""Rules whose breach is ugly; that of any other would let something into a paper that did not happen."""


class Draft(Record):
    """A typeset paper on disk; all paths lie in `folder`."""

    study: str
    title: str
    folder: Path
    tex: Path
    pdf: Path | None
    evidence: Path
    problems: tuple[Problem, ...] = ()

    @property
    def grave_problems(self) -> tuple[Problem, ...]:
        """Problems with which the paper must not be published."""
        return tuple(problem for problem in self.problems if problem.rule not in LAYOUT_RULES)


class Review(Record):
    """A review in the NeurIPS form. Scores are unrounded; `overall` is what is left after the flags' caps.

    soundness, presentation, contribution in [1, 4]; overall in [1, 10]; confidence in [1, 5]. `probability` of
    acceptance (with its Venn-Abers pair) and `expected_score`, the mean that human reviewers would give in [1, 10]
    (with its conformal interval), are None while uncalibrated; `is_extrapolated`: the paper is unlike those fitted on.
    """

    summary: str
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    questions: tuple[str, ...]
    limitations: tuple[str, ...]
    soundness: float = Field(ge=1, le=4)
    presentation: float = Field(ge=1, le=4)
    contribution: float = Field(ge=1, le=4)
    overall: float = Field(ge=1, le=10)
    confidence: float = Field(ge=1, le=5)
    decision: Literal["accept", "reject"]
    calibration: str
    probability: float | None = None
    probability_interval: tuple[float, float] | None = None
    expected_score: float | None = None
    expected_interval: tuple[float, float] | None = None
    is_extrapolated: bool = False
    flags: tuple[str, ...] = ()
    reviewer: str
    features: dict[str, float] = {}


class ArchiveEntry(Record):
    """One finished study: its idea, verdict and review. The choice of the next idea reads these.

    `effect` is the gain of treatment over control, None where nothing was confirmed; `next_steps` are those of the
    analysis. Ideas that follow on are thought of from these.
    """

    study: str
    idea: Idea
    verdict: Verdict
    review: Review
    effect: Quantity | None = None
    next_steps: tuple[str, ...] = ()


# --- questions put to a model --------------------------------------

R = TypeVar("R", bound=Record)


class Task(Record, Generic[R]):
    """A question with everything needed to answer it; `reply` is the type of the answer. Concrete ones: tasks.py.

    `role` says which of the run's models answers it.
    """

    reply: ClassVar[type[Any]]
    role: ClassVar[Role] = "ideas"

    @property
    def subject(self) -> str:
        """What it is about within its study (an idea, a node, a section), by which calls are told apart."""
        return ""

    @property
    def images(self) -> tuple[Path, ...]:
        """PNG files to be looked at, for a model that sees images."""
        return ()

    def check(self, reply: R) -> R:
        """Return the reply, completed by what the task knows; raises ValueError, a line for whoever gave it, if it
        cannot be used. A model that reads replies from text calls this."""
        return reply


class ModelCall(Record):
    """One call to a model that ended. `prompt` is JSON, the messages; `reply` too: the text, or {"error": ...}.

    `step` tells a first answer from the repair of one that did not fit and from the rest of one that was cut off.
    `study`, `node` and `subject` say who asked: the graph's node, and the experiment, idea or section it worked on.
    Without `is_priced` nobody knows the model's price, and `cost_usd` of 0 is none.
    """

    task: str
    role: Role | Literal[""] = ""
    step: Literal["answer", "repair", "continuation"] = "answer"
    model: str
    study: str = ""
    node: str = ""
    subject: str = ""
    prompt_sha256: str
    prompt: str = ""
    reply: str
    tokens_in: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    cost_usd: Finite = Field(default=0.0, ge=0)
    wall_s: Finite = Field(default=0.0, ge=0)
    is_priced: bool = True


# --- running commands ----------------------------------------------


class Limits(Record):
    """Enforced from outside. `output_mb` bounds stdout and stderr together; `disk_mb` the working folder."""

    wall_s: float
    memory_mb: int = 2048
    disk_mb: int = 64
    output_mb: int = 4


class Command(Record):
    """A program to run inside a sandbox. It may write in `workdir` alone, and read `readable` besides.

    `warm` names installed modules that it will import: a sandbox may start it in an interpreter that has them already.
    """

    argv: tuple[str, ...] = Field(min_length=1)
    workdir: Path
    readable: tuple[Path, ...] = ()
    limits: Limits
    stdout: Path
    env: dict[str, str] = {}
    warm: tuple[str, ...] = ()


class Completion(Record):
    """How a command ended. Anything but "ok" is the program's doing; a sandbox that fails raises ServiceError.

    `sandbox` names what held it, and which limits the kernel kept.
    """

    status: Literal["ok", "crash", "timeout", "oom", "disk"]
    exit_code: int | None
    detail: str = ""
    wall_s: float
    peak_memory_mb: float = 0.0
    sandbox: str = ""


class Resources(Record):
    """What a job needs for itself: threads, memory, and a share of one GPU or whole GPUs, where there are any."""

    cpus: int = Field(default=1, gt=0)
    memory_mb: int = Field(default=2048, gt=0)
    gpus: Gpus = 0.0


class Job(Record):
    """Commands to run one after another in one slot, until one does not end "ok"."""

    id: str
    commands: tuple[Command, ...] = Field(min_length=1)
    resources: Resources = Resources()


class Compilation(Record):
    """What the typesetter made: `pdf` is None if there is none from this very source. `problems` are one line each."""

    pdf: Path | None
    problems: tuple[str, ...]
    pages: int = 0


# --- search --------------------------------------------------------


class Choice(Record):
    """What to try next: which node to build on (None starts a fresh draft), how, and by which model.

    An "edit" of a failed node is a repair. A "rewrite" starts the program anew from what the parent taught; a "cross"
    joins the parent with the first of `inspirations`; a "repeat" runs the parent once more with another seed.
    `inspirations` are nodes to learn from besides. `arm` names what chose, where a policy is made of several.
    `phase` is the stage of the search that the node belongs to, "" in a search without stages. Repeats of one `sample`
    share their seed, so that they compare as pairs; with 0 a repeat has a seed of its own.
    """

    parent: str | None = None
    patch: Patch = "edit"
    inspirations: tuple[str, ...] = ()
    model: str = ""
    arm: str = ""
    phase: Phase | Literal[""] = ""
    sample: int = Field(default=0, ge=0)


def is_finite(value: object) -> TypeGuard[int | float]:
    """True for a real, finite number; bool does not count, int does."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
