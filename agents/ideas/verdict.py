"""What a judge's opinion of novelty is worth. The rules are the harness's: no reply can talk its way past them.

`Novelty` is made here, from what was asked and what came; the judge can choose among the hits, never add to them.
"""

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from agents.ideas.searching import Searched
from agents.schema import Idea, Novelty, Source
from agents.tasks import NoveltyOpinion

FEWEST_POINTS = 2
"""Points of comparison without which nothing is called novel."""
NOBODY_ANSWERED = "No literature source answered, so nothing is known about earlier work."
ONLY_OWN = (
    "Only a template's bibliography or a user's library was searched, which cannot show that nobody asked this before."
)
NO_NEAREST = "The nearest work that was named is none that the search returned, so nothing is claimed."
NOT_COMPARED = "The idea was not compared with the nearest work point by point, so nothing is claimed."
ALL_SAME = "The comparison found no point in which the idea differs from the nearest work, so it is not called new."
RECALLED = "A known technique was recalled that no source confirmed, so the idea is not called new."
NO_GROUND = "It was called known without naming any work or technique, so nothing is claimed."

Verdict = Literal["novel", "known", "unknown"]


class _Held(NamedTuple):
    """What is left of a verdict; `reason` is empty where the judge's own stands."""

    verdict: Verdict
    reason: str = ""


def settle_novelty(
    idea: Idea, opinion: NoveltyOpinion, found: Searched, hits: Sequence[Source], earlier: Collection[Idea]
) -> Novelty:
    """Return the verdict that the opinion and the search together bear out; what they do not is unknown.

    `hits` are the sources that the judge saw, nearest first; `earlier` the ideas of the run before this one.
    """
    keys = {source.key for source in hits}
    nearest = opinion.nearest if opinion.nearest in keys | {other.id for other in earlier} else None
    held = _hold(opinion, nearest, nearest in keys, found)
    is_confirmed = nearest in keys and held.verdict == "known"
    return Novelty(
        idea=idea.id,
        verdict=held.verdict,
        nearest=nearest,
        reason=held.reason or opinion.reason,
        queries=found.queries,
        hits=tuple(source.key for source in hits),
        comparison=opinion.comparison if nearest else (),
        recalled="" if is_confirmed else opinion.recalled.strip(),
        is_suspected=opinion.verdict == "known" and held.verdict == "unknown",
    )


def known_twin(idea: Idea, nearest: str, reason: str) -> Novelty:
    """The verdict on an idea that was had before."""
    return Novelty(idea=idea.id, verdict="known", nearest=nearest, reason=reason)


def _hold(opinion: NoveltyOpinion, nearest: str | None, is_found: bool, found: Searched) -> _Held:
    if not found.answered:
        return _Held("unknown", NOBODY_ANSWERED)
    if opinion.verdict == "known":
        has_ground = nearest is not None or bool(opinion.recalled.strip())
        return _Held("known") if has_ground else _Held("unknown", NO_NEAREST if opinion.nearest else NO_GROUND)
    if opinion.verdict == "novel":
        return _hold_novel(opinion, is_found, found)
    return _Held("unknown")


def _hold_novel(opinion: NoveltyOpinion, is_found: bool, found: Searched) -> _Held:
    """Novel is the strongest claim, so everything must speak for it."""
    if not found.reached:
        return _Held("unknown", ONLY_OWN)
    if not is_found:
        return _Held("unknown", NO_NEAREST)
    if len(opinion.comparison) < FEWEST_POINTS:
        return _Held("unknown", NOT_COMPARED)
    if all(point.is_same for point in opinion.comparison):
        return _Held("unknown", ALL_SAME)
    if opinion.recalled.strip():
        return _Held("unknown", RECALLED)
    return _Held("novel")
