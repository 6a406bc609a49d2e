"""What a panel hands back: who said what, what they agree on, who stands alone, what went wrong on the way."""

from typing import Literal

from pydantic import Field

from reviewer.panel.form import Form, Remark
from reviewer.schema import Record


class Trouble(Record):
    """Something that went wrong and was lived with: `who` it was, of what `kind`, and the detail in a line."""

    who: str
    kind: str
    detail: str


class SignedForm(Record):
    """A reviewer's form. `reviewer` is R1, R2, ...; `void` names its remarks (R1.S2, R1.W1) that do not count:
    what they quote is not in the paper."""

    reviewer: str
    model: str
    temperature: float
    persona: str
    form: Form
    void: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        return f"{self.reviewer} ({self.model})"

    def remarks(self, letter: Literal["S", "W"]) -> dict[str, Remark]:
        """The remarks that count, by ids R1.S1, R1.W2: strengths or weaknesses."""
        remarks: tuple[Remark, ...] = self.form.strengths if letter == "S" else self.form.weaknesses
        numbered = {f"{self.reviewer}.{letter}{number}": remark for number, remark in enumerate(remarks, start=1)}
        return {key: remark for key, remark in numbered.items() if key not in self.void}


class Point(Record):
    """A strength or weakness with the words of the paper it stands on ("" for what is absent) and who raised it."""

    text: str
    quotation: str = ""
    reviewers: tuple[str, ...] = Field(min_length=1)
    is_major: bool = False


class LlmOpinion(Record):
    """A panel in numbers, for the stacker: means over `n` reviewers, `spread` the standard deviation of overall.

    The names are those of published scores (data sets of LLM reviews); `config_key` names models, prompts and form: a
    calibration holds for one key. `spread` is 0 for a single reviewer.
    """

    config_key: str
    overall: float = Field(ge=1, le=10)
    soundness: float = Field(ge=1, le=4)
    presentation: float = Field(ge=1, le=4)
    contribution: float = Field(ge=1, le=4)
    confidence: float = Field(ge=1, le=5)
    n: int = Field(ge=1)
    spread: float = Field(ge=0)


class PanelReview(Record):
    """A panel's review. `scores` are unrounded means over the reviewers, `spreads` standard deviations.

    `minority` holds the objections that one reviewer alone raised, which are among `weaknesses` too; `notes` say what a
    reader should know, `troubles` who is missing and why.
    """

    venue: str
    config_key: str
    prompt_sha256: str
    summary: str
    strengths: tuple[Point, ...]
    weaknesses: tuple[Point, ...]
    minority: tuple[Point, ...]
    questions: tuple[str, ...]
    limitations: tuple[str, ...]
    scores: dict[str, float]
    spreads: dict[str, float]
    decision: Literal["accept", "reject"]
    forms: tuple[SignedForm, ...] = Field(min_length=1)
    troubles: tuple[Trouble, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def opinion(self) -> LlmOpinion:
        """The numbers that are fused with what is measured of the text."""
        names = ("overall", "soundness", "presentation", "contribution", "confidence")
        means = {name: self.scores[name] for name in names}
        return LlmOpinion(config_key=self.config_key, n=len(self.forms), spread=self.spreads["overall"], **means)
