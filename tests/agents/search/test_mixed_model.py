"""The grid against importance sampling of the same mixed model."""

from statistics import fmean
from typing import NamedTuple, TypeAlias

import numpy as np
import pytest

from agents.search.mixed_model import MixedBelief
from agents.search.scores import Floats, Scores

SAMPLES, DRAWS = 1_500_000, 100_000
Groups: TypeAlias = tuple[tuple[float, ...], ...]
SPREAD: Groups = ((0.31, 0.35, 0.52), (0.55, 0.6, 0.48, 0.7), (0.62, 0.2))
FAR: Groups = ((0.1, 0.15), (0.5,), (0.85, 0.8, 0.9))
EVEN: Groups = ((0.5, 0.52), (0.49,), (0.51, 0.5))


class Predicted(NamedTuple):
    """Mean and deviation of a next score of each group, last of a new one; the chance that the new one is best."""

    means: Floats
    sds: Floats
    wider: float


def scores_of(groups: Groups) -> Scores:
    n = np.array([float(len(group)) for group in groups])
    variance = np.array([fmean(value**2 for value in group) - fmean(group) ** 2 for group in groups])
    return Scores(n, np.array([fmean(group) for group in groups]), n * variance)


def new_wins(draws: Floats) -> float:
    return sum(row[-1] == max(row) for row in draws.tolist()) / len(draws)


def on_the_grid(groups: Groups, belief: MixedBelief) -> Predicted:
    scores = scores_of(groups)
    places = np.tile(np.arange(len(groups) + 1), DRAWS)
    options = scores.followed_by([0]).take(places)
    draws = belief.fit(scores).draw(options, np.random.default_rng(3)).reshape(DRAWS, -1)
    return Predicted(draws.mean(axis=0), draws.std(axis=0), new_wins(draws))


def by_importance(groups: Groups, belief: MixedBelief) -> Predicted:
    """Samples (mu, s_a, s_y): mu from its prior, the deviations log-uniformly, all weighted by prior and likelihood.

    Scores of a group are jointly normal with covariance s_y^2 I + s_a^2 11'; its eigenvalues are s_y^2 and
    s_y^2 + n s_a^2, the latter in the direction of the mean.
    """
    rng = np.random.default_rng(5)
    mu = rng.normal(belief.mean, belief.sd_mean, SAMPLES)
    between, within = (np.exp(rng.uniform(np.log(0.001), np.log(1.5), SAMPLES)) for _ in range(2))
    log_weight = (
        np.log(between * within) - (between / belief.sd_between) ** 2 / 2 - (within / belief.sd_within) ** 2 / 2
    )
    for group in groups:
        n, mean = len(group), fmean(group)
        along, deviations = within**2 + n * between**2, sum((value - mean) ** 2 for value in group)
        log_weight -= ((n - 1) * np.log(within**2) + np.log(along) + deviations / within**2) / 2
        log_weight -= n * (mean - mu) ** 2 / along / 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    assert 1 / np.sum(weight**2) > 10_000, "too few samples carry the weight"
    nexts: list[Floats] = []
    for group in (*groups, ()):
        # As in a search, each option gets a sample of its own; its level is shrunk from the mean of its scores to mu.
        own = rng.choice(SAMPLES, DRAWS, p=weight)
        kept = len(group) * between[own] ** 2 / (len(group) * between[own] ** 2 + within[own] ** 2)
        level = mu[own] + kept * ((fmean(group) if group else 0.0) - mu[own])
        nexts.append(rng.normal(level, np.sqrt((1 - kept) * between[own] ** 2 + within[own] ** 2)))
    draws = np.array(nexts).T
    return Predicted(draws.mean(axis=0), draws.std(axis=0), new_wins(draws))


@pytest.mark.slow
@pytest.mark.parametrize("groups", [SPREAD, FAR, EVEN], ids=["spread", "far", "even"])
def test_predicts_what_importance_sampling_does(groups: Groups) -> None:
    grid, sampled = on_the_grid(groups, MixedBelief()), by_importance(groups, MixedBelief())
    assert grid.means == pytest.approx(sampled.means, abs=0.006)
    assert grid.sds == pytest.approx(sampled.sds, abs=0.006)
    assert grid.wider == pytest.approx(sampled.wider, abs=0.012)


@pytest.mark.slow
def test_predicts_it_under_other_priors() -> None:
    belief = MixedBelief(mean=0.2, sd_mean=0.4, sd_between=0.05, sd_within=0.15)
    grid, sampled = on_the_grid(SPREAD, belief), by_importance(SPREAD, belief)
    assert grid.means == pytest.approx(sampled.means, abs=0.006)
    assert grid.sds == pytest.approx(sampled.sds, abs=0.006)


def test_without_any_score_predicts_the_prior() -> None:
    """Variance of a next score: .2^2 of the mean, .2^2 between, .3^2 within."""
    draws = MixedBelief().draw(Scores(*np.zeros((3, DRAWS))), np.random.default_rng(0))
    assert np.mean(draws) == pytest.approx(0.5, abs=0.01)
    assert np.var(draws) == pytest.approx(0.2**2 + 0.2**2 + 0.3**2, rel=0.03)


def test_groups_of_equal_size_count_as_if_they_were_alone() -> None:
    """Groups of one size share their part of the grid: one more score of weight nearly 0 apart, so must all others."""
    rng = np.random.default_rng(2)
    n, mean = np.array([2.0, 2.0, 2.0, 5.0]), rng.random(4)
    together = MixedBelief().fit(Scores(n, mean, np.full(4, 0.02)))
    apart = MixedBelief().fit(Scores(n + np.array([0, 1e-9, 2e-9, 0]), mean, np.full(4, 0.02)))
    assert together.cumulated / together.cumulated[-1] == pytest.approx(apart.cumulated / apart.cumulated[-1], abs=1e-6)
    assert together.mean == pytest.approx(apart.mean, abs=1e-6)


def test_an_unseen_group_is_less_certain_than_a_seen_one() -> None:
    scores = scores_of(((0.5,) * 30, (0.9,) * 30))
    places = np.tile([0, 1, 2], 5000)
    draws = (
        MixedBelief().fit(scores).draw(scores.followed_by([0]).take(places), np.random.default_rng(1)).reshape(-1, 3)
    )
    sds = draws.std(axis=0)
    assert sds[2] > 5 * max(sds[:2]) and draws.mean(axis=0)[:2] == pytest.approx([0.5, 0.9], abs=0.01)
