"""From a topic to the studies of one generation."""

import time
from collections.abc import Iterable, Sequence

from agents.errors import ServiceError, UserError
from agents.events import Degraded, IdeaChosen
from agents.experiments.changes import check_idea
from agents.ideas.choose import choose_idea as rank_ideas
from agents.literature.template_bibliography import complete
from agents.nodes.artefacts import (
    SURVEY,
    StudyCard,
    given_up,
    read_card,
    read_ideas,
    read_novelty,
    read_sources,
    read_survey,
    write_record,
    write_records,
)
from agents.nodes.inventing import invent_ideas
from agents.schema import ArchiveEntry, Idea, Survey, Template
from agents.services import Services
from agents.state import RunState, Update
from agents.tasks import ProposeIdeas

SOURCES_PER_RUN = 40


def survey_literature(_: RunState, services: Services) -> Update:
    template = services.template
    query = f"{services.settings.topic} {template.title if template else ''}".strip()
    answer = services.literature.find(query, SOURCES_PER_RUN)
    write_record(services.folder / SURVEY, Survey(answered=answer.answered, failed=answer.failed))
    found = list(answer.sources)
    if template and "template" in services.settings.literature:
        found = complete(found, template.path / "references.bib")
    write_records(services.folder / "sources.json", found)
    return {}


def propose_ideas(_: RunState, services: Services) -> Update:
    settings, template = services.settings, services.template
    if template is None:
        return _write_ideas(invent_ideas(services), services)
    task = ProposeIdeas(
        topic=settings.topic,
        template=template,
        sources=read_sources(services),
        survey=read_survey(services),
        count=settings.ideas,
        experiments=settings.search.experiments,
        seed=settings.seed,
    )
    ideas = services.model.ask(task).ideas
    usable = leave_out_untestable(ideas, template, services)
    if not usable:
        fault = check_idea(template, ideas[0]) if ideas else "there are none"
        raise ServiceError(f"none of the {len(ideas)} proposed ideas can be tested: {fault}")
    return _write_ideas(usable, services)


def _write_ideas(ideas: Sequence[Idea], services: Services) -> Update:
    """Write the first ideas of the run, which have no parents: nothing was studied yet."""
    first = [idea.model_copy(update={"parents": ()}) for idea in ideas]
    write_records(services.folder / "ideas.json", first)
    return {}


def choose_idea(state: RunState, services: Services) -> Update:
    """Choose the next ideas by their prior and by what the reviews of the studies done so far said."""
    generation = state.get("generation", 0) + 1
    done = state.get("done", [])
    rejected = [read_card(services.folder, study).idea.id for study in state.get("rejected", [])]
    rejected += [each.idea for each in given_up(services)]
    finished = finished_studies(services, done)
    ideas = _ripe([idea for idea in _checked_ideas(services) if idea.id not in rejected], finished)
    picks = rank_ideas(ideas, finished, read_novelty(services), services.settings.ideas_at_once)
    chosen: list[str] = []
    for pick in picks:
        chosen.append(_study_name(services, pick.idea, chosen))
    for study, pick in zip(chosen, picks, strict=True):
        beside = tuple(other for other in chosen if other != study)
        card = StudyCard(study=study, idea=pick.idea, generation=generation, done=tuple(done), beside=beside)
        write_record(services.study_folder(study) / "study.json", card)
        services.events.emit(
            IdeaChosen(at=time.time(), study=study, idea=pick.idea.id, title=pick.idea.title, reason=pick.reason)
        )
    return {"generation": generation, "chosen": chosen, "start_at": None}


def finished_studies(services: Services, done: Iterable[str]) -> Sequence[ArchiveEntry]:
    """Archive entries of the studies finished in this pass, in order of study."""
    finished = set(done)
    return [entry for entry in services.archive.entries() if entry.study in finished]


def leave_out_untestable(ideas: Sequence[Idea], template: Template, services: Services) -> list[Idea]:
    """Leave out what the template cannot test, and say so."""
    usable: list[Idea] = []
    for idea in ideas:
        if fault := check_idea(template, idea):
            event = Degraded(at=time.time(), what=f"idea {idea.id} is left out", consequence=fault)
            services.events.emit(event)
        else:
            usable.append(idea)
    return usable


def _checked_ideas(services: Services) -> Sequence[Idea]:
    """The ideas of ideas.json, which a person may have edited into something that cannot be tested."""
    ideas = read_ideas(services)
    for idea in ideas:
        if services.template and (fault := check_idea(services.template, idea)):
            raise UserError(f"cannot use {services.folder / 'ideas.json'}: idea {idea.id}: {fault}; mend it")
    return ideas


def _ripe(ideas: Sequence[Idea], finished: Sequence[ArchiveEntry]) -> Sequence[Idea]:
    """The open ideas that follow from no other which this pass has not studied yet; where there are none, all.

    So a pass that begins anew goes the way of the first one, though its ideas.json holds what came later.
    """
    names, studied = {idea.id for idea in ideas}, {entry.idea.id for entry in finished}
    left = [idea for idea in ideas if idea.id not in studied]
    return [idea for idea in left if not (names & set(idea.parents)) - studied] or left


def _study_name(services: Services, idea: Idea, taken: Sequence[str]) -> str:
    """The study that is already about this very idea, else the next free number: an old study is never overwritten."""
    number = 1
    while (folder := services.study_folder(f"s{number}")).exists() or folder.name in taken:
        if (folder / "study.json").exists() and read_card(services.folder, folder.name).idea == idea:
            return folder.name
        number += 1
    return f"s{number}"
