"""A fitted reviewer as a report sees it: predictions of many papers, and what it was fitted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from reviewer.data import LlmScores, ReviewedPaper
from reviewer.errors import ReviewerError
from reviewer.estimate.model import BASELINES, SHIPPED, Judgement, load_fitted
from reviewer.reading.row import read_row
from reviewer.report.baselines import Baselines
from reviewer.report.predicting import Predict
from reviewer.report.predictions import FUSED, TEXT_ONLY, Prediction
from reviewer.screening import screen
from reviewer.text import blind


@dataclass(frozen=True, slots=True)
class Shipped:
    """`thresholds` put P(accept) at the share of accepted papers fitted on: a paper above it is likelier than most."""

    key: str
    training: Mapping[str, float]
    thresholds: Mapping[str, float]
    level: float | None
    baselines: Baselines
    predict_rows: Predict


def load_reviewer(folder: Path = SHIPPED) -> Shipped:
    """Read the reviewer fitted in `folder`; raises ReviewerError where there is none."""
    fitted = load_fitted(folder)
    text = fitted.calibrations["text"]
    try:
        baselines = Baselines.model_validate_json((folder / BASELINES).read_bytes())
    except (OSError, ValidationError) as error:
        raise ReviewerError(f"{folder}: no baselines to compare with; fit the reviewer anew") from error
    rate = text.training.base_rate
    return Shipped(
        key=f"{text.key.form}, {text.label}",
        training={"n": float(text.training.n), "base_rate": rate} | text.training.figures,
        thresholds={TEXT_ONLY: rate, FUSED: rate},
        level=1 - text.score.alpha if text.score else None,
        baselines=baselines,
        predict_rows=partial(predict_rows, folder),
    )


def predict_rows(
    folder: Path,
    rows: Sequence[ReviewedPaper],
    scores: Mapping[str, Sequence[LlmScores]],
    acceptance_rate: float | None,
) -> list[Prediction]:
    """Predict papers with a decision from their text, and once more with the scores that panels gave them."""
    fitted, found = load_fitted(folder), list[Prediction]()
    for row in rows:
        measured = fitted.measure(screen(blind(read_row(row.model_dump()))))
        found.append(_prediction(row, TEXT_ONLY, fitted.judge(measured, None, acceptance_rate)))
        opinions = {one.config: one.overall for one in scores.get(row.id, ())}
        fused = fitted.judge(measured, opinions, acceptance_rate)
        if fused.is_fused:
            found.append(_prediction(row, FUSED, fused))
    return found


def _prediction(row: ReviewedPaper, group: str, judged: Judgement) -> Prediction:
    if row.accept is None:
        raise ReviewerError(f"{row.id}: withdrawn papers have no decision to be judged by")
    estimate = judged.estimate
    p_low, p_high = estimate.probability_interval or (None, None)
    e_low, e_high = estimate.expected_interval or (None, None)
    return Prediction(
        id=row.id,
        group=group,
        label=row.accept,
        human_mean=row.human_score,
        probability=estimate.probability,
        p_low=p_low,
        p_high=p_high,
        expected=estimate.expected_score,
        e_low=e_low,
        e_high=e_high,
        is_extrapolated=estimate.is_extrapolated,
        split=row.part,
    )
