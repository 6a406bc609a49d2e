"""Conjugate posteriors against their formulas and against scipy."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from agents.search.posteriors import BetaBelief, GaussianBelief
from agents.search.scores import Floats, Scores, added, row_of, score_with_crashes, scores_of, without
from agents.search.tree import Scale, Sums
from tests.agents.search.trees import tree_of

DRAWS = 20_000
VALUES = (0.2, 0.9, 0.4, 0.4)


def sums_of(*values: float) -> Sums:
    sums = Sums()
    for value in values:
        sums.add(1, value, value * value)
    return sums


def scores(*groups: tuple[float, ...]) -> Scores:
    return scores_of([row_of(sums_of(*group)) for group in groups], Scale())


def many(one: Scores) -> Scores:
    return one.take([0] * DRAWS)


def fits(draws: Floats, distribution: Any) -> bool:
    """Kolmogorov-Smirnov: the distance between both distribution functions, against its 99.9 % point."""
    known = np.asarray(distribution.cdf(np.sort(draws)), dtype=float)
    steps = np.arange(len(draws) + 1) / len(draws)
    distance = max(float(np.max(steps[1:] - known)), float(np.max(known - steps[:-1])))
    return distance < 1.95 / np.sqrt(len(draws))


def test_a_wrong_distribution_does_not_fit() -> None:
    draws = GaussianBelief().draw(many(scores(VALUES)), np.random.default_rng(1))
    assert not fits(draws, stats.norm(float(np.mean(draws)), float(np.std(draws))))


class TestScores:
    def test_are_those_of_the_single_values(self) -> None:
        n, mean, deviations = scores(VALUES, (0.5,), ())
        assert list(n) == [4, 1, 0] and mean == pytest.approx([np.mean(VALUES), 0.5, 0])
        assert deviations == pytest.approx([4 * np.var(VALUES), 0, 0])

    def test_follow_the_scale(self) -> None:
        _, mean, deviations = scores_of([row_of(sums_of(*VALUES))], Scale(low=-1.0, span=4.0))
        assert mean[0] == pytest.approx((np.mean(VALUES) + 1) / 4)
        assert deviations[0] == pytest.approx(4 * np.var(VALUES) / 16)

    def test_zeros_are_scores_like_others(self) -> None:
        for mine, theirs in zip(scores(VALUES, ()).with_zeros([2, 3]), scores((*VALUES, 0, 0), (0, 0, 0)), strict=True):
            assert mine == pytest.approx(theirs)

    def test_more_groups_of_zeros_come_behind(self) -> None:
        n, mean, deviations = scores(VALUES).followed_by([1, 0])
        assert list(n) == [4, 1, 0] and list(mean[1:]) == list(deviations[1:]) == [0, 0]

    def test_rows_add_up_and_are_taken_apart(self) -> None:
        first, second = row_of(sums_of(0.5, 1.0)), row_of(sums_of(0.25))
        assert added((first, second)) == row_of(sums_of(0.5, 1.0, 0.25))
        assert without(added((first, second)), second) == first

    def test_crashes_count_where_scores_are_relative_and_nowhere_else(self) -> None:
        row = row_of(sums_of(0.5))
        assert score_with_crashes(tree_of([]), [row], [2]).n[0] == 3
        assert score_with_crashes(tree_of([], scale="unit"), [row], [2]).n[0] == 1


class TestGaussian:
    def test_parameters_are_those_of_murphy(self) -> None:
        mean, weight, freedom, variance = (
            float(each[0]) for each in GaussianBelief(0.3, 2.0, 3.0, 0.2).fit(scores(VALUES))
        )
        average, n = np.mean(VALUES), len(VALUES)
        spread = sum((value - average) ** 2 for value in VALUES)
        assert (weight, freedom) == (6.0, 7.0) and mean == pytest.approx((2 * 0.3 + n * average) / 6)
        assert variance == pytest.approx((3 * 0.2 + spread + n * 2 * (0.3 - average) ** 2 / 6) / 7)

    def test_one_by_one_or_at_once_comes_to_the_same(self) -> None:
        belief = GaussianBelief()
        for value in VALUES:
            belief = GaussianBelief(*(float(each[0]) for each in belief.fit(scores((value,)))))
        at_once = GaussianBelief().fit(scores(VALUES))
        assert [belief.mean, belief.weight, belief.freedom, belief.variance] == pytest.approx(
            [each[0] for each in at_once]
        )

    @pytest.mark.parametrize("values", [(), VALUES])
    def test_draws_are_students(self, values: tuple[float, ...]) -> None:
        """The mean alone, its variance integrated out, is t-distributed."""
        group = scores(values)
        mean, weight, freedom, variance = (float(each[0]) for each in GaussianBelief().fit(group))
        draws = GaussianBelief().draw(many(group), np.random.default_rng(1))
        assert fits(draws, stats.t(freedom, mean, np.sqrt(variance / weight)))


class TestBeta:
    @pytest.mark.parametrize("values", [(), VALUES])
    def test_draws_are_beta(self, values: tuple[float, ...]) -> None:
        draws = BetaBelief().draw(many(scores(values)), np.random.default_rng(1))
        assert fits(draws, stats.beta(0.5 + sum(values), 0.5 + len(values) - sum(values)))

    def test_scores_out_of_range_count_as_the_nearest(self) -> None:
        successes, failures = BetaBelief().fit(scores((1.5, 1.3), (-2.0,)))
        assert list(successes) == [2.5, 0.5] and list(failures) == [0.5, 1.5]
