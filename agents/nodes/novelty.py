"""Whether each idea is new: what was searched for, what came, and the verdict that this bears out."""

import time
from collections.abc import Sequence

from agents.events import Degraded
from agents.ideas.embedding import find_embedding
from agents.ideas.nearness import rank_sources
from agents.ideas.searching import Searched, merge_sources, names_in, search_all
from agents.ideas.twins import FinishedStudy, find_alike, find_earlier, find_twin, finished_elsewhere
from agents.ideas.verdict import known_twin, settle_novelty
from agents.literature.addressed import without_instructions
from agents.literature.cascade import normalised_title
from agents.nodes.artefacts import read_ideas, read_sources, write_records
from agents.nodes.asking import ask_or_stand_in
from agents.nodes.telling import told_step
from agents.schema import Idea, Novelty, Source
from agents.services import Services
from agents.state import RunState, Update
from agents.tasks import JudgeNovelty, NoveltyOpinion, PlanNoveltySearch

HITS_PER_QUERY = 12
NEAREST = 8
"""Sources that the judge is shown."""


def judge_novelty(_: RunState, services: Services) -> Update:
    """Write novelty.json; what was found joins sources.json, so that a paper may cite what it is compared with."""
    judging = _Judging(services)
    ideas = read_ideas(services)
    verdicts: list[Novelty] = []
    for position, idea in enumerate(ideas):
        with told_step(services, "judge_novelty", f"idea {idea.id}", done=position + 1, total=len(ideas)):
            verdicts.append(judging.judge(idea, ideas[:position]))
    write_records(services.folder / "sources.json", judging.sources)
    write_records(services.folder / "novelty.json", verdicts)
    return {}


class _Judging:
    """One pass over a run's ideas: the sources known so far, the finished studies of other runs, the embedding."""

    def __init__(self, services: Services) -> None:
        self.sources: list[Source] = list(read_sources(services))
        self._survey = tuple(self.sources)
        self._services = services
        self._finished = finished_elsewhere(services.settings.workspace, services.folder)
        self._embed = find_embedding()
        self._is_told = False

    def judge(self, idea: Idea, earlier: Sequence[Idea]) -> Novelty:
        """The verdict on one idea. Twins need no model and no search."""
        if twin := find_earlier(idea, earlier):
            return known_twin(idea, twin.id, "An earlier idea of this archive asks the same question.")
        if study := find_twin(idea, self._finished):
            return known_twin(idea, study.name, _finished_reason(study))
        alike = {
            f"elsewhere-{number}": study
            for number, study in enumerate(find_alike(idea, self._finished, self._embed), 1)
        }
        others = [study.idea.model_copy(update={"id": name}) for name, study in alike.items()]
        verdict = self._judge(idea, [*earlier, *others])
        elsewhere = alike.get(verdict.nearest or "")
        return verdict.model_copy(update={"nearest": elsewhere.name}) if elsewhere else verdict

    def _judge(self, idea: Idea, earlier: Sequence[Idea]) -> Novelty:
        """The verdict of search and judge. A technique recalled that nothing confirmed is searched for by its name."""
        plan, _ = ask_or_stand_in(PlanNoveltySearch(idea=idea), self._services.model, self._services)
        found = self._search((*plan.queries, *names_in(plan.recalled)))
        opinion, hits = self._ask(idea, earlier, found, plan.recalled)
        names = [name for name in names_in(opinion.recalled) if name not in found.queries]
        if names and opinion.nearest is None:
            more = found.joined(self._search(names))
            if more.sources != found.sources:
                opinion, hits = self._ask(idea, earlier, more, opinion.recalled)
            found = more
        self.sources = merge_sources(self.sources, hits)
        return settle_novelty(idea, opinion, found, hits, earlier)

    def _search(self, queries: Sequence[str]) -> Searched:
        """What the queries bring, under the keys by which the run knows its sources already."""
        found = search_all(self._services.literature, queries, HITS_PER_QUERY)
        keyed = merge_sources(self.sources, found.sources)
        titles = {normalised_title(source.title) for source in found.sources}
        sources = tuple(source for source in keyed if normalised_title(source.title) in titles)
        return found.model_copy(update={"sources": sources})

    def _ask(
        self, idea: Idea, earlier: Sequence[Idea], found: Searched, recalled: str
    ) -> tuple[NoveltyOpinion, list[Source]]:
        """The judge's opinion, and the sources that it was shown: the nearest of the search and of the run's survey."""
        if self._embed is None and found.reached:
            self._tell_of_words_alone()
        candidates = merge_sources(found.sources, self._survey)
        hits = rank_sources(idea, found.queries, candidates, self._embed)[:NEAREST]
        shown = tuple(without_instructions(source) for source in hits)
        task = JudgeNovelty(
            idea=idea, sources=shown, earlier=tuple(earlier), answered=found.answered, recalled=recalled
        )
        return ask_or_stand_in(task, self._services.model, self._services)[0], hits

    def _tell_of_words_alone(self) -> None:
        """Once, and only where it matters: a template's own bibliography shows nothing either way."""
        if not self._is_told:
            consequence = "the nearest work is found by words alone; pip install 'naturalist[embeddings]'"
            event = Degraded(at=time.time(), what="the extra 'embeddings' is not installed", consequence=consequence)
            self._services.events.emit(event)
        self._is_told = True


def _finished_reason(study: FinishedStudy) -> str:
    title = study.idea.title.strip().rstrip(".")
    return f"A finished study of an earlier run of this workspace, “{title}”, asks the same question."
