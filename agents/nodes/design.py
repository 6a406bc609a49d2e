"""Before a study is registered: the template that its experiments run in, which research without one writes first.

A design, an evaluator that a second model call has passed, a first program that ran. Then the template is frozen: from
there on everything holds for it that holds for a template of a person.
"""

import time
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from agents.errors import BudgetExceeded, ReplyRejected, UserError
from agents.events import Degraded, StageFinished, StageStarted
from agents.experiments.changes import check_idea
from agents.experiments.pilot import run_pilot
from agents.experiments.pilot_runs import pilot_fault, pilot_remarks
from agents.experiments.trial import Complaint, try_template
from agents.free_tasks import (
    DesignStudy,
    Evaluator,
    EvaluatorReview,
    PilotRun,
    Program,
    ReviewEvaluator,
    StudyDesign,
    Workbench,
    WriteEvaluator,
    WriteProgram,
)
from agents.nodes.artefacts import (
    DESIGN,
    GIVEN_UP,
    Design,
    GivenUp,
    read_card,
    read_sources,
    read_survey,
    write_record,
)
from agents.nodes.inventing import workbench
from agents.nodes.remembering import remembering
from agents.nodes.telling import told_step
from agents.nodes.written_template import Written, lay_out, use_written
from agents.schema import Idea, Record, Source, Task
from agents.services import Services
from agents.state import StudyState, Update
from agents.syntax import UNPARSABLE, parse_program

R = TypeVar("R", bound=Record)
NODE = "design_study"
_STEPS = {
    "DesignStudy": "design written",
    "WriteEvaluator": "evaluator written",
    "ReviewEvaluator": "evaluator reviewed",
    "WriteProgram": "first version written",
}
"""What is told of a question that was answered."""
REDESIGNS = 2
"""Times a look at the baseline's values may send the whole design back."""


def design_study(state: StudyState, services: Services) -> Update:
    """Write and freeze the study's own template; a run that has one needs none.

    An idea for which no working, sound template comes about is given up, with the reason on disk; the run goes on.
    """
    study = state["study"]
    if services.template is not None or (services.study_folder(study) / DESIGN).exists():
        return {"is_withdrawn": False}
    begun = time.time()
    services.events.emit(StageStarted(at=begun, study=study, node=NODE))
    idea = read_card(services.folder, study).idea
    try:
        _freeze(_Desk(services, study, idea, workbench(services), read_sources(services)))
    except (_GivenUp, ReplyRejected) as error:
        _give_up(study, idea, str(error), services)
        return {"is_withdrawn": True}
    now = time.time()
    services.events.emit(StageFinished(at=now, study=study, node=NODE, wall_s=now - begun))
    return {"is_withdrawn": False}


class _GivenUp(Exception):
    """No design, evaluator or program came about in the attempts that were allowed."""


class _Desk(NamedTuple):
    """What a design is made with."""

    services: Services
    study: str
    idea: Idea
    workbench: Workbench
    sources: tuple[Source, ...]

    @property
    def attempts(self) -> range:
        return range(self.services.settings.free.attempts)

    def ask(self, task: Task[R]) -> R:
        with told_step(self.services, NODE, _STEPS.get(type(task).__name__, "answer"), study=self.study):
            return remembering(self.services).ask(task)


def _freeze(desk: _Desk) -> None:
    """Make the template, put it in its place, and say last what the study is."""
    made = _agree_on_all(desk)
    written = Written(made.design, made.evaluator, made.program, desk.sources)
    lay_out(written, desk.services.folder / "template" / desk.study, desk.services)
    risks = (*desk.idea.risks, *(f"Promised, and left out by the design: {text}" for text in made.design.left_out))
    update = {"template": desk.study, "hypothesis": made.design.hypothesis, "risks": risks}
    idea = desk.idea.model_copy(update=update)
    record = Design(idea=idea, objections=made.objections, pilot=made.pilot)
    write_record(desk.services.study_folder(desk.study) / DESIGN, record)


def _give_up(study: str, idea: Idea, reason: str, services: Services) -> None:
    line = " ".join(reason.split())[:500]
    write_record(services.study_folder(study) / GIVEN_UP, GivenUp(idea=idea.id, reason=line))
    event = Degraded(
        at=time.time(), study=study, what=f"idea {idea.id} is given up before its first experiment", consequence=line
    )
    services.events.emit(event)


class _Made(NamedTuple):
    """A design with its programs, which ran; what was objected on the way; what the baseline gave in full."""

    design: StudyDesign
    evaluator: Evaluator
    program: Program
    objections: tuple[str, ...]
    pilot: tuple[PilotRun, ...]


# --- the agreements ------------------------------------------------


def _agree_on_all(desk: _Desk) -> _Made:
    """Design and programs that stand after a look at what the baseline gives in full."""
    made = _make(desk)
    for _ in range(REDESIGNS):
        if not (faults := _look_at_pilot(desk, made)):
            return made
        again = _make(desk, made, faults)
        made = again._replace(objections=(*made.objections, *faults, *again.objections))
    if faults := _look_at_pilot(desk, made):
        raise _GivenUp(f"a trial of the baseline speaks against every design; the last objection: {faults[0]}")
    return made


def _make(desk: _Desk, last: _Made | None = None, faults: tuple[str, ...] = ()) -> _Made:
    """A design, its evaluator and a working version, anew or as the `last` with its faults mended."""
    design = _agree_on_design(desk, last.design if last else None, faults)
    evaluator, objections = _agree_on_evaluator(desk, design, last.evaluator if last else None, faults)
    made = _working_version(desk, design, evaluator, last.program.experiment if last else "", faults)
    return made._replace(objections=(*objections, *made.objections))


def _agree_on_design(desk: _Desk, previous: StudyDesign | None, rejected: tuple[str, ...]) -> StudyDesign:
    """A design that a template can be made of."""
    settings = desk.services.settings
    task = DesignStudy(
        topic=settings.topic,
        brief=settings.brief,
        idea=desk.idea,
        sources=desk.sources,
        survey=read_survey(desk.services),
        workbench=desk.workbench,
        experiments=settings.search.experiments,
        seeds=settings.confirm.seeds or settings.free.seeds,
        previous=previous,
        rejected=rejected,
    )
    for _ in desk.attempts:
        design = desk.ask(task)
        if not (fault := _design_fault(desk, design)):
            return design
        task = task.model_copy(update={"previous": design, "rejected": (fault,)})
    raise _GivenUp(f"no design could be used; the last fault: {task.rejected[0]}")


def _agree_on_evaluator(
    desk: _Desk, design: StudyDesign, previous: Evaluator | None = None, rejected: tuple[str, ...] = ()
) -> tuple[Evaluator, tuple[str, ...]]:
    """An evaluator that a second call found sound, and the objections on the way to it."""
    task = WriteEvaluator(idea=desk.idea, design=design, workbench=desk.workbench, previous=previous, rejected=rejected)
    mended: list[str] = []
    for _ in desk.attempts:
        evaluator = desk.ask(task)
        faults = tuple(_syntax_faults({"data.py": evaluator.data_module, "evaluate.py": evaluator.evaluator}))
        if not faults:
            review = _review(desk, design, evaluator, tuple(mended))
            if review.is_sound or not review.objections:
                return evaluator, tuple(mended)
            faults = review.objections
            mended += faults
        task = task.model_copy(update={"previous": evaluator, "rejected": faults})
    raise _GivenUp(f"no evaluator passed its review; the last objection: {task.rejected[0]}")


def _review(desk: _Desk, design: StudyDesign, evaluator: Evaluator, objected: tuple[str, ...]) -> EvaluatorReview:
    task = ReviewEvaluator(
        idea=desk.idea, design=design, evaluator=evaluator, workbench=desk.workbench, objected=objected
    )
    return desk.ask(task)


def _look_at_pilot(desk: _Desk, made: _Made) -> tuple[str, ...]:
    """What a second call objects to once it sees what the baseline gave; nothing where the baseline was not run."""
    if not made.pilot:
        return ()
    task = ReviewEvaluator(
        idea=desk.idea, design=made.design, evaluator=made.evaluator, workbench=desk.workbench,
        objected=made.objections, pilot=made.pilot,
        remarks=pilot_remarks(made.pilot, made.design.metric, desk.services.settings.free.timeout_s),
    )  # fmt: skip
    review = desk.ask(task)
    return () if review.is_sound else review.objections


def _working_version(
    desk: _Desk, design: StudyDesign, evaluator: Evaluator, previous: str, rejected: tuple[str, ...]
) -> _Made:
    """A program that ran in a trial, with the evaluator that judged it; the trial may show a fault of that, too."""
    task = WriteProgram(
        idea=desk.idea, design=design, evaluator=evaluator, workbench=desk.workbench, previous=previous,
        rejected=rejected,
    )  # fmt: skip
    objections: tuple[str, ...] = ()
    for _ in desk.attempts:
        program = desk.ask(task)
        complaint = _try(desk, design, evaluator, program)
        if complaint and complaint.is_evaluators:
            evaluator, more = _agree_on_evaluator(desk, design, evaluator, (complaint.text,))
            objections = (*objections, complaint.text, *more)
            complaint = _try(desk, design, evaluator, program)
        if complaint is None:
            pilot = _run_baseline(desk, Written(design, evaluator, program, desk.sources))
            if not (fault := pilot_fault(pilot)):
                return _Made(design, evaluator, program, objections, pilot)
            complaint = Complaint(fault)
        update = {"evaluator": evaluator, "previous": program.experiment, "rejected": (complaint.text,)}
        task = task.model_copy(update=update)
    raise _GivenUp(f"no first version ran; the last fault: {task.rejected[0]}")


def _try(desk: _Desk, design: StudyDesign, evaluator: Evaluator, program: Program) -> Complaint | None:
    written = Written(design, evaluator, program, desk.sources)
    attempt = partial(try_template, desk.services, desk.study, factors=design.hypothesis.factors)
    with told_step(desk.services, NODE, "first version tried", study=desk.study):
        return use_written(written, desk.study, desk.services, attempt)


def _run_baseline(desk: _Desk, written: Written) -> tuple[PilotRun, ...]:
    """What the baseline gives in full on a few seeds; nothing, announced, where the budget does not allow it."""
    services = desk.services
    with told_step(services, NODE, "baseline run in full", study=desk.study):
        ran = use_written(written, desk.study, services, lambda template: run_pilot(services, desk.study, template))
    if isinstance(ran, BudgetExceeded):
        event = Degraded(
            at=time.time(), study=desk.study, what="the baseline is not run in full before the plan is registered",
            consequence=f"{ran.what}; what no seed moves, or leaves no room for a gain, will show only in the end",
        )  # fmt: skip
        services.events.emit(event)
        return ()
    return ran


def _design_fault(desk: _Desk, design: StudyDesign) -> str:
    """Why no template can be made of a design, "" if one can."""
    if any(knob.kind != "config" for knob in design.knobs):
        return 'every knob must be of kind "config"'
    idea = desk.idea.model_copy(update={"hypothesis": design.hypothesis})
    try:
        return use_written(
            Written(design, sources=desk.sources),
            desk.study,
            desk.services,
            lambda template: check_idea(template, idea),
        )
    except UserError as error:
        return str(error)


def _syntax_faults(texts: dict[str, str]) -> Sequence[str]:
    """What Python cannot even read, a line for each file."""
    faults: list[str] = []
    for name, text in texts.items():
        try:
            parse_program(text)
        except UNPARSABLE as error:
            faults.append(f"{name}: {error}")
    return faults
