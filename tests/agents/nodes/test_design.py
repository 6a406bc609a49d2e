"""Research without a template: how a study's own template comes about, and what becomes of one that does not."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.errors import ReplyRejected
from agents.experiments.pilot_runs import keep_pilot, pilot_gpu_hours, pilot_quantities, pilot_remarks, read_pilots
from agents.free_tasks import (
    Evaluator,
    EvaluatorReview,
    PilotRun,
    Program,
    ReviewEvaluator,
    StudyDesign,
    WriteEvaluator,
    WriteProgram,
)
from agents.nodes.artefacts import Design, StudyCard, given_up, idea_of, read_record, write_record, write_records
from agents.nodes.design import design_study
from agents.schema import Metric, Source
from agents.services import Services
from agents.tasks import IdeaBatch
from tests.agents.free_toy import DATA, DESIGN, EVALUATOR, IDEA, PROGRAM, Replies, asked, free_services
from tests.agents.scripted import drive, emitted

STATE: Any = {"study": "s1"}


def chosen(folder: Path, replies: Mapping[str, Any] = {}) -> Services:
    """A run that has chosen its idea."""
    services = free_services(folder, replies)
    write_record(services.study_folder("s1") / "study.json", StudyCard(study="s1", idea=IDEA, generation=1, done=()))
    write_records(services.folder / "sources.json", [])
    return services


def in_turn(*answers: Any) -> Any:
    """Give the answers one after another, the last for ever."""
    left = list(answers)

    def answer(_: Any) -> Any:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def test_a_study_without_a_template_gets_one_of_its_own(tmp_path: Path) -> None:
    services = chosen(tmp_path)
    assert design_study(STATE, services) == {"is_withdrawn": False}
    template = services.template_of("s1")
    assert (template.name, template.written_by, template.metric.name) == ("s1", "scripted", "error")
    assert (template.path / "evaluate.py").read_text() == EVALUATOR
    assert idea_of(services, "s1").template == "s1"
    assert not list((tmp_path / "trial").iterdir()), "a trial leaves nothing behind"
    assert not list((tmp_path / "experiments").iterdir())


def test_a_design_that_stands_is_not_made_twice_nor_are_its_answers_paid_twice(tmp_path: Path) -> None:
    services = chosen(tmp_path)
    design_study(STATE, services)
    before = len(asked(services, "WriteProgram"))
    design_study(STATE, services)
    (services.study_folder("s1") / "design.json").unlink()  # as if killed just before its last step
    design_study(STATE, services)
    assert len(asked(services, "WriteProgram")) == before == 1


def test_an_evaluator_is_frozen_only_when_a_second_call_found_it_sound(tmp_path: Path) -> None:
    objection = EvaluatorReview(is_sound=False, objections=("the truth can be read from data.py",))
    services = chosen(tmp_path, {"ReviewEvaluator": in_turn(objection, EvaluatorReview(is_sound=True)),
                                 "WriteEvaluator": mended_evaluator})  # fmt: skip
    design_study(STATE, services)
    first, second = asked(services, "WriteEvaluator")
    assert first.rejected == () and second.rejected == objection.objections
    assert "mended" in (services.template_of("s1").path / "evaluate.py").read_text()


def mended_evaluator(task: WriteEvaluator) -> Evaluator:
    return Evaluator(data_module=DATA, evaluator=EVALUATOR + ("# mended\n" if task.rejected else ""))


def test_an_evaluator_that_never_passes_gives_the_idea_up(tmp_path: Path) -> None:
    never = EvaluatorReview(is_sound=False, objections=("it measures something else",))
    services = chosen(tmp_path, {"ReviewEvaluator": never, "WriteEvaluator": numbered_evaluator()})
    assert design_study(STATE, services) == {"is_withdrawn": True}
    assert "measures something else" in given_up(services)[0].reason
    assert "given up" in emitted(services, "degraded")[0].what


def numbered_evaluator() -> Any:
    answers = [Evaluator(data_module=DATA, evaluator=f"{EVALUATOR}# {number}\n") for number in range(9)]
    return in_turn(*answers)


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (f"import nothing_of_the_kind\n{PROGRAM}", "static check refused it: line 1: imports nothing_of_the_kind"),
        (PROGRAM.replace("random.Random(args.seed)", "random.Random()"), "never uses it"),
        (f"{PROGRAM}raise ValueError('not yet')\n", "ValueError: not yet"),
        ("def broken(:\n", "experiment.py"),
        (PROGRAM.replace("random.Random(args.seed)", "random.SystemRandom(args.seed)"), "differ in error"),
        (PROGRAM.replace('config["trim"]', "0.1"), "change nothing"),
        (PROGRAM.replace('"curve.csv"', '"course.csv"'), "no curve.csv"),
        (PROGRAM.replace("dumps(found)", "dumps({**found, 'confirm': []})"), "confirm part"),
    ],
)
def test_a_first_version_that_will_not_do_goes_back_with_the_reason(tmp_path: Path, broken: str, told: str) -> None:
    def write(task: WriteProgram) -> Program:
        return Program(experiment=PROGRAM if task.rejected else broken)

    services = chosen(tmp_path, {"WriteProgram": write})
    assert design_study(STATE, services) == {"is_withdrawn": False}
    first, second = asked(services, "WriteProgram")
    assert told in second.rejected[0] and second.previous == broken
    assert str(tmp_path) not in first.model_dump_json()


def test_a_trial_that_crashes_the_evaluator_sends_the_evaluator_back(tmp_path: Path) -> None:
    def write(task: WriteEvaluator) -> Evaluator:
        return Evaluator(data_module=DATA, evaluator=EVALUATOR if task.rejected else "import math\nmath.nothing()\n")

    services = chosen(tmp_path, {"WriteEvaluator": write})
    assert design_study(STATE, services) == {"is_withdrawn": False}
    assert "math" in asked(services, "WriteEvaluator")[1].rejected[0]
    reviewed = [task for task in asked(services, "ReviewEvaluator") if not task.pilot]
    assert len(reviewed) == 2, "what was mended is reviewed again"


def test_a_design_that_no_template_can_be_made_of_goes_back_with_the_fault(tmp_path: Path) -> None:
    stray = DESIGN.model_copy(update={"title": "Means of 20 samples"})

    def design(task: Any) -> StudyDesign:
        return DESIGN if task.rejected else stray

    services = chosen(tmp_path, {"DesignStudy": design})
    assert design_study(STATE, services) == {"is_withdrawn": False}
    assert "digit" in asked(services, "DesignStudy")[1].rejected[0]


def test_a_knob_may_cite_any_source_that_was_found(tmp_path: Path) -> None:
    knob = DESIGN.knobs[0].model_copy(update={"cites": ("tukey1960",)})
    design = DESIGN.model_copy(update={"knobs": (knob, *DESIGN.knobs[1:])})
    services = chosen(tmp_path, {"DesignStudy": design})
    bibtex = "@book{tukey1960, title = {A Survey}, author = {Tukey, J. W.}, year = {1960}}"
    source = Source(key="tukey1960", title="A Survey", authors=("J. W. Tukey",), year=1960, bibtex=bibtex, origin="t")
    write_records(services.folder / "sources.json", [source])
    assert design_study(STATE, services) == {"is_withdrawn": False}
    assert len(asked(services, "DesignStudy")) == 1


def test_an_idea_whose_design_no_model_can_give_is_given_up_and_the_next_is_studied(tmp_path: Path) -> None:
    other = IDEA.model_copy(update={"id": "other", "scores": IDEA.scores.model_copy(update={"fit": 0.1})})

    def design(task: Any) -> StudyDesign:
        if task.idea.id == IDEA.id:
            raise ReplyRejected("it did not fit")
        return DESIGN

    replies: Replies = {"InventIdeas": IdeaBatch(ideas=(IDEA, other)), "DesignStudy": design}
    services = free_services(tmp_path, replies)
    state = drive(services)
    assert [each.idea for each in given_up(services)] == [IDEA.id]
    assert state["done"] == ["s2"] and state["generation"] == 1
    assert (services.study_folder("s2") / "review.json").exists()


def test_the_whole_road_without_a_template_ends_in_a_paper(tmp_path: Path) -> None:
    services = free_services(tmp_path)
    state = drive(services)
    assert state["done"] == ["s1"]
    experiments = services.journal.experiments("s1")
    assert all(each.outcome and each.outcome.is_ok for each in experiments)
    plan = services.journal.registration("s1")
    assert plan and plan.template == "s1" and plan.evaluator_sha256 == services.template_of("s1").evaluator_sha256
    assert (services.study_folder("s1") / "paper.tex").exists()
    assert (Path(state["published"][0]) / "bundle" / "template" / "s1" / "data.py").exists()


# --- the baseline in full, before the freeze -----------------------


def test_the_baseline_runs_in_full_and_a_second_look_sees_what_it_gave(tmp_path: Path) -> None:
    services = chosen(tmp_path)
    design_study(STATE, services)
    first, second = asked(services, "ReviewEvaluator")
    assert first.pilot == () and len(second.pilot) == 3
    assert len({run.metrics["error"] for run in second.pilot}) == 3, "every seed draws anew"
    kept = read_record(services.study_folder("s1") / "design.json", Design).pilot
    assert kept == read_pilots(services.study_folder("s1")) == second.pilot
    assert all(run.config == {"trim": 0.0, "passes": 1} and run.wall_s > 0 for run in kept), "no factor is on"


def test_a_design_that_the_trial_speaks_against_is_made_anew(tmp_path: Path) -> None:
    """Judged on one fixed set, a baseline that draws nothing gave one value on each of ten fresh seeds."""
    still = PROGRAM.replace("rng.sample(sample, 15)", "sample[:15]")

    def review(task: ReviewEvaluator) -> EvaluatorReview:
        objections = tuple(remark for remark in task.remarks if "same on every seed" in remark)
        return EvaluatorReview(is_sound=not objections, objections=objections)

    def write(task: WriteProgram) -> Program:
        return Program(experiment=PROGRAM if task.rejected else still)

    services = chosen(tmp_path, {"ReviewEvaluator": review, "WriteProgram": write})
    assert design_study(STATE, services) == {"is_withdrawn": False}
    again = asked(services, "DesignStudy")[1]
    assert "error is the same on every seed." in again.rejected and again.previous == DESIGN
    assert asked(services, "WriteEvaluator")[1].previous.evaluator == EVALUATOR
    assert asked(services, "WriteProgram")[1].previous == still
    assert len(read_pilots(services.study_folder("s1"))) == 6, "what ran is kept, whatever became of its design"


def test_a_trial_that_never_satisfies_gives_the_idea_up(tmp_path: Path) -> None:
    def review(task: ReviewEvaluator) -> EvaluatorReview:
        return EvaluatorReview(is_sound=not task.pilot, objections=("no room for a gain",) if task.pilot else ())

    services = chosen(tmp_path, {"ReviewEvaluator": review})
    assert design_study(STATE, services) == {"is_withdrawn": True}
    assert "no room for a gain" in given_up(services)[0].reason
    assert len(read_pilots(services.study_folder("s1"))) == 3, "the same programs are not run twice"


def test_a_baseline_that_fails_in_full_goes_back_to_its_author(tmp_path: Path) -> None:
    late = f"{PROGRAM}if not args.smoke:\n    raise ValueError('only in full')\n"

    def write(task: WriteProgram) -> Program:
        return Program(experiment=PROGRAM if task.rejected else late)

    services = chosen(tmp_path, {"WriteProgram": write})
    assert design_study(STATE, services) == {"is_withdrawn": False}
    assert "in full, with seed" in asked(services, "WriteProgram")[1].rejected[0]


def test_no_trial_in_full_is_begun_without_budget_or_wish(tmp_path: Path) -> None:
    services = chosen(tmp_path)
    budget = services.settings.budget.model_copy(update={"hours": 1.0})
    spent = services.settings.model_copy(update={"budget": budget})
    design_study(STATE, replace(services, settings=spent, clock=lambda: 3600.0))
    assert "not run in full" in emitted(services, "degraded")[0].what
    assert len(asked(services, "ReviewEvaluator")) == 1 and not read_pilots(services.study_folder("s1"))


def test_what_a_trial_took_counts_as_gpu_hours_and_in_the_ledger(tmp_path: Path) -> None:
    run = PilotRun(
        seed=1, config={}, code_sha256="", evaluator_sha256="", status="ok", wall_s=1800.0, gpus=0.5, metrics={"e": 1.0}
    )
    for seed in (1, 2):
        keep_pilot(tmp_path / "papers" / "s1", run.model_copy(update={"seed": seed}))
    assert pilot_gpu_hours(tmp_path / "papers") == 0.5
    costs = pilot_quantities(read_pilots(tmp_path / "papers" / "s1"))
    assert {key: entry.value for key, entry in costs.items()} == {"cost.pilots": 2, "cost.pilot_s": 3600}
    assert pilot_quantities(()) == {}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ((99.5, 99.6, 99.4), "only 0.5"),
        ((60.0, 70.0, 80.0), "standard deviation of 10, above"),
        ((80.0, 80.0, 80.0), "same on every seed"),
    ],
)
def test_what_is_plain_to_see_in_a_trial_is_told(values: tuple[float, ...], told: str) -> None:
    metric = Metric(name="acc", label="accuracy", direction="maximize", unit="%", smallest_effect=1.0)
    runs = [
        PilotRun(
            seed=seed, config={}, code_sha256="", evaluator_sha256="", status="ok", wall_s=70.0, metrics={"acc": value}
        )
        for seed, value in enumerate(values)
    ]
    first, last = pilot_remarks(runs, metric, timeout_s=300.0)
    assert told in first and "70 s of 300 s" in last


def test_what_a_design_leaves_out_is_told_to_all_who_write_later(tmp_path: Path) -> None:
    design = DESIGN.model_copy(update={"left_out": ("A second kind of outlier is not studied.",)})
    services = chosen(tmp_path, {"DesignStudy": design})
    design_study(STATE, services)
    assert "not done in this study:\n- A second kind of outlier" in services.template_of("s1").contract
    assert "A second kind of outlier" in idea_of(services, "s1").risks[-1], "which the limitations tell of"
