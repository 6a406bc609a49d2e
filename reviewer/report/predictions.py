"""What the reviewer said of a paper beside what people said of it; and where a report's numbers come from."""

from typing import Literal

from pydantic import Field

from reviewer.schema import Record

TEXT_ONLY = "text only"
FUSED = "fused with LLM scores"


class Prediction(Record):
    """One group's word on one paper: P(accept) with its interval, the expected human score in [1, 10] with its own.

    `label` is 1 for accepted; `group` says what was predicted from (`TEXT_ONLY`, `FUSED`); None is what was not given.
    """

    id: str
    group: str
    label: Literal[0, 1]
    human_mean: float | None = Field(default=None, ge=1, le=10)
    probability: float = Field(ge=0, le=1)
    p_low: float | None = Field(default=None, ge=0, le=1)
    p_high: float | None = Field(default=None, ge=0, le=1)
    expected: float | None = None
    e_low: float | None = None
    e_high: float | None = None
    is_extrapolated: bool = False
    split: str = ""


class Provenance(Record):
    """The data judged on, the artefact judged, and the settings of the report.

    `key` names the artefact and `training` are its figures as fitted; `threshold` is where P(accept) becomes accept,
    by group or else 0.5; `level` what the conformal interval promises.
    """

    source: str
    data_sha256: str
    key: str = ""
    training: dict[str, float] = {}
    thresholds: dict[str, float] = {}
    baseline_threshold: float = 0.5
    acceptance_rate: float | None = None
    level: float | None = None
    without_text: int = 0
    withdrawn: int = 0
