"""Events as plain lines of text, one each: for pipes, logs and terminals without colour."""

from functools import singledispatch

from agents.cli.text import clean, dollars, duration, number, verdict_of_review, words
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
    VerdictReached,
)


def plain_line(event: Event, elapsed_s: float) -> str:
    """One line without control characters: minutes and seconds of the run, the study, what happened."""
    minutes, seconds = divmod(int(elapsed_s), 60)
    study = f"{event.study} " if event.study else ""
    return clean(f"{minutes:02d}:{seconds:02d} {study}{describe(event)}")


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
def _(event: IdeaChosen) -> str:
    return f"idea chosen: {event.title} ({event.reason})"


@describe.register
def _(event: PhaseStarted) -> str:
    return f"{event.phase}: {event.goal}; ends when {event.stop}"


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
    return f"run finished: {event.papers} paper{plural}, {duration(event.wall_s)}, {dollars(event.cost_usd)}"
