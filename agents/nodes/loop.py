"""What closes a generation: the archive that steers the next choice, and the published papers."""

import time
from pathlib import Path

from agents.events import Degraded, PaperPublished
from agents.experiments.limits import find_shortage
from agents.nodes.artefacts import ANALYSIS, GIVEN_UP, read_card, read_evidence, read_record
from agents.nodes.ideas import finished_studies
from agents.own_material.passing import find_change
from agents.paper.publish import publish_paper
from agents.schema import ArchiveEntry, Draft, Review
from agents.services import Services
from agents.state import RunState, Update
from agents.tasks import Analysis


def update_archive(state: RunState, services: Services) -> Update:
    """Put what was reviewed into the archive, which the next choice reads."""
    reviewed = [study for study in state.get("chosen", []) if study in state.get("reviewed", {})]
    done = [*state.get("done", []), *reviewed]
    for study in done:
        services.archive.add(_entry(study, services))
    generation = state.get("generation", 1) - _came_to_nothing(state, services)
    return {
        "done": done,
        "generation": generation,
        "is_last": generation >= services.settings.generations or _is_used_up(services),
        "start_at": None,
    }


def _came_to_nothing(state: RunState, services: Services) -> bool:
    """Whether every study of this generation was given up before it began: then it is no generation."""
    chosen = state.get("chosen", [])
    return bool(chosen) and all((services.study_folder(study) / GIVEN_UP).exists() for study in chosen)


def publish(state: RunState, services: Services) -> Update:
    """Publish every reviewed paper in which nothing is wrong, the best first."""
    entries = sorted(finished_studies(services, state.get("done", [])), key=lambda entry: -entry.review.overall)
    published: list[str] = []
    change = find_change(services.folder, services.settings, is_thorough=True)
    for entry in entries:
        if fault := change or _fault(entry.study, services):
            consequence = f"the paper of {entry.study} is kept in the run folder and not published"
            services.events.emit(Degraded(at=time.time(), study=entry.study, what=fault, consequence=consequence))
            continue
        folder = str(_publish(entry.study, services))
        services.events.emit(PaperPublished(at=time.time(), study=entry.study, folder=folder, is_best=not published))
        published.append(folder)
    return {"published": published}


def _is_used_up(services: Services) -> bool:
    """Whether no experiment could begin any more, so that another study would find nothing."""
    shortage = find_shortage(services)
    if shortage:
        event = Degraded(at=time.time(), what=shortage.what, consequence="no further idea is studied")
        services.tell_once(f"{shortage.kind} next", event)
    return shortage is not None


def _publish(study: str, services: Services) -> Path:
    return publish_paper(
        services.study_folder(study),
        services.folder / "experiments",
        services.journal.experiments(study),
        services.settings.papers / f"{services.folder.name}-{study}",
        services.template_of(study).path,
    )


def _fault(study: str, services: Services) -> str:
    """Why a paper must not be published, "" if it may."""
    draft = read_record(services.study_folder(study) / "draft.json", Draft)
    if draft.grave_problems:
        return f"{draft.grave_problems[0].rule}: {draft.grave_problems[0].detail}"
    return "the paper could not be typeset" if services.settings.paper.is_typeset and draft.pdf is None else ""


def _entry(study: str, services: Services) -> ArchiveEntry:
    evidence, analysis = read_evidence(services, study), services.study_folder(study) / ANALYSIS
    return ArchiveEntry(
        study=study,
        idea=read_card(services.folder, study).idea,
        verdict=evidence.verdict,
        review=read_record(services.study_folder(study) / "review.json", Review),
        effect=evidence.quantities.get("effect.primary"),
        next_steps=read_record(analysis, Analysis).next_steps if analysis.exists() else (),
    )
