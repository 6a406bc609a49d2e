"""A weighted sum of scores that gives the expected human score: weights of at least 0, by bounded least squares."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reviewer.schema import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST = {"rigour": 0.05}
"""Least weight in points of the human score for a standard deviation; 0 for others."""

_OUTER = 0.01


class Term(Record):
    """An input's mean, deviation and range (98 in 100) over the papers fitted on, and its points per deviation."""

    mean: float
    scale: float
    weight: float
    low: float
    high: float

    def points(self, value: float) -> float:
        return self.weight * (min(max(value, self.low), self.high) - self.mean) / self.scale


class Blend(Record):
    terms: dict[str, Term]
    intercept: float

    def score(self, inputs: Mapping[str, float]) -> float:
        """Return the expected human score. An input counts as far as it was seen: no paper gets a score
        that none had. Raises KeyError for an input that is missing."""
        return self.intercept + sum(term.points(inputs[name]) for name, term in self.terms.items())


def fit_blend(columns: "Mapping[str, NDArray[np.float64]]", target: "NDArray[np.float64]") -> Blend:
    """Fit columns (n,) by name to human mean scores (n,)."""
    import numpy as np
    from scipy import optimize

    means = {name: float(column.mean()) for name, column in columns.items()}
    scales = {name: float(column.std()) or 1.0 for name, column in columns.items()}
    x = np.column_stack([(column - means[name]) / scales[name] for name, column in columns.items()])
    least = [LEAST.get(name, 0.0) for name in columns]
    library: Any = optimize  # its types are partial
    found = library.lsq_linear(x, target - target.mean(), bounds=(least, np.inf))
    terms = {
        name: Term(
            mean=means[name],
            scale=scales[name],
            weight=float(weight),
            low=float(np.quantile(column, _OUTER)),
            high=float(np.quantile(column, 1 - _OUTER)),
        )
        for (name, column), weight in zip(columns.items(), found.x, strict=True)
    }
    return Blend(terms=terms, intercept=float(target.mean()))
