"""Events as plain lines of text, one each: for pipes, logs and terminals without colour."""

from functools import singledispatch
from statistics import fmean

from agents.cli.run_view import RunView, StudyView
from agents.cli.text import clean, cost_words, duration, number, verdict_of_review, words
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
from agents.schema import Stage

_LEAST_TOLD_S = 1.0
"""Steps that took less are not told: a line for each would say more than the stage's own."""
_LINES_PER_STAGE = 10


class PlainLog:
    """The log of a run as it goes: each event a line, but for what would drown the rest.

    Experiments of confirmation and ablation are counted, those that failed told one by one.
    """

    def __init__(self) -> None:
        self._told: dict[tuple[str | None, str], int] = {}

    def line(self, event: Event, view: RunView) -> str | None:
        """The line of an event that `view` has taken in already; None for one that gets none."""
        elapsed_s = view.elapsed_s(event.at)
        match event:
            case ExperimentStarted() if event.stage != "search":
                return None
            case ExperimentFinished() if event.stage != "search":
                counted = self._counted(event, view)
                if event.status != "ok":
                    return plain_line(event, elapsed_s) + (f" ({counted})" if counted else "")
                return _stamped(event, counted, elapsed_s) if counted else None
            case StepFinished() if event.wall_s < _LEAST_TOLD_S:
                return None
            case _:
                return plain_line(event, elapsed_s)

    def _counted(self, event: ExperimentFinished, view: RunView) -> str:
        """How far the stage is, where it came a tenth further; at its end with the mean of each arm."""
        study, stage = view.study(event.study), event.stage
        (done, total), key = study.progress(stage), (event.study, stage)
        tenth = done * _LINES_PER_STAGE // max(total, 1)
        if tenth <= self._told.get(key, 0):
            return ""
        self._told[key] = tenth
        means = _means(study, stage) if done == total and stage in ("confirm", "ablate") else ""
        told = f"; mean {event.metric}: {means}" if means else ""
        return f"{event.stage}: {done} of {total} experiments done{told}"


def _means(study: StudyView, stage: Stage) -> str:
    """Arms with the mean of what their experiments measured, in the order in which they were planned."""
    arms: dict[str, list[float]] = {}
    for node in study.of_stage(stage):
        if node.value is not None:
            arms.setdefault(node.change if node.arm.startswith("without_") else node.arm, []).append(node.value)
    return "; ".join(f"{arm} = {number(fmean(values))}" for arm, values in arms.items())


def plain_line(event: Event, elapsed_s: float) -> str:
    """One line without control characters: minutes and seconds of the run, the study, what happened."""
    return _stamped(event, describe(event), elapsed_s)


def _stamped(event: Event, told: str, elapsed_s: float) -> str:
    minutes, seconds = divmod(int(elapsed_s), 60)
    study = f"{event.study} " if event.study else ""
    return clean(f"{minutes:02d}:{seconds:02d} {study}{told}")


def step_words(event: StepFinished) -> str:
    """The step and its place, where there is one: "method (4 of 10)"."""
    return f"{event.step} ({event.done} of {event.total})" if event.total else event.step


@singledispatch
def describe(event: Event) -> str:
    """Say in words what happened."""
    return words(event.event)


@describe.register
def _(event: RunStarted) -> str:
    verb = "resumed" if event.is_resumed else "started"
    fit = f", similarity to the topic {event.fit:.2f}; --template chooses another" if event.fit is not None else ""
    template = f"template {event.template}{fit}" if event.template else "no template"
    return f"run {event.run} {verb}: {event.topic} (researcher {event.researcher}, {template})"


@describe.register
def _(event: SandboxChosen) -> str:
    passed_over = f" (not {'; not '.join(event.passed_over)})" if event.passed_over else ""
    return f"sandbox: {event.name}{passed_over}"


@describe.register
def _(event: StageStarted) -> str:
    return f"{words(event.node)} ..."


@describe.register
def _(event: StageFinished) -> str:
    return f"{words(event.node)} done in {duration(event.wall_s)}"


@describe.register
def _(event: StepFinished) -> str:
    return f"{words(event.node)}: {step_words(event)} in {duration(event.wall_s)}"


@describe.register
def _(event: IdeaChosen) -> str:
    return f"idea chosen: {event.title} ({event.reason})"


@describe.register
def _(event: PhaseStarted) -> str:
    place = f"phase {event.number} of {event.total}, " if event.number else ""
    return f"{place}{event.phase}: {event.goal}; it ends when {event.stop}"


@describe.register
def _(event: ExperimentsPlanned) -> str:
    return f"{event.stage}: {event.total} experiments planned"


@describe.register
def _(event: ExperimentStarted) -> str:
    origin = f", from {event.parent}" if event.parent else ""
    return (
        f"experiment {event.experiment} started: {event.arm or event.kind}, {event.change} (seed {event.seed}{origin})"
    )


@describe.register
def _(event: ExperimentFinished) -> str:
    result = f"{event.metric} {number(event.value)}" if event.status == "ok" else f"{event.status} {event.detail}"
    best = ", best so far" if event.is_best else ""
    return f"experiment {event.experiment} finished: {result} in {duration(event.wall_s)}{best}"


@describe.register
def _(event: VerdictReached) -> str:
    return f"verdict: {event.verdict}. {event.text}"


@describe.register
def _(event: Degraded) -> str:
    return f"warning: {event.what}: {event.consequence}"


@describe.register
def _(event: PaperReviewed) -> str:
    said = verdict_of_review(event.overall, event.decision, event.calibration, event.probability)
    return f"paper reviewed: {event.title}: {said}"


@describe.register
def _(event: ApprovalNeeded) -> str:
    return f"waiting for approval of the {event.gate}: {event.what}"


@describe.register
def _(event: PaperPublished) -> str:
    return f"paper published{' (best)' if event.is_best else ''}: {event.folder}"


@describe.register
def _(event: RunFinished) -> str:
    plural = "" if event.papers == 1 else "s"
    cost = cost_words(event.cost_usd, event.unpriced)
    return f"run finished: {event.papers} paper{plural}, {duration(event.wall_s)}, {cost}"
