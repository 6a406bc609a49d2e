"""Ideas from what a template declares: main effects, interactions of partners, effects beside a tuned companion; and
from what studies found: whether an effect combines with others, or is there once another knob is tuned."""

import json
import random
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from agents.errors import UserError
from agents.idea_ids import with_own_ids
from agents.offline.phrases import capitalise, join_words, with_article
from agents.offline.topic_fit import fit_knobs
from agents.schema import ArchiveEntry, Hypothesis, Idea, IdeaScores, Knob, Source, Template
from agents.tasks import IdeaBatch, ProposeIdeas

_MOST_COMPANIONS = 2
SAME_NICHE_PENALTY = 0.12
"""What each idea already picked from a niche costs the next one, so that a batch covers more than one knob."""


def propose_ideas(task: ProposeIdeas) -> IdeaBatch:
    """Return the `count` most promising ideas, best first; with an archive only such as follow on from a study in it
    and ask what no other idea asks, of which there may be none."""
    judge = _Judge(task)
    seeds = _seed_ideas(task.template)
    known = [*(entry.idea for entry in task.archive), *task.others]
    drafts = _follow_ups(task) if task.archive else [*_main_effects(task), *_pairs(task)]
    fresh = {_question(idea): _placed(idea, seeds) for idea in drafts}
    if not task.archive:
        fresh.update({_question(idea): idea for idea in seeds})
    for idea in known:
        fresh.pop(_question(idea), None)
    places = {_question(idea): place for place, idea in enumerate(seeds)}
    scored = [judge.scored(idea, places.get(question)) for question, idea in fresh.items()]
    picked = _pick(scored, max(task.count, 1), random.Random(task.seed))
    return IdeaBatch(ideas=tuple(with_own_ids(picked, (idea.id for idea in known))))


class _Question(NamedTuple):
    """What makes two ideas the same study."""

    factors: frozenset[str]
    companions: frozenset[str]


def _question(idea: Idea) -> _Question:
    return _Question(frozenset(idea.hypothesis.factors), frozenset(idea.hypothesis.companions))


def _placed(idea: Idea, seeds: Sequence[Idea]) -> Idea:
    """In the niche that the template's author gives to the leading knob; without one the knob is its own niche."""
    leading = idea.hypothesis.factors[0]
    niche = next((seed.niche for seed in seeds if leading in seed.hypothesis.factors), idea.niche)
    return idea.model_copy(update={"niche": niche})


def _main_effects(task: ProposeIdeas) -> list[Idea]:
    return [_idea(task, (knob,)) for knob in task.template.knobs]


def _pairs(task: ProposeIdeas) -> list[Idea]:
    """For each pair of declared partners: their joint effect, and each one's effect beside the other tuned."""
    ideas: list[Idea] = []
    for knob in task.template.knobs:
        for partner in _partners(task.template, knob):
            ideas.append(_idea(task, (knob,), (partner,)))
            if knob.name not in partner.partners or knob.name < partner.name:
                ideas.append(_idea(task, (knob, partner)))
    return ideas


def _follow_ups(task: ProposeIdeas) -> list[Idea]:
    """What a study of one factor suggests. An effect that is there: does it combine with a knob that was left alone?
    One that was not found: is it there once another knob is tuned beside it?"""
    ideas: list[Idea] = []
    for entry in task.archive:
        if len(entry.idea.hypothesis.factors) == 1:
            ideas += _one_knob_more(task, entry)
    return ideas


def _one_knob_more(task: ProposeIdeas, entry: ArchiveEntry) -> list[Idea]:
    claim, parents = entry.idea.hypothesis, (entry.idea.id,)
    first = task.template.knob(claim.factors[0])
    beside = tuple(task.template.knob(name) for name in claim.companions)
    left = [knob for knob in task.template.knobs if knob.name not in (*claim.factors, *claim.companions)]
    if entry.verdict.label == "supported":
        return [_idea(task, (first, other), beside, parents) for other in left]
    return (
        [_idea(task, (first,), (*beside, other), parents) for other in left] if len(beside) < _MOST_COMPANIONS else []
    )


def _partners(template: Template, knob: Knob) -> list[Knob]:
    return [other for other in template.knobs if other.name in knob.partners and other.name != knob.name]


def _idea(
    task: ProposeIdeas, factors: Sequence[Knob], companions: Sequence[Knob] = (), parents: tuple[str, ...] = ()
) -> Idea:
    template = task.template
    return Idea(
        id=_slug("-".join(knob.name for knob in factors) + "".join(f"-beside-{knob.name}" for knob in companions)),
        title=_title(template, factors, companions),
        template=template.name,
        hypothesis=Hypothesis(
            statement=_statement(template, factors, companions),
            metric=template.metric.name,
            direction=template.metric.direction,
            smallest_effect=template.metric.smallest_effect,
            factors=tuple(knob.name for knob in factors),
            companions=tuple(knob.name for knob in companions),
        ),
        plan=_plan(factors, companions),
        related=_cited(factors, task.sources),
        risks=_risks(factors),
        scores=_UNSCORED,
        parents=parents,
        niche=factors[0].name,
    )


_UNSCORED = IdeaScores(interest=0, feasibility=0, fit=0)


def _title(template: Template, factors: Sequence[Knob], companions: Sequence[Knob]) -> str:
    """A neutral phrase, never a claim."""
    subject, metric = join_words([knob.label for knob in factors]), template.metric.label
    beside = f", with {join_words([with_article(knob.label) for knob in companions])} tuned" if companions else ""
    title = f"the joint effect of {subject} on {metric}" if len(factors) > 1 else f"{subject} and {metric}{beside}"
    return capitalise(title)


def _statement(template: Template, factors: Sequence[Knob], companions: Sequence[Knob]) -> str:
    verb = "raises" if template.metric.direction == "maximize" else "lowers"
    labels = join_words([with_article(knob.label) for knob in factors])
    where = "their defaults together" if len(factors) > 1 else "its default"
    beside = (
        f", with {join_words([with_article(knob.label) for knob in companions])} tuned alongside," if companions else ""
    )
    change = f"Setting {labels} away from {where}{beside} {verb} {template.metric.label}"
    return f"{change} by at least the smallest effect that matters."


def _plan(factors: Sequence[Knob], companions: Sequence[Knob]) -> str:
    labels = join_words([with_article(knob.label) for knob in (*factors, *companions)])
    own = join_words([with_article(knob.label) for knob in factors])
    back = "their defaults" if len(factors) > 1 else "its default"
    return (
        f"Search the settings of {labels} starting from the baseline. Confirm the best one on fresh seeds against "
        f"the same configuration with {own} back at {back}, paired by seed, and take its changes apart one by one."
    )


def _cited(factors: Sequence[Knob], sources: Iterable[Source]) -> tuple[str, ...]:
    found = {source.key for source in sources}
    return tuple(dict.fromkeys(key for knob in factors for key in knob.cites if key in found))


def _risks(factors: Sequence[Knob]) -> tuple[str, ...]:
    risks = ["The effect may be smaller than the variation from seed to seed."]
    coarse = [knob.label for knob in factors if len(knob.values) <= 3]
    if coarse:
        risks.append(f"Few settings of {join_words(coarse)} are tried, so a better one may lie between them.")
    return tuple(risks)


_NAMES_A_KNOB = 0.5
"""Fit from which a topic is taken to name a knob."""
_PER_PLACE = 0.03


class _Judge:
    """Prior scores of ideas from measurable features. Fit to the topic has the widest range, so it decides."""

    def __init__(self, task: ProposeIdeas) -> None:
        self._template = task.template
        self._fits = fit_knobs(task.topic, task.template)
        self._found = {source.key for source in task.sources}
        self._archive = task.archive
        self._experiments = task.experiments

    def scored(self, idea: Idea, place: int | None) -> Idea:
        """The idea with its scores. `place` is the idea's among the author's own. Where the topic names no knob, it is
        about the template's subject, which the author's ideas fit best, the first of them most."""
        best = max(self._fits.values())
        fit = max(0.0, best - _PER_PLACE * place) if place is not None and best < _NAMES_A_KNOB else self._fit(idea)
        scores = IdeaScores(interest=self._interest(idea), feasibility=self._feasibility(idea), fit=fit)
        return idea.model_copy(update={"scores": scores})

    def _fit(self, idea: Idea) -> float:
        """The weakest factor counts most; a companion that the topic does not name makes the idea less to the point."""
        fits = sorted(self._fits[name] for name in idea.hypothesis.factors)
        own = fits[0] if len(fits) == 1 else 0.75 * fits[0] + 0.25 * fits[-1]
        beside = [self._fits[name] for name in idea.hypothesis.companions]
        off_topic = 0.2 * (1 - min(beside)) if beside else 0.0
        bonus = 0.02 * (len(fits) + len(beside) - 1) * (min(fits + beside) > 0.8)
        return min(1.0, max(0.0, own * (1 - off_topic) + bonus))

    def _interest(self, idea: Idea) -> float:
        """Cited reasons and declared partners make a knob interesting; what reviews said of its niche shifts it."""
        knobs = [self._template.knob(name) for name in idea.hypothesis.factors]
        cited = sum(len(self._found.intersection(knob.cites)) for knob in knobs) / len(knobs)
        partners = sum(len(knob.partners) for knob in knobs) / len(knobs)
        prior = 0.4 + 0.05 * min(cited, 2) + 0.03 * min(partners, 3) + 0.05 * (len(knobs) > 1)
        return min(1.0, max(0.0, prior + self._lesson(idea)))

    def _lesson(self, idea: Idea) -> float:
        """Mean shift from studies in the same niche: a good review and an effect that was there raise the interest."""
        mine = [entry for entry in self._archive if entry.idea.niche == idea.niche]
        worth = {"supported": 0.1, "inconclusive": 0.0, "refuted": -0.15}
        shifts = [worth[entry.verdict.label] + (entry.review.overall - 5.5) / 45 for entry in mine]
        return sum(shifts) / len(shifts) if shifts else 0.0

    def _feasibility(self, idea: Idea) -> float:
        """Whether the search is long enough for the knobs, and they enough for the search.

        Up to eight settings are always within reach; a longer search reaches one doubling more for every six of its
        experiments. One with four times as many experiments as there are settings mostly repeats itself.
        """
        settings = 1
        for name in idea.hypothesis.factors + idea.hypothesis.companions:
            settings *= max(len(self._template.knob(name).values), 2)
        beyond = (settings - 1).bit_length() - max(3, self._experiments // 6)
        idle = (self._experiments // (4 * settings)).bit_length()
        return max(0.3, 1.0 - 0.06 * max(0, beyond) - 0.06 * idle)


def _pick(ideas: list[Idea], count: int, rng: random.Random) -> list[Idea]:
    """Greedy by total score less a penalty per idea of the same niche; ties fall by the seed."""
    left = list(ideas)
    rng.shuffle(left)
    picked: list[Idea] = []
    while left and len(picked) < count:
        best = max(left, key=lambda idea: _total(idea) - SAME_NICHE_PENALTY * _taken(idea, picked))
        left.remove(best)
        picked.append(best)
    return picked


def _total(idea: Idea) -> float:
    return idea.scores.fit + 0.5 * idea.scores.interest + 0.3 * idea.scores.feasibility


def _taken(idea: Idea, picked: Sequence[Idea]) -> int:
    return sum(other.niche == idea.niche for other in picked)


def _seed_ideas(template: Template) -> list[Idea]:
    """The template author's own ideas; raises UserError when the file does not fit the template."""
    path = template.path / "ideas.json"
    if not path.exists():
        return []
    try:
        rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        ideas = [Idea.model_validate({**row, "scores": _UNSCORED, "template": template.name}) for row in rows]
    except (OSError, ValueError, TypeError, ValidationError) as error:
        raise UserError(f"{path}: {str(error).splitlines()[0]}; it must be a list of ideas without scores") from error
    known = {knob.name for knob in template.knobs}
    for idea in ideas:
        if strange := set(idea.hypothesis.factors + idea.hypothesis.companions) - known:
            raise UserError(f"{path}: idea {idea.id!r} names unknown knobs {sorted(strange)}; known: {sorted(known)}")
    return ideas


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].rstrip("-")
