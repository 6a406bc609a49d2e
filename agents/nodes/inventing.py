"""Ideas for research without a template: invented from topic and literature, or a person's own; then looked at."""

import re
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from agents.errors import ReplyRejected
from agents.events import Degraded
from agents.free_tasks import AdoptIdea, InventIdeas, RevisedIdea, ReviseIdea, Workbench
from agents.idea_ids import with_own_ids
from agents.ideas.searching import merge_sources
from agents.nodes.artefacts import read_records, read_sources, read_survey, write_records
from agents.nodes.remembering import remembering
from agents.nodes.telling import told_step
from agents.own_material import IDEAS_FILE, read_data_notes, show_repo
from agents.schema import GivenIdea, Hypothesis, Idea, Source
from agents.services import Services
from agents.tasks import IdeaBatch
from agents.whereabouts import whereabouts

PACKAGES = ("numpy", "scipy", "sklearn", "torch", "pandas", "matplotlib", "networkx", "sympy", "gymnasium", "cma")
"""Packages that an experiment may hope for; those that are installed are offered."""
NODE = "propose_ideas"
FOUND_PER_LOOK = 8
REPO_CHARS = 12_000
"""Of the user's own code, what a prompt shows."""


def invent_ideas(services: Services) -> Sequence[Idea]:
    """Return the ideas of a run without a template, each looked at again as often as the settings say.

    Raises ServiceError when the model gives none. A look that fails leaves the idea as it was, which is announced.
    """
    with told_step(services, NODE, "ideas put down"):
        ideas = with_own_ids(as_free([*_adopted(services)] or [*_invented(services)]))
    revised, sources = look_again(ideas, (), read_sources(services), services)
    write_records(services.folder / "sources.json", sources)
    return revised


def look_again(
    ideas: Sequence[Idea], others: Sequence[Idea], sources: tuple[Source, ...], services: Services
) -> tuple[list[Idea], tuple[Source, ...]]:
    """The ideas after their looks, beside `others` that are there already, and the sources with what was found."""
    revised, node = list[Idea](), whereabouts().node or NODE
    for place, idea in enumerate(ideas, start=1):
        with told_step(services, node, f"idea {idea.id} looked at again", done=place, total=len(ideas)):
            better, found = _revise(idea, [*ideas, *others], sources, services)
        revised.append(better)
        sources = tuple(merge_sources(sources, found))
    keys = {source.key for source in sources}
    related = [tuple(key for key in idea.related if key in keys) for idea in revised]
    return [idea.model_copy(update={"related": known}) for idea, known in zip(revised, related, strict=True)], sources


def workbench(services: Services) -> Workbench:
    """What experiments of the run have at hand."""
    free = services.settings.free
    return Workbench(
        timeout_s=free.timeout_s,
        memory_mb=free.memory_mb,
        cpus=free.cpus,
        gpus=free.gpus,
        packages=tuple(name for name in PACKAGES if find_spec(name)),
        data=tuple(note.told for note in read_data_notes(services.folder)),
        repo=show_repo(services.folder, REPO_CHARS),
    )


def given_ideas(services: Services) -> Sequence[GivenIdea]:
    """The ideas that a person handed in, if any."""
    path = services.folder / IDEAS_FILE
    return read_records(path, GivenIdea) if path.exists() else ()


def _invented(services: Services) -> Sequence[Idea]:
    settings = services.settings
    task = InventIdeas(
        topic=settings.topic,
        brief=settings.brief,
        sources=read_sources(services),
        survey=read_survey(services),
        workbench=workbench(services),
        experiments=settings.search.experiments,
        count=settings.ideas,
    )
    batch: IdeaBatch = remembering(services).ask(task)
    return batch.ideas


def _adopted(services: Services) -> Sequence[Idea]:
    """A person's ideas in the form of the house: the words stay, metric and factors are added."""
    settings = services.settings
    adopted: list[Idea] = []
    for given in given_ideas(services):
        task = AdoptIdea(
            topic=settings.topic,
            brief=settings.brief,
            given=given,
            sources=read_sources(services),
            survey=read_survey(services),
            workbench=workbench(services),
            experiments=settings.search.experiments,
        )
        try:
            idea = remembering(services).ask(task)
        except ReplyRejected as error:
            _tell(services, f"idea {given.name} is left out", str(error))
            continue
        adopted.append(_in_their_words(idea, given))
    if given_ideas(services) and not adopted:
        raise ReplyRejected("none of the given ideas could be made testable; resume to ask again")
    return adopted


def _revise(
    idea: Idea, batch: Sequence[Idea], known: tuple[Source, ...], services: Services
) -> tuple[Idea, tuple[Source, ...]]:
    """The idea after its looks, and what was found between them: each look may ask the literature before the next."""
    settings, given = services.settings, {each.name: each for each in given_ideas(services)}
    asked, found = "", tuple[Source, ...]()
    others = tuple(other.title for other in batch if other.id != idea.id)
    for look in range(1, settings.free.reflections + 1):
        task = ReviseIdea(
            topic=settings.topic, brief=settings.brief, idea=idea, others=others,
            is_given=idea.id in given, asked=asked,
            sources=(*found, *known), survey=read_survey(services), workbench=workbench(services),
            experiments=settings.search.experiments,
            look=look, looks=settings.free.reflections,
        )  # fmt: skip
        try:
            answer: RevisedIdea = remembering(services).ask(task)
        except ReplyRejected as error:
            _tell(services, f"look {look} at idea {idea.id}", f"{error}; the idea stays as it was")
            break
        idea = as_free([(answer.idea or idea).model_copy(update={"id": idea.id})])[0]
        if idea.id in given:
            idea = _in_their_words(idea, given[idea.id])
        asked = answer.query.strip()
        if answer.is_final or look == settings.free.reflections:
            break
        more = _new_sources(asked, (*found, *known), services)
        if answer.idea is None and not more:  # another look would see what this one saw
            break
        found = (*more, *found)
    return idea, found


def _new_sources(query: str, known: Sequence[Source], services: Services) -> Sequence[Source]:
    """What the literature returns for a query beyond what is known, under keys of their own."""
    found = services.literature.search(query, FOUND_PER_LOOK) if query else ()
    return merge_sources(known, found)[len(known) :]


def _in_their_words(idea: Idea, given: GivenIdea) -> Idea:
    """The idea with all that the person said of it; what is more concrete is added, never put in its place."""
    words: dict[str, Any] = {"id": given.name, "title": given.title}
    words |= {name: text for name in ("related_work", "abstract") if (text := getattr(given, name))}
    words |= {
        name: tuple(dict.fromkeys((*getattr(given, name), *getattr(idea, name)))) for name in ("experiments", "risks")
    }
    return idea.model_copy(update=words)


def as_free(ideas: Sequence[Idea]) -> list[Idea]:
    """The ideas with no template, and factors whose names can be keys."""
    return [idea.model_copy(update={"template": None, "hypothesis": _named(idea.hypothesis)}) for idea in ideas]


def _named(hypothesis: Hypothesis) -> Hypothesis:
    names = {
        "metric": _as_name(hypothesis.metric),
        "factors": tuple(_as_name(name) for name in hypothesis.factors),
        "companions": tuple(_as_name(name) for name in hypothesis.companions),
    }
    return hypothesis.model_copy(update=names)


def _as_name(text: str) -> str:
    """Lower-case letters, digits and underscores, a letter first."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"x_{name}"


def _tell(services: Services, what: str, consequence: str) -> None:
    services.events.emit(Degraded(at=time.time(), what=what, consequence=consequence))
