"""What the built-in researcher can say of novelty: that it knows of an earlier study, or that it does not know."""

from collections.abc import Sequence

from agents.literature.wording import overlap, stems
from agents.schema import Idea, Novelty, Source
from agents.tasks import JudgeNovelty


def judge_novelty(task: JudgeNovelty) -> Novelty:
    """Return known for a question that an earlier idea asks, else unknown; never novel, since no service was asked."""
    twin = next((idea for idea in task.earlier if _asks_the_same(idea, task.idea)), None)
    nearest = nearest_source(task.idea, task.sources)
    title = nearest.title if nearest else None
    if twin is not None:
        reason = "An earlier idea of this archive asks the same question of the same template."
        return Novelty(idea=task.idea.id, verdict="known", nearest=twin.title, reason=reason)
    return Novelty(idea=task.idea.id, verdict="unknown", nearest=title, reason=_reason(task.sources))


def nearest_source(idea: Idea, sources: Sequence[Source]) -> Source | None:
    """The source whose title and abstract share most words with the idea."""
    wanted = stems(f"{idea.title} {' '.join(idea.hypothesis.factors)}")
    return max(sources, key=lambda source: overlap(wanted, stems(f"{source.title} {source.abstract}")), default=None)


def _asks_the_same(one: Idea, other: Idea) -> bool:
    """Same template, same factors, same companions: whatever is tuned beside the factors is part of the question."""
    return (
        one.template == other.template
        and set(one.hypothesis.factors) == set(other.hypothesis.factors)
        and set(one.hypothesis.companions) == set(other.hypothesis.companions)
    )


def _reason(sources: Sequence[Source]) -> str:
    origins = {source.origin for source in sources}
    if not origins:
        return "No literature source answered, so nothing is known about earlier work."
    if origins == {"template"}:
        return "Only the template's own bibliography was searched, which cannot show that nobody asked this before."
    return "Sources were found by words alone and nobody read them, which cannot show that nobody asked this before."
