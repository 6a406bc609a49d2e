"""One reviewer at work: a form filled from the paper, looked at again as often as asked, its quotations looked up."""

from typing import NamedTuple

from reviewer.panel.asking import ask
from reviewer.panel.errors import ModelFailed
from reviewer.panel.form import Form, Remark
from reviewer.panel.manuscript import Manuscript
from reviewer.panel.model import Member
from reviewer.panel.prompts import Prompts
from reviewer.panel.quotations import Source
from reviewer.panel.review import SignedForm, Trouble


class Outcome(NamedTuple):
    """A reviewer's form, or None where it gave none, and what went wrong."""

    signed: SignedForm | None
    troubles: tuple[Trouble, ...] = ()


def review_once(member: Member, reviewer: str, prompts: Prompts, paper: Manuscript, reflections: int) -> Outcome:
    """Let one member review; a model that fails makes an Outcome without a form. What is no ModelFailed is raised."""
    who = f"{reviewer} ({member.model.name})"
    prompt = prompts.review(paper.text, paper.notes, member.persona)
    try:
        form = ask(member.model, member.temperature, prompts, prompt, Form)
    except ModelFailed as error:
        return Outcome(None, (Trouble(who=who, kind=error.kind, detail=str(error)),))
    troubles: tuple[Trouble, ...] = ()
    try:
        for number in range(1, reflections + 1):
            before, form = form, _reflect(member, prompts, paper, form, number)
            if _is_same(before, form):
                break
    except ModelFailed as error:
        detail = f"the review stands as it was before reflection: {error}"
        troubles = (Trouble(who=who, kind=error.kind, detail=detail),)
    return Outcome(_sign(member, reviewer, form, paper.source), troubles)


def _reflect(member: Member, prompts: Prompts, paper: Manuscript, form: Form, number: int) -> Form:
    said = form.model_dump_json(exclude={"thoughts"}, indent=1)
    prompt = prompts.reflect(paper.text, paper.notes, said, number, member.persona)
    return ask(member.model, member.temperature, prompts, prompt, Form)


def _is_same(one: Form, other: Form) -> bool:
    return one.model_copy(update={"thoughts": ""}) == other.model_copy(update={"thoughts": ""})


def _sign(member: Member, reviewer: str, form: Form, source: Source) -> SignedForm:
    """Sign a form and void remarks on words that the paper does not hold, and strengths that quote nothing."""
    void = [remark.text for remark in form.strengths if not source.holds(remark.quotation)]
    void += [
        remark.text for remark in form.weaknesses if remark.quotation.strip() and not source.holds(remark.quotation)
    ]
    return SignedForm(
        reviewer=reviewer, model=member.model.name, temperature=member.temperature, persona=member.persona,
        form=form, void=tuple(void),
    )  # fmt: skip


def standing(signed: SignedForm, letter: str) -> dict[str, Remark]:
    """The remarks of a form that are not void, by ids R1.S1, R1.W2; `letter` is S for strengths, W for weaknesses."""
    remarks: tuple[Remark, ...] = signed.form.strengths if letter == "S" else signed.form.weaknesses
    numbered = {f"{signed.reviewer}.{letter}{number}": remark for number, remark in enumerate(remarks, start=1)}
    return {key: remark for key, remark in numbered.items() if remark.text not in signed.void}
