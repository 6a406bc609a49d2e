"""Which idea to study next: its own promise, what the reviews of finished studies say about its like, and curiosity.

Reviews are carried over by kernel regression (Nadaraya 1964, Watson 1964) with a pseudo-observation of zero, so that
one review does not decide alone; ideas unlike anything studied get the bonus of an upper confidence bound (UCB1: Auer
et al. 2002; its kernel form: Valko et al. 2013). No model is asked, and equal inputs give equal choices.
"""

import math
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

from agents.schema import ArchiveEntry, Idea, Novelty, Record

REVIEW_WEIGHT = 0.5
"""How far a regressed lesson of one moves a score; a prior lies in [0, 1]."""
CURIOSITY = 0.1
VERDICT_WEIGHT = 0.5
"""What a verdict adds to the review's opinion, which lies in [-1, 1]."""
PSEUDO_STUDIES = 0.5
SAME_NICHE = 0.6
UNRELATED = 0.1
"""Similarity of ideas of one niche without a common factor, and of ideas with nothing in common."""


class ChosenIdea(Record):
    """An idea to study, its score, and in words why."""

    idea: Idea
    score: float
    reason: str


def choose_idea(
    ideas: Sequence[Idea], archive: Sequence[ArchiveEntry], novelty: Mapping[str, Novelty], count: int
) -> tuple[ChosenIdea, ...]:
    """Choose up to `count` ideas, best first; ties go to the earlier one.

    What the archive already answers is never chosen, what may be known only when nothing else is left, and last
    what is known. Fewer than `count` come back when the ideas run out.
    """
    studied = [_question(entry.idea) for entry in archive]
    left: list[Idea] = [idea for idea in ideas if _question(idea) not in studied and not _is_in(idea, archive)]
    chosen: list[ChosenIdea] = []
    while left and len(chosen) < count:
        pending = [choice.idea for choice in chosen]
        ranked = sorted((_appraise(idea, archive, novelty, pending) for idea in left), key=lambda it: it.rank)
        chosen.append(ChosenIdea(idea=ranked[0].idea, score=ranked[0].score, reason=_reason(ranked)))
        left = [idea for idea in left if _question(idea) != _question(chosen[-1].idea)]
    return tuple(chosen)


def similarity(idea: Idea, other: Idea) -> float:
    """Likeness in [0, 1] of two ideas: the share of their factors in common, at least so much for a common niche."""
    if idea.template != other.template:
        return UNRELATED
    ours, theirs = set(idea.hypothesis.factors), set(other.hypothesis.factors)
    in_common = len(ours & theirs) / len(ours | theirs)
    return max(UNRELATED, in_common, SAME_NICHE if idea.niche == other.niche else 0.0)


class _Lesson(NamedTuple):
    """What one finished study says of an idea: `value` in [-1.5, 1.5], with a weight in [0, 1]."""

    entry: ArchiveEntry
    value: float
    weight: float


class _Age(IntEnum):
    """How much speaks for an idea's being known: nothing, techniques that the judge recalls in it, the judge's word
    without a source, or a source."""

    OPEN = 0
    RECALLED = 1
    SUSPECTED = 2
    KNOWN = 3


class _Appraisal(NamedTuple):
    idea: Idea
    age: _Age
    prior: float
    lessons: tuple[_Lesson, ...]
    bonus: float

    @property
    def lesson(self) -> float:
        """The regressed lesson of all studies."""
        total = sum(lesson.weight for lesson in self.lessons)
        return sum(lesson.weight * lesson.value for lesson in self.lessons) / (PSEUDO_STUDIES + total)

    @property
    def score(self) -> float:
        return self.prior + REVIEW_WEIGHT * self.lesson + CURIOSITY * self.bonus

    @property
    def rank(self) -> tuple[int, float]:
        """Sorts the best first."""
        return self.age, -self.score


def _appraise(
    idea: Idea, archive: Sequence[ArchiveEntry], novelty: Mapping[str, Novelty], pending: Sequence[Idea]
) -> _Appraisal:
    """Ideas chosen beside this one (`pending`) count as studied for curiosity, though they have taught nothing yet."""
    touched = sum(similarity(idea, other) for other in [*(entry.idea for entry in archive), *pending])
    studies = len(archive) + len(pending)
    return _Appraisal(
        idea=idea,
        age=_age(novelty.get(idea.id)),
        prior=_prior(idea),
        lessons=tuple(_learn(idea, entry) for entry in archive),
        bonus=math.sqrt(math.log1p(studies) / (1 + touched)),
    )


def _age(novelty: Novelty | None) -> _Age:
    if novelty is None:
        return _Age.OPEN
    if novelty.verdict == "known":
        return _Age.KNOWN
    if novelty.is_suspected:
        return _Age.SUSPECTED
    return _Age.RECALLED if novelty.recalled else _Age.OPEN


def _prior(idea: Idea) -> float:
    """Promise in [0, 1] before any study; answering the topic counts most."""
    return 0.6 * idea.scores.fit + 0.25 * idea.scores.interest + 0.15 * idea.scores.feasibility


def _learn(idea: Idea, entry: ArchiveEntry) -> _Lesson:
    """The review's overall score and the verdict; doubtful soundness tempers the verdict, low confidence the whole."""
    opinion = (entry.review.overall - 5.5) / 4.5
    soundness = (entry.review.soundness - 1) / 3
    value = opinion + VERDICT_WEIGHT * soundness * _follow_up(idea, entry)
    return _Lesson(entry, value, similarity(idea, entry.idea) * entry.review.confidence / 5)


def _follow_up(idea: Idea, entry: ArchiveEntry) -> float:
    """A supported effect invites its combination with others; a refuted one speaks against its factors, but for an idea
    that was thought of because of it: whoever scored that knew."""
    factors, shown = set(idea.hypothesis.factors), set(entry.idea.hypothesis.factors)
    if idea.template != entry.idea.template:
        return 0.0
    if entry.verdict.label == "supported":
        return 1.0 if shown <= factors.union(idea.hypothesis.companions) and factors - shown else 0.0
    is_answered = entry.idea.id in idea.parents
    return -1.0 if entry.verdict.label == "refuted" and factors & shown and not is_answered else 0.0


class _Question(NamedTuple):
    """What makes two ideas the same study, whatever they are called. Without a template factors are but words, of which
    two ideas may use the same: there `own` is the idea's id."""

    template: str | None
    factors: frozenset[str]
    companions: frozenset[str]
    own: str


def _question(idea: Idea) -> _Question:
    own = idea.id if idea.template is None else ""
    return _Question(idea.template, frozenset(idea.hypothesis.factors), frozenset(idea.hypothesis.companions), own)


def _is_in(idea: Idea, archive: Sequence[ArchiveEntry]) -> bool:
    return any(entry.idea.id == idea.id for entry in archive)


# --- in words ------------------------------------------------------


_AGED = {
    _Age.RECALLED: "the judge recalls techniques like it, which no source confirmed, but nothing newer is left",
    _Age.SUSPECTED: "the judge calls it known, which no source confirmed, but nothing newer is left",
    _Age.KNOWN: "it is known already, but nothing newer is left",
}


def _reason(ranked: Sequence[_Appraisal]) -> str:
    best = ranked[0]
    parts = [_promise(best, ranked), *_taught(best), *_overtaken(best, ranked)]
    if best.age:
        parts.append(_AGED[best.age])
    return "; ".join(parts)


def _promise(best: _Appraisal, ranked: Sequence[_Appraisal]) -> str:
    if best.idea.scores.fit == max(other.idea.scores.fit for other in ranked):
        return "no open idea fits the topic better"
    return "it is the most promising of the open ideas, all told"


def _taught(best: _Appraisal) -> list[str]:
    """The one study that moved the score most, if it is related and moved it at all."""
    related = [lesson for lesson in best.lessons if similarity(best.idea, lesson.entry.idea) > UNRELATED]
    if not related:
        return ["no study has touched its niche yet"] if best.lessons else []
    strongest = max(related, key=lambda lesson: abs(lesson.weight * lesson.value))
    way = "raised" if strongest.value > 0 else "lowered" if strongest.value < 0 else "left unchanged"
    entry = strongest.entry
    return [f"the review of {entry.study}, a related study with the verdict {entry.verdict.label}, {way} its score"]


def _overtaken(best: _Appraisal, ranked: Sequence[_Appraisal]) -> list[str]:
    """Which idea would have been first had the reviews said nothing either way."""
    unswayed = min(ranked, key=lambda it: (it.age, -(it.score - REVIEW_WEIGHT * it.lesson)))
    if unswayed is best:
        return []
    studies = list(dict.fromkeys(lesson.entry.study for lesson in (*unswayed.lessons, *best.lessons)))
    reviews = f"the review of {studies[0]}" if len(studies) == 1 else f"the reviews of {', '.join(studies)}"
    return [f'{reviews} put it before "{unswayed.idea.title}", which comes first without'] if studies else []
