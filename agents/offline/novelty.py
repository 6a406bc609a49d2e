"""What the built-in researcher can say of novelty and of citations: what words alone show, which is little."""

from collections.abc import Sequence

from agents.literature.wording import overlap, stems
from agents.schema import Idea, Source
from agents.tasks import (
    CheckSupport,
    CitingSentence,
    JudgeNovelty,
    NoveltyOpinion,
    NoveltyQueries,
    PlanNoveltySearch,
    Support,
    SupportBatch,
)

CLEAR_OVERLAP = 0.6
"""Share of a sentence's content words in title and abstract from which it is taken to follow them."""


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
    """Return supports where most words of a sentence stand in the abstract, else cannot tell; never a refusal."""
    return SupportBatch(verdicts=tuple(_support(each) for each in task.sentences))


def _support(each: CitingSentence) -> Support:
    own = stems(each.sentence.replace(f"[{each.key}]", " "))
    is_clear = bool(each.abstract.strip()) and overlap(own, stems(f"{each.title} {each.abstract}")) >= CLEAR_OVERLAP
    reason = "most of its words stand there" if is_clear else "words alone do not show it"
    return Support(number=each.number, verdict="supports" if is_clear else "cannot tell", reason=reason)


def _reason(answered: Sequence[str]) -> str:
    if not answered:
        return "No literature source answered, so nothing is known about earlier work."
    if set(answered) == {"template"}:
        return "Only the template's own bibliography was searched, which cannot show that nobody asked this before."
    return "Sources were found by words alone and nobody read them, which cannot show that nobody asked this before."
