"""Records for tests of the store and the command line, as small as they can be."""

from agents.schema import (
    ArchiveEntry,
    Experiment,
    Hypothesis,
    Idea,
    IdeaScores,
    Outcome,
    Registration,
    Review,
    Stage,
    Status,
    Verdict,
    experiment_id,
)


def make_idea(name: str = "smooth-labels") -> Idea:
    hypothesis = Hypothesis(
        statement="Smoothing helps.",
        metric="accuracy",
        direction="maximize",
        smallest_effect=0.01,
        factors=("smoothing",),
    )
    scores = IdeaScores(interest=0.5, feasibility=0.5, fit=0.5)
    return Idea(
        id=name,
        title="Smooth labels",
        template="digits",
        hypothesis=hypothesis,
        plan="Try.",
        scores=scores,
        niche="loss",
    )


def make_plan(study: str = "s1", search_experiments: int = 16) -> Registration:
    return Registration(
        study=study,
        idea=make_idea(),
        template="digits",
        evaluator_sha256="e" * 64,
        baseline={"smoothing": 0.0, "width": 32},
        search_experiments=search_experiments,
        search_seed=1,
        confirm_seeds=(11, 12),
    )


def make_experiment(
    index: int = 0,
    study: str = "s1",
    stage: Stage = "search",
    parent: str | None = None,
    outcome: Outcome | None = None,
    change: str = "baseline",
    arm: str = "",
) -> Experiment:
    return Experiment(
        id=experiment_id(study, index),
        study=study,
        index=index,
        stage=stage,
        parent=parent,
        arm=arm,
        change=change,
        config={"smoothing": 0.1, "width": 32, "is_wide": False, "optimiser": "adam"},
        code_sha256="c" * 64,
        seed=7,
        split="search" if stage == "search" else "confirm",
        researcher="offline",
        outcome=outcome,
    )


def make_outcome(value: float | None = 0.9, status: Status = "ok", detail: str = "") -> Outcome:
    metrics = {} if value is None else {"accuracy": value}
    return Outcome(status=status, detail=detail, metrics=metrics, exit_code=0, wall_s=1.5)


def make_review(overall: float = 5.25) -> Review:
    return Review(
        summary="A study.",
        strengths=("Paired seeds.",),
        weaknesses=(),
        questions=(),
        limitations=(),
        soundness=3,
        presentation=3,
        contribution=2,
        overall=overall,
        confidence=3,
        decision="reject",
        calibration="uncalibrated",
        reviewer="rules",
    )


def make_entry(study: str = "s1", overall: float = 5.25) -> ArchiveEntry:
    verdict = Verdict(label="inconclusive", reason="The interval holds zero.")
    return ArchiveEntry(study=study, idea=make_idea(), verdict=verdict, review=make_review(overall))
