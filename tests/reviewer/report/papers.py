"""Papers that were never written, with decisions that follow known probabilities."""

from collections.abc import Sequence
from functools import cache

import numpy as np

from reviewer.data import LlmScores, ReviewedPaper
from reviewer.report.baselines import Baselines, fit_baselines
from reviewer.report.predicting import Predict, ScoresById
from reviewer.report.predictions import FUSED, TEXT_ONLY, Prediction

WORDS = ["network", "layer", "gradient", "sample", "batch", "dataset", "training", "evaluation", "noise", "kernel"]


@cache
def make_papers(n: int, seed: int = 0) -> tuple[ReviewedPaper, ...]:
    """Papers whose number of words sets how likely they were accepted; the splits take turns."""
    rng = np.random.default_rng(seed)
    return tuple(_make_paper(index, rng) for index in range(n))


def _make_paper(index: int, rng: np.random.Generator) -> ReviewedPaper:
    words = int(rng.integers(100, 900))
    score = float(np.clip(3 + words / 200 + rng.normal(0, 1), 1, 10))
    return ReviewedPaper(
        id=f"p{index}",
        title=f"On the {WORDS[index % 10]}",
        abstract=f"We look at the {WORDS[index % 7]} again.",
        body=" ".join(rng.choice(WORDS, words)),
        accept=1 if rng.random() < words / 1000 else 0,
        ratings=(round(score, 2),),
        split=("train", "calibration", "test")[index % 3],
    )


def make_scores(papers: Sequence[ReviewedPaper]) -> list[LlmScores]:
    """Scores of every other paper."""
    return [_make_score(paper) for paper in papers[::2]]


def _make_score(paper: ReviewedPaper) -> LlmScores:
    return LlmScores(
        id=paper.id,
        config="model-a",
        overall=paper.human_score or 5.0,
        soundness=3.0,
        presentation=3.0,
        contribution=3.0,
        confidence=4.0,
        originality=3.0,
        quality=3.0,
        clarity=3.0,
        significance=3.0,
        decision="Accept",
    )


def predict_by_words(
    rows: Sequence[ReviewedPaper], scores: ScoresById, acceptance_rate: float | None
) -> list[Prediction]:
    """A reviewer that counts words, which is right here; with LLM scores it says so a second time."""
    found: list[Prediction] = []
    for row in rows:
        p = min(len(row.body.split()) / 1000, 1.0) * (acceptance_rate or 0.5) * 2
        found.append(predict_one(row, TEXT_ONLY, min(p, 1.0)))
        if row.id in scores:
            found.append(predict_one(row, FUSED, min(0.9 * p + 0.05, 1.0)))
    return found


def predict_one(row: ReviewedPaper, group: str, p: float) -> Prediction:
    expected = 3 + 5 * p
    return Prediction(
        id=row.id,
        group=group,
        label=row.accept or 0,
        human_mean=row.human_score,
        probability=p,
        p_low=max(p - 0.05, 0),
        p_high=min(p + 0.05, 1),
        expected=expected,
        e_low=expected - 1.7,
        e_high=expected + 1.7,
        split=row.part,
    )


class WordCounter:
    """A fitted reviewer, for tests."""

    key = "word-counter-1"
    training = {"auc": 0.7}
    thresholds = {TEXT_ONLY: 0.4}
    level: float | None = 0.9

    def __init__(self, papers: Sequence[ReviewedPaper]) -> None:
        self.baselines: Baselines = fit_baselines(papers)
        self.predict_rows: Predict = predict_by_words
