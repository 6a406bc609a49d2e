"""A panel's review of a paper: members review side by side, one model brings their forms together, code keeps count."""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from statistics import fmean, stdev
from typing import NamedTuple

from reviewer.panel.errors import PanelError
from reviewer.panel.form import SCORES
from reviewer.panel.manuscript import TOKENS, prepare_manuscript
from reviewer.panel.merging import bring_together
from reviewer.panel.model import Member, is_same_model
from reviewer.panel.parallel import work_side_by_side
from reviewer.panel.prompts import Prompts
from reviewer.panel.review import PanelReview, SignedForm, Trouble
from reviewer.panel.reviewing import Outcome, review_once
from reviewer.panel.rubric import Rubric
from reviewer.schema import Paper

AT_ONCE = 4


def hold_panel(
    paper: Paper,
    members: Sequence[Member],
    rubric: Rubric,
    *,
    reflections: int = 1,
    avoid: Collection[str] = (),
    tokens: int = TOKENS,
    at_once: int = AT_ONCE,
) -> PanelReview:
    """Let the members review a paper by a rubric; blinded and screened here, whatever was done before.

    Reviewers are missing where their models fail; the review says so. Models named in `avoid` wrote the draft and do
    not review it, unless there is no other. With models that answer the same to the same, the review is the same in
    whatever order the members are named. Raises PanelError if there is nobody, or nobody gave a form.
    """
    seats = _choose_seats(members, avoid)
    prompts, manuscript = Prompts(rubric), prepare_manuscript(paper, tokens)
    numbered = [(f"R{number}", member) for number, member in enumerate(seats.members, start=1)]

    def work(seat: tuple[str, Member]) -> Outcome:
        return review_once(seat[1], seat[0], prompts, manuscript, reflections)

    outcomes = work_side_by_side(work, numbered, at_once)
    forms = [outcome.signed for outcome in outcomes if outcome.signed]
    troubles = [trouble for outcome in outcomes for trouble in outcome.troubles]
    if not forms:
        raise PanelError(f"no reviewer gave a review: {'; '.join(f'{each.who} {each.detail}' for each in troubles)}")
    told = bring_together(forms, _chair(seats.members, forms), prompts)
    return PanelReview(
        venue=rubric.venue,
        config_key=describe_panel(members, prompts, reflections),
        prompt_sha256=prompts.sha256,
        summary=told.summary,
        strengths=told.strengths,
        weaknesses=told.weaknesses,
        minority=told.minority,
        questions=told.questions,
        limitations=told.limitations,
        scores={name: fmean(_values(forms, name)) for name in SCORES},
        spreads={name: _spread(_values(forms, name)) for name in SCORES},
        decision="accept" if _votes(forms) > len(forms) / 2 else "reject",
        forms=tuple(forms),
        troubles=(*seats.troubles, *troubles, *told.troubles),
        notes=(*seats.notes, *manuscript.notes),
    )


def describe_panel(members: Sequence[Member], prompts: Prompts, reflections: int) -> str:
    """The key that a calibration of this panel is kept under: models, rounds, size, and a hash of all that is asked.

    The size of the panel is part of it, not how many answered.
    """
    ordered = sorted(members, key=lambda member: member.key)
    models = Counter(member.model.name for member in ordered)
    named = "+".join(f"{name}*{count}" if count > 1 else name for name, count in models.items())
    asked = repr((prompts.sha256, reflections, [member.key for member in ordered]))
    digest = hashlib.sha256(asked.encode()).hexdigest()[:12]
    return f"{named}_reflect_{reflections}_ensemble_{len(ordered)}_{digest}"


class _Seats(NamedTuple):
    members: tuple[Member, ...]
    troubles: tuple[Trouble, ...] = ()
    notes: tuple[str, ...] = ()


def _choose_seats(members: Sequence[Member], avoid: Collection[str]) -> _Seats:
    """The members who may review, in an order that does not hang on how they were named."""
    if not members:
        raise PanelError("a panel needs a reviewer: name a model")
    ordered = sorted(members, key=lambda member: member.key)
    writers = [member for member in ordered if any(is_same_model(member.model.name, name) for name in avoid)]
    others = [member for member in ordered if member not in writers]
    names = ", ".join(sorted({member.model.name for member in writers}))
    if not others:
        return _Seats(tuple(ordered), notes=(f"{names} wrote this draft and reviews it all the same: no other model",))
    refused = Trouble(who=names, kind="partial", detail="wrote this draft, so it does not review it")
    return _Seats(tuple(others), troubles=(refused,) if writers else ())


def _chair(members: Sequence[Member], forms: Sequence[SignedForm]) -> Member:
    """The first member whose review came: its model works."""
    came = {int(signed.reviewer[1:]) for signed in forms}
    return members[min(came) - 1]


def _values(forms: Sequence[SignedForm], name: str) -> list[float]:
    return [float(getattr(signed.form, name)) for signed in forms]


def _spread(values: Sequence[float]) -> float:
    return stdev(values) if len(values) > 1 else 0.0


def _votes(forms: Sequence[SignedForm]) -> int:
    return sum(signed.form.decision == "accept" for signed in forms)
