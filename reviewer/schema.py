"""The reviewer's own records. `Review` has exactly the fields of agents.schema.Review; a test keeps them equal."""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """An immutable value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Review(Record):
    """A review in the NeurIPS form. Scores are unrounded; `overall` is what is left after the flags' caps.

    soundness, presentation, contribution in [1, 4]; overall in [1, 10]; confidence in [1, 5]. `probability` of
    acceptance (with its Venn-Abers pair) and `expected_score`, the mean that human reviewers would give in [1, 10]
    (with its conformal interval), are None while uncalibrated; `is_extrapolated`: the paper is unlike those fitted on.
    """

    summary: str
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    questions: tuple[str, ...]
    limitations: tuple[str, ...]
    soundness: float = Field(ge=1, le=4)
    presentation: float = Field(ge=1, le=4)
    contribution: float = Field(ge=1, le=4)
    overall: float = Field(ge=1, le=10)
    confidence: float = Field(ge=1, le=5)
    decision: Literal["accept", "reject"]
    calibration: str
    probability: float | None = None
    probability_interval: tuple[float, float] | None = None
    expected_score: float | None = None
    expected_interval: tuple[float, float] | None = None
    is_extrapolated: bool = False
    flags: tuple[str, ...] = ()
    reviewer: str
    features: dict[str, float] = {}


SectionKind: TypeAlias = Literal[
    "abstract", "introduction", "related", "method", "experiments", "results", "ablation", "negative", "limitations",
    "conclusion", "reproducibility", "acknowledgements", "references", "other",
]  # fmt: skip


class Section(Record):
    title: str
    kind: SectionKind
    text: str
    is_appendix: bool = False


class Paper(Record):
    """A paper as read, blinded, from PDF or LaTeX. `unresolved` counts references and citations that print as ??.

    `floats_referenced` is the share of figures and tables that the text points to; `hidden` quotes text that a reader
    of the page would not see. `rows` are lines of tables and drawings, kept apart from the prose; `bibliography` is the
    list of references, an entry each.
    """

    title: str
    sections: tuple[Section, ...]
    figures: int = 0
    tables: int = 0
    floats_referenced: float = 1.0
    equations: int = 0
    references: int = 0
    citations: int = 0
    unresolved: int = 0
    hidden: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    bibliography: tuple[str, ...] = ()

    def text_of(self, *kinds: SectionKind) -> str:
        return " ".join(section.text for section in self.sections if section.kind in kinds)

    def has(self, kind: SectionKind) -> bool:
        return any(section.kind == kind and section.text.strip() for section in self.sections)
