"""One reviewer at work: a form filled from the paper, looked at again as often as asked, its quotations looked up."""

from typing import NamedTuple

from reviewer.panel.asking import ask
from reviewer.panel.errors import ModelFailed
from reviewer.panel.form import Form, Remark, Weakness
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
    """Sign a form; remarks on words that the paper does not hold are void, and so are strengths that quote nothing."""
    signed = SignedForm(
        reviewer=reviewer, model=member.model.name, temperature=member.temperature, persona=member.persona, form=form
    )  # fmt: skip
    remarks = signed.remarks("S") | signed.remarks("W")
    void = [key for key, remark in remarks.items() if not _is_shown(remark, source)]
    return signed.model_copy(update={"void": tuple(void)})


def _is_shown(remark: Remark, source: Source) -> bool:
    """A weakness may be that something is absent, and then there is nothing to quote."""
    is_absence = isinstance(remark, Weakness) and not remark.quotation.strip()
    return is_absence or source.holds(remark.quotation)
