"""The truth of the bench's problems: known optima, noise-free values, the same for the same seed."""

import numpy as np
import pytest

from bench.search.grounds import FIVE, HELD_OUT, HELD_OUT_MORE, MORE, Ground, Range
from bench.search.landscape import Landscape, make_landscape
from bench.search.luck import MOST_DRAWS, deal_luck

ALL = FIVE + MORE + HELD_OUT + HELD_OUT_MORE
TRAP = next(ground for ground in FIVE if ground.name == "trap")


def sampled(landscape: Landscape, count: int = 2000) -> np.ndarray:
    """True values of drafts."""
    rng = np.random.default_rng(5)
    hills = landscape.hills(rng.random(count))
    return landscape.values(hills, rng.random((count, landscape.ground.dimensions)))


@pytest.mark.parametrize("ground", ALL, ids=[f"{ground.name}-{ground.dimensions}" for ground in ALL])
class TestEveryGround:
    def test_is_worth_its_height_on_a_summit(self, ground: Ground) -> None:
        landscape = make_landscape(ground, 3)
        hills = np.arange(len(landscape.heights))
        assert landscape.values(hills, landscape.summits) == pytest.approx(landscape.heights)

    def test_is_nowhere_better_than_its_optimum(self, ground: Ground) -> None:
        landscape = make_landscape(ground, 3)
        assert sampled(landscape).max() <= landscape.optimum.value <= 1.0
        assert sampled(landscape).min() >= 0.0

    def test_has_its_heights_where_it_says(self, ground: Ground) -> None:
        landscape = make_landscape(ground, 3)
        plain = landscape.heights[: ground.hills]
        assert plain.min() >= ground.heights.low and plain.max() <= ground.heights.high

    def test_is_laid_out_by_its_seed(self, ground: Ground) -> None:
        once, again, other = (make_landscape(ground, seed) for seed in (3, 3, 4))
        assert np.array_equal(once.summits, again.summits) and np.array_equal(once.heights, again.heights)
        assert not np.array_equal(once.summits, other.summits)


class TestShapes:
    def test_a_bell_falls_off_as_a_gaussian(self) -> None:
        landscape = make_landscape(Ground("bell", 1, Range(0.8, 0.8), Range(0.5, 0.5)), 0)
        aside = landscape.summits + np.eye(1, 6) * 0.5
        assert landscape.values(np.array([0]), aside) == pytest.approx(0.8 * np.exp(-0.5))

    def test_a_cone_falls_off_evenly_down_to_nothing(self) -> None:
        landscape = make_landscape(Ground("cone", 1, Range(0.8, 0.8), Range(0.4, 0.4), shape="cone"), 0)
        asides = [landscape.summits + np.eye(1, 6) * far for far in (0.1, 0.2, 0.9)]
        values = [landscape.values(np.array([0]), aside)[0] for aside in asides]
        assert values == pytest.approx([0.6, 0.4, 0.0])

    def test_flat_ground_is_equally_good_everywhere_on_a_hill(self) -> None:
        landscape = make_landscape(Ground("flat", 1, Range(0.5, 0.5), Range(1, 1), shape="flat"), 0)
        assert set(sampled(landscape)) == {0.5}

    def test_hills_do_not_add_up(self) -> None:
        """A place belongs to one hill, whatever else is near."""
        landscape = make_landscape(Ground("two", 2, Range(0.5, 0.9), Range(0.5, 0.5)), 0)
        values = [landscape.values(np.array([hill]), landscape.summits[:1])[0] for hill in (0, 1)]
        assert values[0] == pytest.approx(landscape.heights[0]) and values[1] < landscape.heights[1]


class TestTrap:
    def test_its_best_hill_is_rare_and_far_above_the_others(self) -> None:
        landscape = make_landscape(TRAP, 0)
        hills = landscape.hills(np.random.default_rng(0).random(4000))
        assert landscape.optimum.hill == TRAP.hills
        assert np.mean(hills == TRAP.hills) == pytest.approx(TRAP.good_share, abs=0.02)
        assert landscape.heights[: TRAP.hills].max() <= 0.55 < 0.9 < landscape.optimum.value

    def test_a_uniform_number_just_below_one_finds_a_hill(self) -> None:
        assert make_landscape(TRAP, 0).hills(np.array([0.0, np.nextafter(1.0, 0.0)])).tolist() == [0, TRAP.hills]


class TestLuck:
    def test_does_not_depend_on_how_many_trials_are_made(self) -> None:
        few, many = deal_luck(7, 5, 6), deal_luck(7, 50, 6)
        assert np.array_equal(few.steps, many.steps[:5]) and np.array_equal(few.hills, many.hills[:5])
        assert np.array_equal(few.noise, many.noise[:5]) and np.array_equal(few.crashes, many.crashes[:5])

    def test_differs_by_seed_and_by_trial(self) -> None:
        luck = deal_luck(7, 5, 6)
        assert not np.array_equal(luck.noise, deal_luck(8, 5, 6).noise)
        assert len(np.unique(luck.points)) == 5 * MOST_DRAWS * 6

    def test_spreads_the_time_of_trials_tenfold(self) -> None:
        seconds = deal_luck(7, 4000, 1).seconds
        assert 1.0 <= seconds.min() < 1.05 and 9.5 < seconds.max() <= 10.0
        assert np.median(seconds) == pytest.approx(10**0.5, rel=0.1)
