"""From the evidence to a reviewed paper."""

import time
from collections.abc import Sequence

from agents import __version__
from agents.events import Degraded, PaperReviewed
from agents.experiments.hardware import installed_versions
from agents.llm.team import is_offline, team_name
from agents.nodes.artefacts import (
    ANALYSIS,
    DESIGN,
    Design,
    novelty_of,
    read_card,
    read_evidence,
    read_figures,
    read_problems,
    read_record,
    read_sources,
    write_record,
    write_records,
)
from agents.nodes.asking import ask_or_stand_in
from agents.nodes.citations import judge_citations
from agents.nodes.ideas import finished_studies
from agents.nodes.lane import plan_of
from agents.nodes.remembering import remembering
from agents.nodes.telling import told_step
from agents.offline.researcher import OfflineResearcher
from agents.own_material import read_data_notes, read_repo_note
from agents.paper.bills import billed_models, with_bills, without_bills
from agents.paper.check import check_paper as check
from agents.paper.citations import citation_quantities, unsupported
from agents.paper.colophon import Colophon
from agents.paper.document import assemble_paper
from agents.paper.sections import MakeTask, authors_of, read_sections, write_sections
from agents.schema import SECTIONS, Draft, Evidence, Problem, SectionName
from agents.services import Services
from agents.spending import Bill
from agents.state import StudyState, Update
from agents.tasks import AnalyseResults, Analysis, Section, WriteSection


def write_paper(state: StudyState, services: Services) -> Update:
    """Write the sections, or mend those in which check_paper found problems."""
    study = state["study"]
    problems = read_problems(services, study) if state.get("needs_repair") else ()

    def ask(task: WriteSection) -> tuple[Section, str]:
        with told_step(services, "write_paper", task.section.replace("_", " "), study=study, **_place(task.section)):
            section, author = ask_or_stand_in(task, services.model, services)
        return section, author.name

    write_sections(ask, _section_task(study, services), services.study_folder(study), problems)
    return {}


def _place(section: SectionName) -> dict[str, int]:
    return {"done": SECTIONS.index(section) + 1, "total": len(SECTIONS)}


def check_paper(state: StudyState, services: Services) -> Update:
    """Typeset the paper and check it; what the writer can mend goes back to it, a bounded number of times."""
    study, repairs = state["study"], state.get("repairs", 0)
    draft = _typeset(study, services)
    folder = services.study_folder(study)
    write_record(folder / "draft.json", draft)
    write_records(folder / "problems.json", draft.problems)
    can_mend = any(problem.section for problem in draft.problems) and repairs < services.settings.paper.repairs
    if draft.problems and not can_mend:
        _report_problems(draft, services)
    return {"needs_repair": can_mend, "repairs": repairs + can_mend}


def _typeset(study: str, services: Services) -> Draft:
    folder, experiments = services.study_folder(study), services.journal.experiments(study)
    sections, figures, sources = read_sections(folder), read_figures(services, study), read_sources(services)
    bills, citations = services.paper_bills(study), judge_citations(study, services)
    evidence = with_bills(_evidence_of_runs(services, study), bills)
    evidence = evidence.model_copy(update={"quantities": evidence.quantities | citation_quantities(citations)})
    colophon = _colophon(study, bills, services).model_copy(update={"stillness": evidence.stillness})
    assemble_paper(folder, sections, evidence, services.template_of(study), experiments, figures, sources, colophon)
    typesetter = services.typesetter if services.settings.paper.is_typeset else None
    draft, problems = check(folder, sections, evidence, figures, sources, typesetter)
    return draft.model_copy(update={"problems": (*problems, *unsupported(citations))})


def _evidence_of_runs(services: Services, study: str) -> Evidence:
    """The ledger without what writing adds to it (citations, bills): every section would be written anew."""
    evidence = without_bills(read_evidence(services, study))
    kept = {key: quantity for key, quantity in evidence.quantities.items() if not key.startswith("cite.")}
    return evidence.model_copy(update={"quantities": kept})


def _colophon(study: str, bills: Sequence[Bill], services: Services) -> Colophon:
    return Colophon(
        researcher=team_name(services.settings),
        version=__version__,
        reviewer=services.reviewer.name,
        novelty=novelty_of(services, plan_of(services, study).idea),
        settings=services.settings,
        versions=installed_versions(),
        stood_in=_stood_in(study, services),
        template_author=services.template_of(study).written_by,
        models=billed_models(bills),
        data=read_data_notes(services.folder),
        repo=read_repo_note(services.folder),
    )


def _stood_in(study: str, services: Services) -> tuple[SectionName, ...]:
    """The sections that the built-in researcher wrote although a model was asked."""
    if is_offline(services.settings, "writing"):
        return ()
    authors = authors_of(services.study_folder(study))
    return tuple(name for name, author in authors.items() if author == OfflineResearcher.name)


def _report_problems(draft: Draft, services: Services) -> None:
    """A paper that keeps a problem is not hidden: the person sees which, and problems.json keeps them."""
    first = draft.problems[0]
    services.events.emit(
        Degraded(
            at=time.time(),
            study=draft.study,
            what=f"{len(draft.problems)} problem(s) left in the paper",
            consequence=f"first: {first.rule}: {first.detail}; all are in {draft.folder / 'problems.json'}",
        )
    )


def review_paper(state: StudyState, services: Services) -> Update:
    study = state["study"]
    folder = services.study_folder(study)
    draft = read_record(folder / "draft.json", Draft)
    review = services.reviewer.review(draft)
    write_record(folder / "review.json", review)
    services.events.emit(
        PaperReviewed(
            at=time.time(), study=study, title=draft.title, overall=review.overall, decision=review.decision,
            calibration=review.calibration, probability=review.probability,
        )
    )  # fmt: skip
    return {"reviewed": {study: review.overall}}


def _analysis(study: str, evidence: Evidence, services: Services) -> Analysis:
    """What the researcher makes of the results; what rests on no entry of the ledger is left out."""
    task = AnalyseResults(
        topic=services.settings.topic,
        template=services.template_of(study),
        evidence=evidence,
        nodes=tuple(services.journal.experiments(study, "search")),
        objections=_objections(study, services),
    )
    with told_step(services, "write_paper", "analysis of the results", study=study):
        analysis, _ = ask_or_stand_in(task, remembering(services), services)
    founded = [each for each in analysis.findings if each.keys and set(each.keys) <= evidence.keys]
    analysis = analysis.model_copy(update={"findings": tuple(founded)})
    write_record(services.study_folder(study) / ANALYSIS, analysis)
    return analysis


def _objections(study: str, services: Services) -> tuple[str, ...]:
    """What was found in the evaluator before it was frozen, where it was written for this study."""
    path = services.study_folder(study) / DESIGN
    return read_record(path, Design).objections if path.exists() else ()


def _section_task(study: str, services: Services) -> MakeTask:
    """What the writer is told, the same for every section but for what is written already; what of it a model is shown
    is in showing.py."""
    plan, card, evidence = (
        plan_of(services, study),
        read_card(services.folder, study),
        _evidence_of_runs(services, study),
    )
    common = WriteSection(
        section="introduction",
        topic=services.settings.topic,
        template=services.template_of(study),
        evidence=evidence,
        nodes=tuple(services.journal.experiments(study, "search")),
        objections=_objections(study, services),
        figures=read_figures(services, study),
        sources=read_sources(services),
        novelty=novelty_of(services, plan.idea),
        earlier=tuple(finished_studies(services, card.done)),
        researcher=services.model.name,
        policy=services.settings.search.policy,
        analysis=_analysis(study, evidence, services),
    )

    def make(
        section: SectionName, written: dict[SectionName, str], previous: str, problems: tuple[Problem, ...]
    ) -> WriteSection:
        update = {"section": section, "written": written, "previous": previous, "problems": problems}
        return common.model_copy(update=update)

    return make
