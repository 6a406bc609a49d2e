"""The experimental part of a study: register the plan, confirm what the search found, take it apart, weigh it."""

import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

from agents.errors import UserError
from agents.events import ExperimentsPlanned, VerdictReached
from agents.experiments.arms import Control, Planned, choose_winner, claimed_metric, plan_ablation, plan_confirmation
from agents.experiments.batch import run_batch
from agents.experiments.changes import count_candidates, count_settings
from agents.experiments.control import Tuning
from agents.experiments.evidence import weigh_evidence as weigh
from agents.experiments.hardware import describe_hardware
from agents.experiments.pilot_runs import pilot_quantities, read_pilots
from agents.figures.draw import draw_figures as draw
from agents.nodes.artefacts import idea_of, read_code, read_evidence, write_record, write_records
from agents.nodes.lane import announce_phase, plan_of
from agents.nodes.looking import look_at_figures
from agents.own_material import read_data_notes, read_repo_note
from agents.paper.bills import with_bills
from agents.paper.colophon import document_quantities
from agents.paper.material import material_quantities
from agents.schema import Experiment, Hypothesis, Registration, Template
from agents.search.stages import replications_of, search_size
from agents.services import Services
from agents.state import StudyState, Update

PlanArms: TypeAlias = Callable[[Registration, Experiment, str, Template, str, Control], Sequence[Planned]]
SEEDS_PER_STUDY = 1000
"""Confirmation seeds of study n start at n times this, so that no seed of one study serves another."""


def register_plan(state: StudyState, services: Services) -> Update:
    """Fix hypothesis, metric, seeds and rule before the first experiment runs."""
    study, settings = state["study"], services.settings
    template, idea = services.template_of(study), idea_of(services, study)
    first_seed = settings.seed + SEEDS_PER_STUDY * int(study.removeprefix("s"))
    experiments = _search_size(idea.hypothesis, template, services)
    plan = Registration(
        study=study,
        idea=idea,
        template=template.name,
        evaluator_sha256=template.evaluator_sha256,
        baseline=template.baseline,
        search_experiments=experiments,
        replications=replications_of(experiments) if settings.search.is_staged else 0,
        control_tries=_control_tries(idea.hypothesis, template, services),
        search_seed=settings.seed,
        confirm_seeds=tuple(range(first_seed, first_seed + (settings.confirm.seeds or template.confirm_seeds))),
        alpha=settings.confirm.alpha,
        needs_spread=True,
        is_joint=len(idea.hypothesis.factors) > 1,
    )
    services.journal.register(plan)
    services.events.emit(ExperimentsPlanned(at=time.time(), study=study, stage="search", total=plan.search_experiments))
    return {}


def tune_control(state: StudyState, services: Services) -> Update:
    """Try the control with companions that the search tried, as it was done for the winner; the best are its own."""
    plan = plan_of(services, state["study"])
    winner = _winner(plan, services) if plan.control_tries else None
    while winner and (planned := _tuning(plan, winner, services).plan_next(*_of_the_winner(winner, services))):
        run_batch(services, planned, ended=planned[0][0].index - plan.search_experiments)
    return {}


def confirm_result(state: StudyState, services: Services) -> Update:
    """Run winner, control and baseline on fresh seeds, judged on the split that the search never saw."""
    return _run_arms(plan_confirmation, state, services)


def ablate(state: StudyState, services: Services) -> Update:
    """Revert each changed knob of the winner alone, on the same fresh seeds."""
    return _run_arms(plan_ablation, state, services)


def weigh_evidence(state: StudyState, services: Services) -> Update:
    """Turn the study's experiments into its ledger, and the ledger into the verdict of the registered rule."""
    plan = plan_of(services, state["study"])
    experiments = services.journal.experiments(plan.study)
    evidence = weigh(plan, services.template_of(plan.study), experiments, describe_hardware())
    quantities = evidence.quantities | document_quantities(services.settings, plan)
    quantities |= material_quantities(read_data_notes(services.folder), read_repo_note(services.folder))
    quantities |= pilot_quantities(read_pilots(services.study_folder(plan.study)))
    evidence = with_bills(evidence.model_copy(update={"quantities": quantities}), services.paper_bills(plan.study))
    write_record(services.study_folder(plan.study) / "evidence.json", evidence)
    verdict = evidence.verdict
    services.events.emit(VerdictReached(at=time.time(), study=plan.study, verdict=verdict.label, text=verdict.reason))
    return {}


def draw_figures(state: StudyState, services: Services) -> Update:
    study = state["study"]
    out = services.study_folder(study)
    evidence, experiments = read_evidence(services, study), services.journal.experiments(study)
    figures = draw(evidence, services.template_of(study), experiments, services.folder / "experiments", out)
    write_records(out / "figures.json", look_at_figures(figures, study, services))
    return {}


def _run_arms(plan_arms: PlanArms, state: StudyState, services: Services) -> Update:
    """Run the arms that `plan_arms` derives from the winner; without a winner there are none."""
    plan = plan_of(services, state["study"])
    if winner := _winner(plan, services):
        code = read_code(services, winner)
        control = _control(plan, winner, services)
        planned = plan_arms(plan, winner, code, services.template_of(plan.study), services.model.name, control)
        _announce(plan, planned, services)
        run_batch(services, planned)
    return {}


def _tuning(plan: Registration, winner: Experiment, services: Services) -> Tuning:
    template = services.template_of(plan.study)
    return Tuning(plan, template, claimed_metric(plan, template), winner, services.journal.experiments(plan.study))


def _of_the_winner(winner: Experiment, services: Services) -> tuple[str, str]:
    """Its program, and who plans further runs of it."""
    return read_code(services, winner), services.model.name


def _control(plan: Registration, winner: Experiment, services: Services) -> Control:
    control = _tuning(plan, winner, services).choose()
    if control is None:
        raise UserError(f"the control of {plan.study} is not tuned yet; resume the run --from tune_control")
    return control


def _announce(plan: Registration, planned: Sequence[Planned], services: Services) -> None:
    """Tell of the stage that begins; the replication may have begun in the search."""
    phase = planned[0][0].phase if planned else ""
    if phase == "ablation" or (phase == "replication" and not plan.replications):
        announce_phase(services, plan.study, phase)


def _search_size(hypothesis: Hypothesis, template: Template, services: Services) -> int:
    """What the settings allow, or as many nodes as there are different ones, the baseline included."""
    candidates = count_candidates(template, hypothesis)
    allowed = services.settings.search.experiments
    if services.settings.search.is_staged:
        return search_size(allowed, candidates)
    return allowed if candidates is None else min(allowed, candidates + 1)


def _control_tries(hypothesis: Hypothesis, template: Template, services: Services) -> int:
    """What the settings allow, or as many as the companions have different settings."""
    allowed, settings = services.settings.confirm.control_tries, count_settings(template, hypothesis.companions)
    return 0 if settings == 1 else min(allowed, settings or allowed)


def _winner(plan: Registration, services: Services) -> Experiment | None:
    nodes = services.journal.experiments(plan.study, "search")
    return choose_winner(plan, nodes, claimed_metric(plan, services.template_of(plan.study)))
