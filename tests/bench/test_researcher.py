"""What the simulated researcher makes of each kind of choice."""

from dataclasses import replace

import numpy as np
import pytest

from agents.schema import Choice
from bench.search.grounds import FIVE, MODELS, Ground, Range, crash_chance
from bench.search.landscape import Landscape, Place, make_landscape
from bench.search.luck import Luck, deal_luck
from bench.search.researcher import Attempt, SimulatedResearcher

BASINS = next(ground for ground in FIVE if ground.name == "basins")
LOTTERY = next(ground for ground in FIVE if ground.name == "lottery")
SURE = replace(BASINS, crash=0)
DRAFT = Choice(model="weak")


def researcher(ground: Ground = SURE, noise: float = 0.03, seed: int = 1) -> SimulatedResearcher:
    return SimulatedResearcher(make_landscape(ground, seed), deal_luck(seed, 400, ground.dimensions), noise)


def on(parent: str, patch: str = "edit", *others: str, model: str = "weak") -> Choice:
    return Choice.model_validate({"parent": parent, "patch": patch, "inspirations": others, "model": model})


def is_same(one: Place, other: Place) -> bool:
    return one.hill == other.hill and np.array_equal(one.point, other.point) and one.value == other.value


def with_crashes(*crashes: bool) -> SimulatedResearcher:
    """On crash-prone ground, where the first trials crash as told."""
    luck = deal_luck(1, 400, SURE.dimensions)
    luck.crashes[: len(crashes)] = [0.0 if crash else 1.0 for crash in crashes]
    return SimulatedResearcher(make_landscape(BASINS, 1), luck, 0.03)


def value_at(landscape: Landscape, place: Place) -> float:
    return float(landscape.values(np.array([place.hill]), place.point[None])[0])


class TestDraft:
    def test_goes_where_the_luck_of_its_trial_says(self) -> None:
        luck, landscape = deal_luck(1, 400, 6), make_landscape(SURE, 1)
        place = researcher().carry_out(4, "a", DRAFT).place
        assert np.array_equal(place.point, luck.points[4, 0])
        assert place.hill == landscape.hills(luck.hills[4, :1])[0]

    def test_is_the_best_of_what_a_model_attempts(self) -> None:
        """Attempts of a better model include those of a weaker one, so none does worse at the same trial."""
        values = [[researcher().carry_out(index, "a", Choice(model=model.name)).place.value for model in MODELS]
                  for index in range(100)]  # fmt: skip
        assert all(weak <= medium <= strong for weak, medium, strong in values)
        assert np.mean(values, axis=0)[2] > np.mean(values, axis=0)[0] + 0.1

    def test_a_rewrite_is_one_too(self) -> None:
        there = researcher()
        there.carry_out(0, "a", DRAFT)
        assert is_same(
            there.carry_out(5, "b", on("a", "rewrite")).place, researcher().carry_out(5, "b", DRAFT).place
        )  # fmt: skip


class TestEdit:
    def test_stays_on_the_hill_and_near(self) -> None:
        there = researcher()
        start = there.carry_out(0, "a", DRAFT).place
        places = [there.carry_out(index, str(index), on("a")).place for index in range(1, 200)]
        assert {place.hill for place in places} == {start.hill}
        inside = np.concatenate([place.point - start.point for place in places])
        assert 0.05 < inside.std() < 0.08  # steps of .07, some stopped at the border of the cube

    def test_never_leaves_the_cube(self) -> None:
        there = researcher()
        there.carry_out(0, "0", DRAFT)
        places = [there.carry_out(index, str(index), on(str(index - 1))).place for index in range(1, 300)]
        points = np.array([place.point for place in places])
        assert points.min() >= 0.0 and points.max() <= 1.0

    def test_is_a_new_draw_on_lottery_ground(self) -> None:
        there = researcher(replace(LOTTERY, crash=0))
        there.carry_out(0, "a", DRAFT)
        edited, drafted = there.carry_out(7, "b", on("a")).place, there.carry_out(7, "c", DRAFT).place
        assert is_same(edited, drafted)

    def test_knows_only_parents_that_were_carried_out(self) -> None:
        with pytest.raises(KeyError):
            researcher().carry_out(0, "a", on("nobody"))


class TestCross:
    def test_of_one_hill_takes_each_coordinate_from_one_of_both_but_for_a_step(self) -> None:
        there = researcher(Ground("single", 1, Range(1, 1), Range(1, 1), crash=0, stride=0))
        one, other = (there.carry_out(index, str(index), DRAFT).place for index in (0, 1))
        child = there.carry_out(2, "2", on("0", "cross", "1")).place
        assert all(x in (a, b) for x, a, b in zip(child.point, one.point, other.point, strict=True))
        assert not np.array_equal(child.point, one.point) and not np.array_equal(child.point, other.point)

    def test_between_hills_is_a_draft(self) -> None:
        there = researcher()
        places = [there.carry_out(index, str(index), DRAFT).place for index in range(10)]
        other = next(index for index, place in enumerate(places) if place.hill != places[0].hill)
        child = there.carry_out(20, "child", on("0", "cross", str(other))).place
        assert is_same(child, researcher().carry_out(20, "child", DRAFT).place)

    def test_without_a_second_parent_is_an_edit(self) -> None:
        there = researcher()
        there.carry_out(0, "a", DRAFT)
        assert is_same(there.carry_out(1, "b", on("a", "cross")).place, there.carry_out(1, "c", on("a")).place)


class TestRepeat:
    def test_measures_the_same_place_with_fresh_noise_at_the_price_of_a_run(self) -> None:
        there = researcher()
        first = there.carry_out(0, "a", Choice(model="strong"))
        again = [there.carry_out(index, f"r{index}", on("a", "repeat")) for index in range(1, 300)]
        assert all(is_same(each.place, first.place) and each.cost == 1 for each in again)
        observed = [each.observed for each in again if each.observed is not None]
        assert len(observed) == 299 and np.std(observed) == pytest.approx(0.03, rel=0.15)
        assert np.mean(observed) == pytest.approx(first.place.value, abs=0.01)

    def test_of_a_failure_fails(self) -> None:
        there = with_crashes(True)
        there.carry_out(0, "a", DRAFT)
        assert there.carry_out(1, "b", on("a", "repeat")).observed is None


class TestFailure:
    def test_happens_as_often_as_the_model_and_the_ground_say(self) -> None:
        crash = next(ground for ground in FIVE if ground.name == "crash")
        assert [crash_chance(crash, model) for model in MODELS] == pytest.approx([0.5, 0.25, 0.15])
        there = researcher(crash)
        failed = [there.carry_out(index, str(index), DRAFT).observed is None for index in range(400)]
        assert np.mean(failed) == pytest.approx(0.5, abs=0.08)

    def test_costs_what_a_success_costs(self) -> None:
        attempts = [with_crashes(True).carry_out(0, "a", Choice(model=model.name)) for model in MODELS]
        assert [(each.observed, each.cost) for each in attempts] == [(None, 1), (None, 3), (None, 10)]

    def test_mended_leads_where_it_would_have_led(self) -> None:
        there = with_crashes(True, True, False)
        failed = there.carry_out(0, "a", DRAFT)
        still_failed = there.carry_out(1, "b", on("a"))
        mended = there.carry_out(2, "c", on("b"))
        assert still_failed.observed is None and mended.observed is not None
        assert is_same(mended.place, failed.place)


class TestMeasuring:
    def test_is_the_truth_without_noise(self) -> None:
        attempt = researcher(noise=0.0).carry_out(0, "a", DRAFT)
        assert attempt.observed == attempt.place.value == value_at(make_landscape(SURE, 1), attempt.place)

    def test_meets_the_same_noise_whatever_was_chosen(self) -> None:
        def error(attempt: Attempt) -> float:
            assert attempt.observed is not None
            return attempt.observed - attempt.place.value

        there = researcher()
        there.carry_out(0, "a", DRAFT)
        errors = [error(there.carry_out(3, name, choice)) for name, choice in (("b", DRAFT), ("c", on("a")))]
        assert errors[0] == pytest.approx(errors[1])

    def test_stays_within_the_scale(self) -> None:
        there = researcher(noise=5.0)
        observed = [there.carry_out(index, str(index), DRAFT).observed for index in range(50)]
        assert {0.0, 1.0} <= set(observed) and all(each is not None and 0 <= each <= 1 for each in observed)

    def test_luck_is_what_was_dealt(self) -> None:
        luck: Luck = deal_luck(1, 400, 6)
        attempt = researcher().carry_out(9, "a", DRAFT)
        assert attempt.observed == pytest.approx(np.clip(attempt.place.value + 0.03 * luck.noise[9], 0, 1))
