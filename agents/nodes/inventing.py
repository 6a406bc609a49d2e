"""Ideas for research without a template: invented from topic and literature, or a person's own; then looked at."""

import re
import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from agents.errors import ReplyRejected
from agents.events import Degraded
from agents.free_tasks import AdoptIdea, InventIdeas, RevisedIdea, ReviseIdea, Workbench
from agents.nodes.artefacts import read_records, read_sources
from agents.nodes.remembering import remembering
from agents.schema import GivenIdea, Hypothesis, Idea, Source
from agents.services import Services
from agents.tasks import IdeaBatch

PACKAGES = ("numpy", "scipy", "sklearn", "torch", "pandas", "matplotlib", "networkx", "sympy", "gymnasium", "cma")
"""Packages that an experiment may hope for; those that are installed are offered."""
FOUND_PER_LOOK = 8


def invent_ideas(services: Services) -> Sequence[Idea]:
    """Return the ideas of a run without a template, each looked at again as often as the settings say.

    Raises ServiceError when the model gives none. A look that fails leaves the idea as it was, which is announced.
    """
    ideas = _as_names([*_adopted(services)] or [*_invented(services)])
    return [_revised(idea, ideas, services) for idea in ideas]


def workbench(services: Services) -> Workbench:
    """What experiments of the run have at hand."""
    free = services.settings.free
    return Workbench(
        timeout_s=free.timeout_s,
        memory_mb=free.memory_mb,
        cpus=free.cpus,
        gpus=free.gpus,
        packages=tuple(name for name in PACKAGES if find_spec(name)),
    )


def given_ideas(services: Services) -> Sequence[GivenIdea]:
    """The ideas that a person handed in, if any."""
    path = services.folder / "given" / "ideas.json"
    return read_records(path, GivenIdea) if path.exists() else ()


def _invented(services: Services) -> Sequence[Idea]:
    settings = services.settings
    task = InventIdeas(
        topic=settings.topic,
        brief=settings.brief,
        sources=read_sources(services),
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


def _revised(idea: Idea, batch: Sequence[Idea], services: Services) -> Idea:
    """The idea after its looks; each may ask the literature before the next."""
    settings, given = services.settings, {each.name: each for each in given_ideas(services)}
    asked, found = "", tuple[Source, ...]()
    others = tuple(other.title for other in batch if other.id != idea.id)
    for look in range(1, settings.free.reflections + 1):
        task = ReviseIdea(
            topic=settings.topic, brief=settings.brief, idea=idea, others=others, asked=asked, found=found,
            workbench=workbench(services), experiments=settings.search.experiments, look=look,
            looks=settings.free.reflections,
        )  # fmt: skip
        try:
            answer: RevisedIdea = remembering(services).ask(task)
        except ReplyRejected as error:
            _tell(services, f"look {look} at idea {idea.id}", f"{error}; the idea stays as it was")
            break
        idea = _as_names([answer.idea.model_copy(update={"id": idea.id})])[0]
        if idea.id in given:
            idea = _in_their_words(idea, given[idea.id])
        if answer.is_final:
            break
        asked = answer.query.strip()
        found = tuple(services.literature.search(asked, FOUND_PER_LOOK)) if asked else ()
    return idea


def _in_their_words(idea: Idea, given: GivenIdea) -> Idea:
    """The idea with all that the person said of it."""
    words: dict[str, Any] = {"id": given.name, "title": given.title}
    words |= {name: text for name in ("related_work", "abstract", "experiments") if (text := getattr(given, name))}
    words["risks"] = tuple(dict.fromkeys((*given.risks, *idea.risks)))
    words["hypothesis"] = idea.hypothesis.model_copy(update={"statement": given.hypothesis})
    return idea.model_copy(update=words)


def _as_names(ideas: Sequence[Idea]) -> list[Idea]:
    """The ideas with ids of their own, no template, and factors whose names can be keys."""
    taken: dict[str, int] = {}
    named: list[Idea] = []
    for idea in ideas:
        taken[idea.id] = number = taken.get(idea.id, 0) + 1
        own = idea.id if number == 1 else f"{idea.id[:56]}-{number}"
        update = {"id": own, "template": None, "hypothesis": _named(idea.hypothesis)}
        named.append(idea.model_copy(update=update))
    return named


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
