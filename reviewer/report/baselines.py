"""What a report is held against: the length of the text, the words of title and abstract, and no knowledge at all.

Fitted once on training papers and kept as JSON, so that a report on new papers needs none of those.
"""

import math
import re
from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeAlias

from pydantic import Field

from reviewer.calibration.odds import shift_prior, sigmoid
from reviewer.errors import ReviewerError
from reviewer.schema import Record

BaselineName: TypeAlias = Literal["length", "tfidf", "constant"]
BASELINES: tuple[BaselineName, ...] = ("length", "tfidf", "constant")
MAX_TERMS = 3000


class Row(Protocol):
    """What a baseline reads of a paper."""

    @property
    def title(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def body(self) -> str: ...


class LabelledRow(Row, Protocol):
    """A paper that was decided on: `accept` is 1, 0, or None where it was withdrawn."""

    @property
    def accept(self) -> int | None: ...


class LengthLine(Record):
    """P(accept) = 1 / (1 + exp(-(intercept + slope * ln(1 + characters of abstract and body))))."""

    slope: float
    intercept: float


class TermWeights(Record):
    """A logistic regression on sublinear TF-IDF of title and abstract: `idf` and `weights` of each of the `terms`."""

    terms: tuple[str, ...] = Field(max_length=MAX_TERMS)
    idf: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float


class Baselines(Record):
    """The three baselines as fitted on `n` papers, `prevalence` of them accepted."""

    n: int
    prevalence: float = Field(gt=0, lt=1)
    length: LengthLine
    tfidf: TermWeights

    def predict(self, name: BaselineName, row: Row, acceptance_rate: float | None = None) -> float:
        """P(accept) of a paper, moved to a venue's acceptance rate if one is given."""
        return self.predict_all(name, [row], acceptance_rate)[0]

    def predict_all(
        self, name: BaselineName, rows: Sequence[Row], acceptance_rate: float | None = None
    ) -> tuple[float, ...]:
        """As `predict`, for many papers at once."""
        if not rows:
            return ()
        logits = {"length": self._by_length, "tfidf": self._by_terms, "constant": self._by_nothing}[name](rows)
        found = [sigmoid(value) for value in logits]
        return tuple(
            found if acceptance_rate is None else (shift_prior(p, self.prevalence, acceptance_rate) for p in found)
        )

    def _by_length(self, rows: Sequence[Row]) -> list[float]:
        return [self.length.intercept + self.length.slope * log_length(row) for row in rows]

    def _by_terms(self, rows: Sequence[Row]) -> list[float]:
        import numpy as np

        vectorizer = _vectorizer(vocabulary=list(self.tfidf.terms))
        vectorizer.idf_ = np.array(self.tfidf.idf)
        found = vectorizer.transform([_front(row) for row in rows]) @ np.array(self.tfidf.weights)
        return [float(value) + self.tfidf.intercept for value in found]

    def _by_nothing(self, rows: Sequence[Row]) -> list[float]:
        return [_log_odds(self.prevalence)] * len(rows)


def fit_baselines(rows: Sequence[LabelledRow], abstracts: Sequence[LabelledRow] = ()) -> Baselines:
    """Fit on papers with a decision and a body; TF-IDF on `abstracts` too, whose bodies are not needed.

    Raises ReviewerError where there are not both accepted and rejected papers.
    """
    known = [row for row in rows if row.accept is not None and row.body.strip()]
    labels = [int(row.accept or 0) for row in known]
    if len(set(labels)) < 2:
        raise ReviewerError("baselines need accepted and rejected papers with a body; the file has not both")
    share = sum(labels) / len(labels)
    more = [row for row in abstracts if row.accept is not None]
    terms = _fit_terms([*known, *more], [*labels, *(int(row.accept or 0) for row in more)], share)
    return Baselines(n=len(known), prevalence=share, length=_fit_length(known, labels), tfidf=terms)


def log_length(row: Row) -> float:
    """ln(1 + characters of abstract and body); characters tell more of the decision than words do."""
    return math.log1p(len(row.abstract) + len(row.body))


def _fit_length(rows: Sequence[Row], labels: Sequence[int]) -> LengthLine:
    model = _logistic(math.inf).fit([[log_length(row)] for row in rows], labels)
    return LengthLine(slope=float(model.coef_[0, 0]), intercept=float(model.intercept_[0]))


def _fit_terms(rows: Sequence[Row], labels: Sequence[int], prevalence: float) -> TermWeights:
    """Terms in three papers at least (any, of few papers), the most frequent 3,000; prior odds of `prevalence`."""
    vectorizer = _vectorizer(max_features=MAX_TERMS, min_df=3 if len(rows) >= 100 else 1)
    model = _logistic(1.0).fit(vectorizer.fit_transform([_front(row) for row in rows]), labels)
    return TermWeights(
        terms=tuple(str(term) for term in vectorizer.get_feature_names_out()),
        idf=_rounded(vectorizer.idf_),
        weights=_rounded(model.coef_[0]),
        intercept=float(model.intercept_[0]) + _log_odds(prevalence) - _log_odds(sum(labels) / len(labels)),
    )


def _rounded(values: Any) -> tuple[float, ...]:
    """Five digits, as a float32 would hold them and then some: the JSON stays small."""
    return tuple(float(f"{value:.5g}") for value in values)


def _vectorizer(**settings: Any) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(sublinear_tf=True, stop_words="english", **settings)


def _logistic(c: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=c, max_iter=1000)


def _front(row: Row) -> str:
    """Title and abstract; URLTOK stands for a link, which tells of the decision (code links come with acceptance)."""
    return re.sub(r"\bURLTOK\b|https?://\S+", " ", f"{row.title} {row.abstract}")


def _log_odds(p: float) -> float:
    return math.log(p / (1 - p))
