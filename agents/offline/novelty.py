"""What the built-in researcher can say of novelty and of citations: what words alone show, which is little."""

from collections.abc import Sequence

from agents.literature.wording import overlap, stems
from agents.schema import Idea, Source
from agents.tasks import (
    CheckSupport,
    JudgeNovelty,
    NoveltyOpinion,
    NoveltyQueries,
    PlanNoveltySearch,
    Support,
    SupportBatch,
)


def plan_search(task: PlanNoveltySearch) -> NoveltyQueries:
    """Return queries of the idea's own words; it recalls nothing, since it has read nothing."""
    idea = task.idea
    factors = " ".join(name.replace("_", " ") for name in idea.hypothesis.factors)
    queries = dict.fromkeys((idea.title, f"{factors} {idea.hypothesis.statement}"))
    return NoveltyQueries(queries=tuple(queries))


def judge_novelty(task: JudgeNovelty) -> NoveltyOpinion:
    """Return unknown with the nearest source; never novel, since nobody read anything."""
    nearest = nearest_source(task.idea, task.sources)
    return NoveltyOpinion(verdict="unknown", nearest=nearest.key if nearest else None, reason=_reason(task.answered))


def nearest_source(idea: Idea, sources: Sequence[Source]) -> Source | None:
    """The source whose title and abstract share most words with the idea."""
    wanted = stems(f"{idea.title} {' '.join(idea.hypothesis.factors)}")
    return max(sources, key=lambda source: overlap(wanted, stems(f"{source.title} {source.abstract}")), default=None)


def check_support(task: CheckSupport) -> SupportBatch:
    """Return cannot tell for every sentence: shared words do not show that one text says what another does."""
    reason = "nobody read it"
    verdicts = [Support(number=each.number, verdict="cannot tell", reason=reason) for each in task.sentences]
    return SupportBatch(verdicts=tuple(verdicts))


def _reason(answered: Sequence[str]) -> str:
    if not answered:
        return "No literature source answered, so nothing is known about earlier work."
    if set(answered) == {"template"}:
        return "Only the template's own bibliography was searched, which cannot show that nobody asked this before."
    return "Sources were found by words alone and nobody read them, which cannot show that nobody asked this before."
