"""Whether each idea is new: what was searched for, what came, and the verdict that this bears out."""

import time
from collections.abc import Sequence
from functools import cached_property

from agents.events import Degraded
from agents.ideas.embedding import Embed, find_embedding
from agents.ideas.nearness import rank_sources
from agents.ideas.searching import Searched, merge_sources, names_in, search_all
from agents.ideas.twins import FinishedStudy, find_alike, find_earlier, find_twin, finished_elsewhere
from agents.ideas.verdict import known_twin, settle_novelty
from agents.literature.addressed import without_instructions
from agents.literature.cascade import normalised_title
from agents.nodes.artefacts import read_ideas, read_novelty, read_sources, read_survey, write_records
from agents.nodes.asking import ask_or_stand_in
from agents.nodes.telling import told_step
from agents.schema import Idea, Novelty, Source
from agents.services import Services
from agents.state import RunState, Update
from agents.tasks import JudgeNovelty, NoveltyOpinion, PlanNoveltySearch

HITS_PER_QUERY = 12
NEAREST = 8
"""Sources that the judge is shown."""


def judge_novelty(state: RunState, services: Services) -> Update:
    """Write novelty.json; what was found joins sources.json, so that a paper may cite what it is compared with.

    After the first generation verdicts stand, and only ideas that came since are judged.
    """
    ideas, judging = read_ideas(services), _Judging(services)
    known = read_novelty(services) if state.get("chosen") else {}
    verdicts: list[Novelty] = []
    for place, idea in enumerate(ideas):
        with told_step(services, "judge_novelty", f"idea {idea.id}", done=place + 1, total=len(ideas)):
            verdicts.append(known.get(idea.id) or judging.judge(idea, ideas[:place]))
    write_records(services.folder / "sources.json", judging.sources)
    write_records(services.folder / "novelty.json", verdicts)
    return {}


class _Judging:
    """One pass over a run's ideas: the sources known so far, the finished studies of other runs, the embedding."""

    def __init__(self, services: Services) -> None:
        self.sources: list[Source] = list(read_sources(services))
        self._survey = tuple(self.sources)
        self._services = services
        self._is_told = False

    @cached_property
    def _finished(self) -> Sequence[FinishedStudy]:
        return finished_elsewhere(self._services.settings.workspace, self._services.folder)

    @cached_property
    def _embed(self) -> Embed | None:
        return find_embedding()

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
        recalled, found = self._look_for(idea)
        hits = self._nearest(idea, found)
        opinion = self._ask(idea, earlier, found, hits, recalled)
        names = [name for name in names_in(opinion.recalled) if name not in found.queries]
        if names and opinion.nearest is None and (found.answered or not self._is_cut_off):
            found = found.joined(self._search(names))
            nearest = self._nearest(idea, found)
            if {source.key for source in nearest} != {source.key for source in hits}:
                opinion, hits = self._ask(idea, earlier, found, nearest, opinion.recalled), nearest
        self.sources = merge_sources(self.sources, hits)
        return settle_novelty(idea, opinion, found, hits, earlier)

    def _look_for(self, idea: Idea) -> tuple[str, Searched]:
        """The techniques that the judge recalls, and what its queries brought.

        Where no source answered the survey, and none answers the idea's own title now, it is not asked for queries.
        """
        if self._is_cut_off:
            found = self._search((idea.title,))
            if not found.answered:
                return "", found
        plan, _ = ask_or_stand_in(PlanNoveltySearch(idea=idea), self._services.model, self._services)
        return plan.recalled, self._search((*plan.queries, *names_in(plan.recalled)))

    @cached_property
    def _is_cut_off(self) -> bool:
        survey = read_survey(self._services)
        return survey is not None and not survey.answered

    def _search(self, queries: Sequence[str]) -> Searched:
        """What the queries bring, under the keys by which the run knows its sources already."""
        found = search_all(self._services.literature, queries, HITS_PER_QUERY)
        keyed = merge_sources(self.sources, found.sources)
        titles = {normalised_title(source.title) for source in found.sources}
        sources = tuple(source for source in keyed if normalised_title(source.title) in titles)
        return found.model_copy(update={"sources": sources})

    def _nearest(self, idea: Idea, found: Searched) -> list[Source]:
        """The nearest of the search and of the run's survey, which the judge is shown."""
        if self._embed is None and found.reached:
            self._tell_of_words_alone()
        candidates = merge_sources(found.sources, self._survey)
        return rank_sources(idea, found.queries, candidates, self._embed)[:NEAREST]

    def _ask(
        self, idea: Idea, earlier: Sequence[Idea], found: Searched, hits: Sequence[Source], recalled: str
    ) -> NoveltyOpinion:
        shown = tuple(without_instructions(source) for source in hits)
        task = JudgeNovelty(
            idea=idea, sources=shown, earlier=tuple(earlier), answered=found.answered, recalled=recalled
        )
        return ask_or_stand_in(task, self._services.model, self._services)[0]

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
