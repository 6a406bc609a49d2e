"""Predictions of many papers, a few at a time, by two processes where there are many."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple, Protocol

from reviewer.data import LlmScores, ReviewedPaper
from reviewer.report.baselines import BASELINES, Baselines
from reviewer.report.predictions import Prediction

PROCESSES = 2
_CHUNK = 8
_ALONE = 24  # papers that one process has done before a second one has started

ScoresById = Mapping[str, Sequence[LlmScores]]
Predict = Callable[[Sequence[ReviewedPaper], ScoresById, float | None], list[Prediction]]
"""Papers with a body and a decision, their LLM scores by id, and an acceptance rate to move to -> what is predicted of
each, by one group or several. Picklable."""


class FittedReviewer(Protocol):
    """A fitted reviewer as a report sees it: what it predicts, and what it says of itself."""

    @property
    def key(self) -> str: ...
    @property
    def training(self) -> Mapping[str, float]: ...
    @property
    def thresholds(self) -> Mapping[str, float]:
        """Where P(accept) becomes accept, by group; 0.5 for others."""
        ...

    @property
    def level(self) -> float | None:
        """What the conformal interval promises."""
        ...

    @property
    def baselines(self) -> Baselines: ...
    @property
    def predict_rows(self) -> Predict: ...


class Judgeable(NamedTuple):
    """Papers that can be judged on, and the numbers of those that cannot."""

    rows: list[ReviewedPaper]
    without_text: int
    withdrawn: int


def select_rows(rows: Sequence[ReviewedPaper]) -> Judgeable:
    decided = [row for row in rows if row.accept is not None]
    whole = [row for row in decided if row.body.strip()]
    return Judgeable(whole, len(decided) - len(whole), len(rows) - len(decided))


def group_scores(scores: Sequence[LlmScores]) -> dict[str, list[LlmScores]]:
    """LLM scores by id of the paper."""
    found: defaultdict[str, list[LlmScores]] = defaultdict(list)
    for one in scores:
        found[one.id].append(one)
    return dict(found)


def predict_all(
    predict: Predict,
    rows: Sequence[ReviewedPaper],
    scores: ScoresById,
    acceptance_rate: float | None,
    tell: Callable[[int, int], None],
) -> list[Prediction]:
    """Predict every paper in order; `tell` hears how many are done, of how many."""
    chunks = [rows[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK)]
    found: list[Prediction] = []
    done = 0
    for chunk, predictions in zip(chunks, _predict(predict, chunks, scores, acceptance_rate), strict=True):
        found.extend(predictions)
        done += len(chunk)
        tell(done, len(rows))
    return found


def predict_baselines(
    baselines: Baselines, rows: Sequence[ReviewedPaper], acceptance_rate: float | None
) -> dict[str, dict[str, float]]:
    """P(accept) by name of the baseline and id of the paper."""
    ids = [row.id for row in rows]
    return {name: dict(zip(ids, baselines.predict_all(name, rows, acceptance_rate), strict=True)) for name in BASELINES}


def _predict(
    predict: Predict, chunks: Sequence[Sequence[ReviewedPaper]], scores: ScoresById, acceptance_rate: float | None
) -> Iterator[list[Prediction]]:
    known = [{row.id: scores[row.id] for row in chunk if row.id in scores} for chunk in chunks]
    rates = [acceptance_rate] * len(chunks)
    if sum(map(len, chunks)) <= _ALONE:
        yield from map(predict, chunks, known, rates)
        return
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"), initializer=_stay_on_one_core) as pool:
        yield from pool.map(predict, chunks, known, rates)


def _stay_on_one_core() -> None:
    """Two processes that each take every core are slower than one."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
