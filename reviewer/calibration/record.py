"""One calibration: the maps fitted for one reviewer, what it was fitted on, and the estimate it gives of a paper."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, NamedTuple, TypeAlias

from pydantic import Field, model_validator

from reviewer.calibration.distance import Extrapolation
from reviewer.calibration.interval import ScoreInterval, clip_score
from reviewer.calibration.isotonic import IsotonicMap
from reviewer.calibration.logistic import LogisticStacker, PlattMap
from reviewer.calibration.odds import open_interval, shift_prior
from reviewer.calibration.pair import VennAbersMap
from reviewer.calibration.values import Finite, Mapped, require_finite
from reviewer.schema import Record

ProbabilityMap: TypeAlias = Annotated[PlattMap | IsotonicMap | LogisticStacker, Field(discriminator="kind")]


class CalibrationKey(Record):
    """Who reviews: a model ("none" for the text features alone), the sha256 of its prompts, and the form it fills."""

    model: str = Field(min_length=1)
    prompt_sha256: str = Field(pattern=r"^([0-9a-f]{64})?$")
    form: str = Field(min_length=1)

    @property
    def sha256(self) -> str:
        return sha256("\n".join((self.model, self.prompt_sha256, self.form)).encode()).hexdigest()


class Training(Record):
    """What a calibration was fitted on and how good it was there, out of fold.

    `figures` by name: auc, brier, ece, spearman, slope, intercept and what else the fitter measured. `packages` are the
    versions of the libraries that fitted.
    """

    n: int = Field(gt=0)
    base_rate: float = Field(gt=0, lt=1)
    figures: dict[str, Finite]
    fitted_on: date
    data_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    source: str = ""
    packages: dict[str, str] = {}


class Estimate(NamedTuple):
    """What a calibration says of a paper. `inputs` are those used; `widening` >= 1 went into both intervals."""

    probability: float
    probability_interval: tuple[float, float] | None
    expected_score: float | None
    expected_interval: tuple[float, float] | None
    inputs: tuple[str, ...]
    is_extrapolated: bool
    widening: float


class Calibration(Record):
    """Maps of one key. `pairs` holds a Venn-Abers map per subset of inputs, by `pair_key`; it maps the probability."""

    key: CalibrationKey
    training: Training
    probability: ProbabilityMap
    pairs: dict[str, VennAbersMap] = {}
    score: ScoreInterval | None = None
    extrapolation: Extrapolation | None = None

    @model_validator(mode="after")
    def _has_known_pairs(self) -> "Calibration":
        known = {pair_key(inputs) for inputs in _subsets(self.probability)}
        if unknown := self.pairs.keys() - known:
            raise ValueError(f"Venn-Abers pairs of inputs that no map takes: {sorted(unknown)}")
        return self

    @property
    def label(self) -> str:
        """What the probability was fitted on, for a review's `calibration` field."""
        return f"calibrated on {self.training.n:,} papers" + f" of {self.training.source}" * bool(self.training.source)

    def estimate(
        self,
        inputs: Mapping[str, float],
        expected: float | None = None,
        features: Mapping[str, float] | None = None,
        difficulty: float | None = None,
        target_rate: float | None = None,
    ) -> Estimate | None:
        """Return what `inputs` (scores by name; leave out what is missing) say, or None if no fitted subset is there.

        `expected` is the predicted mean human score in [1, 10], `features` those of the extrapolation, `target_rate` a
        venue's acceptance rate to shift to. The interval of P spans P and its Venn-Abers pair; an unlike paper opens it
        but never moves P, or being strange would pay. Raises ReviewerError for numbers that are not finite.
        """
        mapped = self.probability.map_inputs(inputs)
        if mapped is None:
            return None
        distance = self.extrapolation.distance(features) if self.extrapolation and features is not None else 0.0
        widening = self.extrapolation.widening_at(distance) if self.extrapolation else 1.0
        return Estimate(
            probability=self._shift(mapped.probability, target_rate),
            probability_interval=self._interval(mapped, target_rate, widening),
            expected_score=None if expected is None else clip_score(require_finite("the expected score", expected)),
            expected_interval=self.score.interval(expected, widening, difficulty)
            if self.score and expected is not None
            else None,
            inputs=mapped.inputs,
            is_extrapolated=self.extrapolation is not None and distance > self.extrapolation.limit,
            widening=widening,
        )

    def _interval(self, mapped: Mapped, target_rate: float | None, widening: float) -> tuple[float, float] | None:
        if (found := self.pairs.get(pair_key(mapped.inputs))) is None:
            return None
        ends = [self._shift(p, target_rate) for p in (*found.pair(mapped.probability), mapped.probability)]
        return open_interval(min(ends), max(ends), widening)

    def _shift(self, probability: float, target_rate: float | None) -> float:
        return probability if target_rate is None else shift_prior(probability, self.training.base_rate, target_rate)


def pair_key(inputs: tuple[str, ...]) -> str:
    return "+".join(inputs)


def _subsets(probability: PlattMap | IsotonicMap | LogisticStacker) -> tuple[tuple[str, ...], ...]:
    if isinstance(probability, LogisticStacker):
        return tuple(fit.inputs for fit in probability.fits)
    return ((probability.input,),)
