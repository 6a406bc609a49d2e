"""Fits the reviewer to papers that people decided on. Every score that is calibrated was predicted out of fold."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reviewer.calibration.fitting import describe_training, fit_calibration
from reviewer.calibration.fitting.calibration import HumanScores, stack_out_of_fold
from reviewer.calibration.record import Calibration, CalibrationKey, Training
from reviewer.data import LlmScores, ReviewedPaper
from reviewer.errors import ReviewerError
from reviewer.estimate.blend import Blend, fit_blend
from reviewer.estimate.features import FEATURES, NAMES, body_of, measure_text
from reviewer.estimate.lexical import Lexical, fit_lexical
from reviewer.estimate.model import (
    BASELINES,
    FORM,
    SEVERAL,
    Model,
    PanelScale,
    panel_key,
    save_fitted,
    text_key,
)
from reviewer.estimate.rigour import rigour
from reviewer.estimate.trees import Trees, fit_trees
from reviewer.gates.measures import measure_all
from reviewer.reading.row import read_row
from reviewer.screening import screen
from reviewer.text import blind

Vector: TypeAlias = NDArray[np.float64]
Tell: TypeAlias = Callable[[str], None]

LEAST_PAPERS = 200
"""With a text and a decision, to fit on; of them 100 with a panel's score, to calibrate the panel."""
_LEAST_OF_PANEL = 100
_LEAST_ABSTRACTS = 1000  # for the table of words of title and abstract; fewer are not used beside the papers' own
_LIKENESS = ("words_body", "references", "citations", "symbols", "word_letters")
"""Features by which a draft is like the papers fitted on, or unlike them."""


class Effort(NamedTuple):
    """How much work a fit is; fewer folds and trees fit faster and worse."""

    folds: int = 10
    trees: int = 400
    processes: int = 2


FULL = Effort()


class Sample(NamedTuple):
    """What is fitted on of one paper: features by NAMES, rigour, title, abstract and body as screened."""

    features: tuple[float, ...]
    rigour: float
    title: str
    abstract: str
    body: str


class Fit(NamedTuple):
    """The training figures of each calibration by the name of its model."""

    papers: int
    abstracts: int
    figures: dict[str, dict[str, float]]


class _Human(NamedTuple):
    """What people said: labels 0 or 1 and mean scores, (n,)."""

    labels: Vector
    means: Vector


def fit_reviewer(
    rows: Sequence[ReviewedPaper],
    scores: Sequence[LlmScores],
    data: Path,
    out: Path,
    tell: Tell,
    seed: int = 0,
    effort: Effort = FULL,
) -> Fit:
    """Fit to rows with a body and a decision, the words of abstracts to all rows; write the artefact to `out`.

    `data` is the file the rows came from, for the record. Raises ReviewerError where there are too few papers.
    """
    papers = [row for row in rows if row.accept is not None and row.body.strip() and row.human_score is not None]
    if len(papers) < LEAST_PAPERS or len({row.accept for row in papers}) < 2:
        raise ReviewerError(
            f"{len(papers)} papers with text, decision and ratings; a fit needs {LEAST_PAPERS}, accepted and rejected"
        )
    abstracts = _abstracts_alone(rows, papers)
    human = _Human(
        np.array([float(row.accept or 0) for row in papers]), np.array([row.human_score or 0.0 for row in papers])
    )
    tell(f"measuring {len(papers)} papers")
    samples = measure_samples(papers, effort.processes)
    tell(f"predicting each out of fold ({effort.folds} folds)")
    columns, abstract = _columns(papers, samples, abstracts, human, effort, seed)
    blends = {"text": fit_blend(columns, human.means)}
    text = _blend_out_of_fold(columns, human, effort.folds, seed)
    tell("calibrating")
    matrix = np.array([sample.features for sample in samples])
    likeness = matrix[:, [NAMES.index(name) for name in _LIKENESS]]

    def describe(labels: Vector, figures: Mapping[str, float]) -> Training:
        return describe_training(data, labels, figures, date.today(), _source(papers))

    made = [_calibrate(text_key(), {"text": text}, text, human, likeness, describe)]
    panels: dict[str, PanelScale] = {}
    for name, scale, column in _panels(papers, scores):
        if scale:
            panels[name] = scale
        blends[name], calibration = _fuse(name, text, column, human, likeness, describe, effort.folds, seed)
        made.append(calibration)
    tell("fitting the final trees and words")
    model = Model(form=FORM, abstract=abstract, wording=_fit_wording(papers, samples), blends=blends, panels=panels)
    save_fitted(out, model, _grow(matrix, human.means, effort.trees, seed), made)
    _save_baselines(out, papers, abstracts)
    return Fit(len(papers), len(abstracts), {one.key.model: dict(one.training.figures) for one in made})


def measure_samples(papers: Sequence[ReviewedPaper], processes: int = 1) -> list[Sample]:
    if processes == 1:
        return [measure_sample(paper) for paper in papers]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return list(pool.map(measure_sample, papers, chunksize=8))


def measure_sample(row: ReviewedPaper) -> Sample:
    screened = screen(blind(read_row(row.model_dump())))
    found, paper = measure_text(screened), screened.paper
    features = tuple(found[name] for name in NAMES)
    return Sample(features, rigour(measure_all(screened)), paper.title, paper.text_of("abstract"), body_of(paper))


def _abstracts_alone(rows: Sequence[ReviewedPaper], papers: Sequence[ReviewedPaper]) -> list[ReviewedPaper]:
    known = {row.id for row in papers}
    return [row for row in rows if row.id not in known and row.human_score is not None and row.abstract.strip()]


def _columns(
    papers: Sequence[ReviewedPaper],
    samples: Sequence[Sample],
    abstracts: Sequence[ReviewedPaper],
    human: _Human,
    effort: Effort,
    seed: int,
) -> tuple[dict[str, Vector], Lexical]:
    """What the text score is blended of, (n,) each, predicted by models that had not seen the paper."""
    matrix = np.array([sample.features for sample in samples])
    is_apart = len(abstracts) >= _LEAST_ABSTRACTS
    apart = [(row.title, row.abstract) for row in abstracts]
    abstract = _fit_words(apart, abstracts) if is_apart else _fit_own_abstracts(papers, samples)
    columns = {name: np.zeros(len(papers)) for name in ("trees", "abstract", "wording")}
    for fitted, held in _folds(human.labels, effort.folds, seed):
        columns["trees"][held] = _grow(matrix[fitted], human.means[fitted], effort.trees, seed).predict(matrix[held])
        known = [papers[at] for at in fitted], [samples[at] for at in fitted]
        wording = _fit_wording(*known)
        columns["wording"][held] = [wording.score("", samples[at].body) for at in held]
        words = abstract if is_apart else _fit_own_abstracts(*known)
        columns["abstract"][held] = [words.score(samples[at].title, samples[at].abstract) for at in held]
    return columns | {"rigour": np.array([sample.rigour for sample in samples])}, abstract


def _folds(labels: Vector, many: int, seed: int) -> Iterator[tuple[list[int], list[int]]]:
    from sklearn.model_selection import StratifiedKFold

    for fitted, held in StratifiedKFold(many, shuffle=True, random_state=seed).split(labels, labels):
        yield fitted.tolist(), held.tolist()


def _grow(matrix: Vector, means: Vector, n_trees: int, seed: int) -> Trees:
    return fit_trees(matrix, means, [spec.direction for spec in FEATURES], n_trees=n_trees, seed=seed)


def _fit_wording(papers: Sequence[ReviewedPaper], samples: Sequence[Sample]) -> Lexical:
    return _fit_words([("", sample.body) for sample in samples], papers)


def _fit_own_abstracts(papers: Sequence[ReviewedPaper], samples: Sequence[Sample]) -> Lexical:
    return _fit_words([(sample.title, sample.abstract) for sample in samples], papers)


def _fit_words(texts: Sequence[tuple[str, str]], papers: Sequence[ReviewedPaper]) -> Lexical:
    return fit_lexical(texts, [row.human_score or 0.0 for row in papers], [row.year or 0 for row in papers])


def _blend_out_of_fold(columns: Mapping[str, Vector], human: _Human, folds: int, seed: int) -> Vector:
    """Blend each paper's inputs by weights that other papers gave: its own would flatter it (n,)."""
    found = np.zeros(len(human.means))
    for fitted, held in _folds(human.labels, folds, seed):
        blend = fit_blend({name: column[fitted] for name, column in columns.items()}, human.means[fitted])
        found[held] = _blended(blend, {name: column[held] for name, column in columns.items()})
    return found


def _blended(blend: Blend, columns: Mapping[str, Vector]) -> Vector:
    names = list(columns)
    return np.array([blend.score(dict(zip(names, row, strict=True))) for row in zip(*columns.values(), strict=True)])


def _panels(
    papers: Sequence[ReviewedPaper], scores: Sequence[LlmScores]
) -> Iterator[tuple[str, PanelScale | None, Vector]]:
    """Panels with enough scores, by configuration, standardised, NaN where a paper has none; then the mean of
    them, where enough papers have more than one."""
    place = {row.id: at for at, row in enumerate(papers)}
    columns: dict[str, Vector] = defaultdict(lambda: np.full(len(papers), np.nan))
    for one in scores:
        if one.id in place:
            columns[one.config][place[one.id]] = one.overall
    kept = {name: column for name, column in columns.items() if np.isfinite(column).sum() >= _LEAST_OF_PANEL}
    standard: list[Vector] = []
    for name, column in sorted(kept.items()):
        scale = PanelScale(mean=float(np.nanmean(column)), deviation=float(np.nanstd(column)) or 1.0)
        standard.append((column - scale.mean) / scale.deviation)
        yield name, scale, standard[-1]
    both = _mean_of_known(np.array(standard)) if len(standard) > 1 else np.array([])
    if np.isfinite(both).sum() >= _LEAST_OF_PANEL:
        yield SEVERAL, None, both


def _mean_of_known(columns: Vector) -> Vector:
    """Mean over panels (k, n) -> (n,), NaN for papers that only one of them scored."""
    counts = np.isfinite(columns).sum(axis=0)
    return np.where(counts > 1, np.nansum(columns, axis=0) / np.maximum(counts, 1), np.nan)


_Describe: TypeAlias = Callable[[Vector, Mapping[str, float]], Training]


def _fuse(
    name: str,
    text: Vector,
    panel: Vector,
    human: _Human,
    likeness: Vector,
    describe: _Describe,
    folds: int,
    seed: int,
) -> tuple[Blend, Calibration]:
    known = np.isfinite(panel)
    inputs = {"text": text[known], "panel": panel[known]}
    said = _Human(human.labels[known], human.means[known])
    expected = _blend_out_of_fold(inputs, said, folds, seed)
    calibration = _calibrate(panel_key(name), inputs, expected, said, likeness[known], describe)
    return fit_blend(inputs, said.means), calibration


def _calibrate(
    key: CalibrationKey,
    inputs: Mapping[str, Vector],
    expected: Vector,
    human: _Human,
    likeness: Vector,
    describe: _Describe,
) -> Calibration:
    figures = _figures(stack_out_of_fold(inputs, human.labels, tuple(inputs)), expected, human)
    return fit_calibration(
        key,
        describe(human.labels, figures),
        inputs,
        human.labels,
        increasing=tuple(inputs),
        human=HumanScores(expected, human.means),
        features=likeness,
        names=_LIKENESS,
    )


def _figures(probabilities: Vector, expected: Vector, human: _Human) -> dict[str, float]:
    from reviewer.report.metrics import evaluate

    found = evaluate(human.labels, probabilities, human.means, expected)
    names = ("auc", "balanced_accuracy", "brier", "spearman", "spearman_rejected", "slope", "intercept")
    values = {name: getattr(found, name).value for name in names}
    values |= {"ece": found.ece.error.value, "ece_floor": found.ece.floor_p95}
    return {name: value for name, value in values.items() if value is not None}


def _save_baselines(out: Path, papers: Sequence[ReviewedPaper], abstracts: Sequence[ReviewedPaper]) -> None:
    from reviewer.report.baselines import fit_baselines

    (out / BASELINES).write_text(fit_baselines(papers, abstracts).model_dump_json() + "\n", encoding="utf-8")


def _source(papers: Sequence[ReviewedPaper]) -> str:
    venues = sorted({row.venue for row in papers if row.venue})
    return ", ".join(venues[:3]) + (" and others" if len(venues) > 3 else "")
