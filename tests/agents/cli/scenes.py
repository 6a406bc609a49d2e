"""A scripted run for tests of what the command line shows: events as the graph emits them, and an engine that does."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

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
    RunFinished,
    RunStarted,
    StageFinished,
    StageStarted,
    VerdictReached,
)
from agents.schema import Stage, Status
from agents.settings import Settings

RUN = "20260101-000000-does-smoothing-help"


def run_started(at: float = 0.0, *, is_resumed: bool = False) -> RunStarted:
    return RunStarted(
        at=at,
        run=RUN,
        topic="Does smoothing help?",
        template="digits",
        researcher="built-in researcher",
        is_resumed=is_resumed,
    )


def started(
    index: int,
    at: float,
    parent: int | None = None,
    *,
    stage: Stage = "search",
    study: str = "s1",
    change: str = "label smoothing from none to strong",
) -> ExperimentStarted:
    return ExperimentStarted(
        at=at,
        study=study,
        experiment=f"{study}-{index:04d}",
        stage=stage,
        kind="draft" if parent is None else "improve",
        parent=None if parent is None else f"{study}-{parent:04d}",
        arm="" if stage == "search" else "treatment",
        change=change,
        seed=7,
    )


def finished(
    index: int,
    at: float,
    value: float | None = 0.9,
    *,
    status: Status = "ok",
    is_best: bool = False,
    stage: Stage = "search",
    study: str = "s1",
) -> ExperimentFinished:
    return ExperimentFinished(
        at=at,
        study=study,
        experiment=f"{study}-{index:04d}",
        stage=stage,
        status=status,
        detail="" if status == "ok" else "exit code 1",
        metric="accuracy",
        value=value if status == "ok" else None,
        is_best=is_best,
        wall_s=1.5,
    )


def beginning() -> list[Event]:
    """A run up to the search of its first study: four nodes, the third failed, the fourth running."""
    return [
        run_started(),
        Degraded(at=0.1, what="weak sandbox (process)", consequence="experiments share this machine"),
        StageStarted(at=1, node="survey_literature"),
        StageFinished(at=3, node="survey_literature", wall_s=2.0),
        IdeaChosen(at=4, study="s1", idea="smooth", title="Smooth labels for a small network", reason="highest prior"),
        StageStarted(at=5, study="s1", node="register_plan"),
        ExperimentsPlanned(at=5, study="s1", stage="search", total=8),
        StageFinished(at=6, study="s1", node="register_plan", wall_s=1.0),
        started(0, 10, change="baseline"),
        finished(0, 12, 0.9, is_best=True),
        started(1, 12, 0),
        finished(1, 14, 0.95, is_best=True),
        started(2, 14, 1),
        finished(2, 16, status="crash"),
        started(3, 16, 1),
    ]


def ending(papers: Path) -> list[Event]:
    """The rest of the same run."""
    return [
        finished(3, 18, 0.94),
        StageStarted(at=20, study="s1", node="confirm_result"),
        ExperimentsPlanned(at=20, study="s1", stage="confirm", total=2),
        started(8, 20, stage="confirm"),
        finished(8, 22, 0.93, stage="confirm"),
        StageFinished(at=25, study="s1", node="confirm_result", wall_s=5.0),
        VerdictReached(at=26, study="s1", verdict="inconclusive", text="The interval holds zero."),
        PaperReviewed(
            at=30, study="s1", title="Smoothing may help", overall=5.25, decision="reject", calibration="uncalibrated"
        ),
        PaperPublished(at=31, study="s1", folder=str(papers / f"{RUN}-s1"), is_best=True),
        RunFinished(at=32, papers=1, wall_s=32, cost_usd=0.0),
    ]


def gate() -> ApprovalNeeded:
    return ApprovalNeeded(at=20, gate="paper", what="s1")


class FakeResult(NamedTuple):
    folder: Path
    papers: tuple[Path, ...] = ()
    waiting_for: str | None = None


class FakeEngine:
    """Emits scripted events as if a run made them, then ends or fails; keeps what it was asked."""

    def __init__(self, events: Sequence[Event], error: BaseException | None = None) -> None:
        self.events = events
        self.error = error
        self.settings: Settings | None = None
        self.resumed: dict[str, object] = {}

    def start_run(self, settings: Settings, on_event: Callable[[Event], None], /) -> FakeResult:
        self.settings = settings
        folder = settings.workspace / RUN
        folder.mkdir(parents=True, exist_ok=True)
        return self._play(folder, on_event)

    def resume_run(
        self,
        folder: Path,
        on_event: Callable[[Event], None],
        /,
        *,
        start_at: str | None = None,
        study: str | None = None,
        is_alone: bool = False,
        approve: bool | None = None,
    ) -> FakeResult:
        self.resumed = {"start_at": start_at, "study": study, "is_alone": is_alone, "approve": approve}
        return self._play(folder, on_event)

    def _play(self, folder: Path, on_event: Callable[[Event], None]) -> FakeResult:
        for event in self.events:
            on_event(event)
        if self.error:
            raise self.error
        return FakeResult(folder)
