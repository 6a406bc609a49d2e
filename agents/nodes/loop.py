"""What closes a generation: the archive that steers the next choice, and the published papers."""

import time

from agents.events import PaperPublished
from agents.nodes.artefacts import read_card, read_evidence, read_record, write_records
from agents.nodes.ideas import finished_studies
from agents.paper.publish import publish_paper
from agents.schema import ArchiveEntry, Review
from agents.services import Services
from agents.state import RunState, Update


def update_archive(state: RunState, services: Services) -> Update:
    """Put the generation's reviewed studies into the archive; the next choice reads it."""
    reviewed = [study for study in state.get("chosen", []) if study in state.get("reviewed", {})]
    for study in reviewed:
        services.archive.add(_entry(study, services))
    done = [*state.get("done", []), *reviewed]
    is_last = state.get("generation", 1) >= services.settings.generations
    return {"done": done, "is_last": is_last, "start_at": None}


def publish(state: RunState, services: Services) -> Update:
    """Publish every reviewed paper, the best first."""
    entries = sorted(finished_studies(services, state.get("done", [])), key=lambda entry: -entry.review.overall)
    published: list[str] = []
    for entry in entries:
        folder = publish_paper(
            services.study_folder(entry.study),
            services.folder / "experiments",
            services.journal.experiments(entry.study),
            services.settings.papers / f"{services.folder.name}-{entry.study}",
        )
        services.events.emit(
            PaperPublished(at=time.time(), study=entry.study, folder=str(folder), is_best=not published)
        )
        published.append(str(folder))
    write_records(services.folder / "published.json", entries)
    return {"published": published}


def _entry(study: str, services: Services) -> ArchiveEntry:
    review = read_record(services.study_folder(study) / "review.json", Review)
    return ArchiveEntry(
        study=study,
        idea=read_card(services.folder, study).idea,
        verdict=read_evidence(services, study).verdict,
        review=review,
    )
