"""From the evidence to a reviewed paper."""

import time
from collections.abc import Callable

from agents.events import PaperReviewed
from agents.nodes.artefacts import (
    read_card,
    read_evidence,
    read_figures,
    read_novelty,
    read_problems,
    read_record,
    read_sources,
    write_record,
    write_records,
)
from agents.nodes.ideas import finished_studies
from agents.nodes.lane import plan_of
from agents.paper.check import check_paper as check
from agents.paper.sections import write_sections
from agents.schema import Draft, SectionName
from agents.services import Services
from agents.state import StudyState
from agents.tasks import WriteSection


def write_paper(state: StudyState, services: Services) -> StudyState:
    """Write the sections, or mend those in which check_paper found problems."""
    study = state.get("study", "")
    problems = read_problems(services, study) if state.get("needs_repair") else ()
    write_sections(services.model, _section_task(study, services), services.study_folder(study), problems)
    return {"needs_repair": False}


def check_paper(state: StudyState, services: Services) -> StudyState:
    """Typeset the paper and check it; what the writer can mend goes back to it, a bounded number of times."""
    study, repairs = state.get("study", ""), state.get("repairs", 0)
    draft = check(services, study)
    folder = services.study_folder(study)
    write_record(folder / "draft.json", draft)
    write_records(folder / "problems.json", draft.problems)
    can_mend = any(problem.section for problem in draft.problems) and repairs < services.settings.paper.repairs
    return {"needs_repair": can_mend, "repairs": repairs + can_mend}


def review_paper(state: StudyState, services: Services) -> StudyState:
    study = state.get("study", "")
    folder = services.study_folder(study)
    draft = read_record(folder / "draft.json", Draft)
    review = services.reviewer.review(draft)
    write_record(folder / "review.json", review)
    services.events.emit(
        PaperReviewed(
            at=time.time(), study=study, title=draft.title, overall=review.overall, decision=review.decision,
            calibration=review.calibration,
        )
    )  # fmt: skip
    return {"reviewed": {study: review.overall}}


def _section_task(study: str, services: Services) -> Callable[[SectionName, dict[SectionName, str]], WriteSection]:
    """What the writer is told, the same for every section but for what is written already."""
    plan, card = plan_of(services, study), read_card(services.folder, study)
    common = WriteSection(
        section="introduction",
        topic=services.settings.topic,
        template=services.template,
        evidence=read_evidence(services, study),
        nodes=tuple(services.journal.experiments(study, "search")),
        figures=read_figures(services, study),
        sources=read_sources(services),
        novelty=read_novelty(services)[plan.idea.id],
        earlier=tuple(finished_studies(services, card.done)),
        researcher=services.model.name,
    )
    return lambda section, written: common.model_copy(update={"section": section, "written": written})
