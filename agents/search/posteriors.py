"""Beliefs about the mean score of a group of trials, and draws from them. Conjugate: counts and moments suffice."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from agents.search.scores import Floats, Scores


class Belief(Protocol):
    """Draws one value for each group of scores, for Thompson sampling; a group without any draws from the prior."""

    def draw(self, scores: Scores, generator: np.random.Generator) -> Floats: ...


class Fitted(NamedTuple):
    """Parameters of normal-inverse-chi-squared posteriors, each of shape (k,)."""

    mean: Floats
    weight: Floats
    freedom: Floats
    variance: Floats


@dataclass(frozen=True, slots=True)
class GaussianBelief:
    """Normal scores of unknown mean and variance under a normal-inverse-chi-squared prior.

    Murphy, "Probabilistic Machine Learning: Advanced Topics" (2023), section 3.4.3.3. The prior is worth `weight`
    scores of value `mean`, and `freedom` scores that tell of the variance. The defaults are those of treequest.
    """

    mean: float = 0.0
    weight: float = 1.0
    freedom: float = 1.0
    variance: float = 0.1

    def fit(self, scores: Scores) -> Fitted:
        weight, freedom = self.weight + scores.n, self.freedom + scores.n
        mean = (self.weight * self.mean + scores.n * scores.mean) / weight
        shift = scores.n * self.weight * (self.mean - scores.mean) ** 2 / weight
        return Fitted(mean, weight, freedom, (self.freedom * self.variance + scores.deviations + shift) / freedom)

    def draw(self, scores: Scores, generator: np.random.Generator) -> Floats:
        """Draws of the mean itself, not of a next score."""
        fit = self.fit(scores)
        variance = fit.freedom * fit.variance / 2 / generator.standard_gamma(fit.freedom / 2)
        return fit.mean + np.sqrt(variance / fit.weight) * generator.standard_normal(len(fit.mean))


@dataclass(frozen=True, slots=True)
class BetaBelief:
    """Scores in [0, 1] as shares of a success, under a beta prior worth `weight` trials; the default is Jeffreys'."""

    mean: float = 0.5
    weight: float = 1.0

    def fit(self, scores: Scores) -> tuple[Floats, Floats]:
        """Both parameters of the posteriors."""
        successes = scores.n * np.clip(scores.mean, 0, 1)
        return self.weight * self.mean + successes, self.weight * (1 - self.mean) + scores.n - successes

    def draw(self, scores: Scores, generator: np.random.Generator) -> Floats:
        return generator.beta(*self.fit(scores))
