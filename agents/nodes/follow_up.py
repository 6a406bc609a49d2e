"""Between two generations: new ideas that follow on from what the finished studies of the run found."""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from agents.errors import ReplyRejected
from agents.events import Degraded
from agents.files import sha256_text
from agents.free_tasks import InventIdeas
from agents.idea_ids import with_own_ids
from agents.ideas.searching import merge_sources
from agents.ideas.twins import find_earlier
from agents.nodes.artefacts import read_ideas, read_record, read_sources, read_survey, write_record, write_records
from agents.nodes.asking import Forgiving
from agents.nodes.ideas import finished_studies, leave_out_untestable
from agents.nodes.inventing import as_free, given_ideas, look_again, workbench
from agents.nodes.remembering import remembering
from agents.schema import ArchiveEntry, Idea, Record, Source, Template
from agents.services import Services
from agents.state import RunState, Update
from agents.tasks import IdeaBatch, ProposeIdeas


class FollowUps(Record):
    """Ideas that follow on from finished studies, and what the literature said while they were looked at."""

    ideas: tuple[Idea, ...] = ()
    sources: tuple[Source, ...] = ()


def follow_up(state: RunState, services: Services) -> Update:
    """Add ideas that follow on from the finished studies to ideas.json, where another generation follows.

    Whatever fails leaves the choice among the ideas that are there, which is announced; it ends no run.
    """
    is_last = state.get("is_last", state.get("generation", 1) >= services.settings.generations)
    studies = finished_studies(services, state.get("done", []))
    if studies and not is_last and services.settings.follow_ups and not given_ideas(services):
        _add_follow_ups(_Desk(studies, read_ideas(services), read_sources(services), services))
    return {"is_last": is_last}


class _Desk(NamedTuple):
    """What follow-ups are thought of with: the finished studies, all ideas and sources of the run."""

    studies: Sequence[ArchiveEntry]
    ideas: Sequence[Idea]
    sources: tuple[Source, ...]
    services: Services

    @property
    def others(self) -> tuple[Idea, ...]:
        """Ideas that were not studied."""
        studied = {entry.idea.id for entry in self.studies}
        return tuple(idea for idea in self.ideas if idea.id not in studied)

    @property
    def known(self) -> list[Idea]:
        """What is not to be asked again."""
        return [*(entry.idea for entry in self.studies), *self.others]


def _add_follow_ups(desk: _Desk) -> None:
    """Ask once for each set of findings: the answer is kept before it is added, and adding it twice adds nothing."""
    kept = _kept_in(desk)
    if not kept.exists():
        try:
            write_record(kept, _think_of(desk))
        except ReplyRejected as error:
            _tell(desk, f"no idea follows on from {_names(desk.studies)}: {error}", "the choice is among those left")
            return
    found, known = read_record(kept, FollowUps), {idea.id for idea in desk.ideas}
    write_records(desk.services.folder / "sources.json", merge_sources(desk.sources, found.sources))
    added = [idea for idea in found.ideas if idea.id not in known]
    write_records(desk.services.folder / "ideas.json", [*desk.ideas, *added])


def _kept_in(desk: _Desk) -> Path:
    """Where the follow-ups of these findings are kept; a study that was written or reviewed anew is another finding."""
    digest = sha256_text("\n".join(entry.model_dump_json() for entry in desk.studies))[:16]
    return desk.services.folder / "answers" / f"FollowUps-{digest}.json"


def _think_of(desk: _Desk) -> FollowUps:
    """New ideas by the road that the first ones came. Raises ReplyRejected if there is no reply."""
    services = desk.services
    lenient = desk._replace(services=replace(services, model=Forgiving(services.model)))
    ideas, sources = _propose(lenient, services.template) if services.template else _invent(lenient)
    return FollowUps(ideas=tuple(_descended(idea, desk.studies) for idea in ideas), sources=sources)


def _propose(desk: _Desk, template: Template) -> tuple[Sequence[Idea], tuple[Source, ...]]:
    """Ideas that the run's template can test."""
    services, settings = desk.services, desk.services.settings
    task = ProposeIdeas(
        topic=settings.topic,
        template=template,
        sources=desk.sources,
        survey=read_survey(desk.services),
        archive=tuple(desk.studies),
        others=desk.others,
        count=settings.follow_ups,
        experiments=settings.search.experiments,
        seed=settings.seed,
    )
    batch: IdeaBatch = remembering(services).ask(task)
    return _new(leave_out_untestable(batch.ideas, template, services), desk), ()


def _invent(desk: _Desk) -> tuple[Sequence[Idea], tuple[Source, ...]]:
    """Ideas that need no template, looked at again as the first ones were."""
    settings = desk.services.settings
    task = InventIdeas(
        topic=settings.topic,
        brief=settings.brief,
        sources=desk.sources,
        survey=read_survey(desk.services),
        archive=tuple(desk.studies),
        others=desk.others,
        workbench=workbench(desk.services),
        experiments=settings.search.experiments,
        count=settings.follow_ups,
    )
    batch: IdeaBatch = remembering(desk.services).ask(task)
    return look_again(_new(as_free(batch.ideas), desk), desk.known, desk.sources, desk.services)


def _new(ideas: Sequence[Idea], desk: _Desk) -> list[Idea]:
    """The ideas, each under an id of its own, without those that ask what another asks; no more than were wanted."""
    new: list[Idea] = []
    for idea in ideas:
        if twin := find_earlier(idea, [*desk.known, *new]):
            _tell(desk, f"idea {idea.id} is left out", f"it asks what idea {twin.id} asks")
            continue
        new += with_own_ids([idea], (other.id for other in (*desk.known, *new)))
    return new[: desk.services.settings.follow_ups]


def _descended(idea: Idea, studies: Sequence[ArchiveEntry]) -> Idea:
    """The idea with the ideas of the studies that it follows from as parents: all, where it names none of them."""
    by_name = {name: entry.idea.id for entry in studies for name in (entry.study, entry.idea.id)}
    named = tuple(dict.fromkeys(by_name[name] for name in idea.parents if name in by_name))
    return idea.model_copy(update={"parents": named or tuple(entry.idea.id for entry in studies)})


def _names(studies: Sequence[ArchiveEntry]) -> str:
    return ", ".join(entry.study for entry in studies[-3:])


def _tell(desk: _Desk, what: str, consequence: str) -> None:
    desk.services.events.emit(Degraded(at=time.time(), what=what, consequence=consequence))
