"""The forms that models fill. They take what models write: scores as strings, bare strings as remarks, further fields.

What is out of range is refused and never clipped: a model that says 11 of 10 has not understood the scale.
"""

import re
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

SCORES = (
    "originality", "quality", "clarity", "significance", "soundness", "presentation", "contribution", "overall",
    "confidence",
)  # fmt: skip
"""The scores of a form, in its order."""


def _number(value: Any) -> Any:
    """The number that a string opens with: "3", "3: good", "7/10"."""
    found = re.match(r"\s*(-?\d+(?:\.\d+)?)\s*(?:$|/|[:(\-–])", value) if isinstance(value, str) else None
    return found[1] if found else value


def _decision(value: Any) -> Any:
    """Accept or reject, whatever else is said: "Accept", "weak reject"."""
    named = set(re.findall(r"accept|reject", value.lower())) if isinstance(value, str) else set[str]()
    return named.pop() if len(named) == 1 else value


def _remark(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    """A list, where a model wrote one string or nothing."""
    return [value] if isinstance(value, str) and value.strip() else value or []


Four: TypeAlias = Annotated[float, Field(ge=1, le=4, allow_inf_nan=False), BeforeValidator(_number)]
Five: TypeAlias = Annotated[float, Field(ge=1, le=5, allow_inf_nan=False), BeforeValidator(_number)]
Ten: TypeAlias = Annotated[float, Field(ge=1, le=10, allow_inf_nan=False), BeforeValidator(_number)]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=4000)]
Texts: TypeAlias = Annotated[tuple[Words, ...], Field(max_length=40), BeforeValidator(_listed)]


class FormPart(BaseModel):
    """Filled by a model: frozen, and fields that were not asked for are dropped."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Remark(FormPart):
    """A strength, with the words of the paper that it stands on."""

    text: Words
    quotation: str = Field(default="", max_length=2000)


class Weakness(Remark):
    """A weakness; of something absent there is nothing to quote. `is_major`: it alone could sink the paper."""

    is_major: bool = False


class Form(FormPart):
    """One reviewer's NeurIPS form."""

    thoughts: str = ""
    summary: Words
    strengths: Annotated[tuple[Annotated[Remark, BeforeValidator(_remark)], ...], BeforeValidator(_listed)]
    weaknesses: Annotated[
        tuple[Annotated[Weakness, BeforeValidator(_remark)], ...], Field(min_length=1), BeforeValidator(_listed)
    ]
    questions: Texts = ()
    limitations: Texts = ()
    originality: Four
    quality: Four
    clarity: Four
    significance: Four
    soundness: Four
    presentation: Four
    contribution: Four
    overall: Ten
    confidence: Five
    decision: Annotated[Literal["accept", "reject"], BeforeValidator(_decision)]


class Merged(FormPart):
    """A remark of several reviewers in one; `sources` are their ids, R1.W2."""

    text: Words
    sources: Annotated[tuple[str, ...], BeforeValidator(_listed)]


class MetaForm(FormPart):
    """What the meta-reviewer makes of the forms. It gives no scores: those are means."""

    summary: Words
    strengths: tuple[Merged, ...] = ()
    weaknesses: tuple[Merged, ...]
    questions: Texts = ()
    limitations: Texts = ()
