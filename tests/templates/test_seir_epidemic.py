"""The epidemic template: the model obeys what is known of epidemics, and a plan out of bounds is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from templates import find_template
from tests.templates.loading import load_module

FOLDER = Path(__file__).parents[2] / "templates" / "seir_epidemic"


JUDGE, PLANNER = (load_module(FOLDER / name, FOLDER) for name in ("evaluate.py", "experiment.py"))
WORLD = PLANNER.world
OPEN = np.zeros((WORLD.WEEKS, 2, WORLD.LEVELS))


def plan(**changes: Any) -> dict[str, Any]:
    return {**PLANNER.draw_up_plan(find_template("seir_epidemic").baseline, 0), **changes}


def course(plan: dict[str, Any], closure: np.ndarray = OPEN, seed: int = 0) -> Any:
    cities = WORLD.draw_cities(np.random.default_rng([seed, 0]))
    return WORLD.simulate(cities, plan, closure, np.random.default_rng([seed, 1]))


NOTHING_DONE = plan(vaccination_rate=0.0, isolation_share=0.0)


def test_nobody_is_infected_dosed_or_buried_twice() -> None:
    cities = WORLD.draw_cities(np.random.default_rng([0, 0]))
    found = course(plan(vaccination_rate=0.8))
    assert (found.infections <= cities.people).all()
    assert (found.doses <= cities.people + 1e-6).all()
    assert (found.deaths <= found.infections).all()
    assert (found.deaths >= 0).all()


def test_an_unchecked_epidemic_reaches_its_final_size() -> None:
    """Kermack and McKendrick: with even mixing the share infected z solves z = 1 - exp(-R z)."""
    cities = WORLD.draw_cities(np.random.default_rng(0))
    reproduction = np.linspace(1.6, 3.2, WORLD.CITIES)
    even = cities._replace(
        contacts=np.ones_like(cities.contacts),
        transmission=reproduction[:, None] / WORLD.INFECTIOUS_DAYS,
        visitors=np.zeros_like(cities.visitors),
    )
    found = WORLD.simulate(even, NOTHING_DONE, OPEN, np.random.default_rng(1))
    sizes: np.ndarray = found.infections.sum(axis=1) / WORLD.POPULATION
    assert sizes == pytest.approx(1 - np.exp(-reproduction * sizes), abs=0.02)
    assert (np.diff(sizes) > 0).all()


def test_below_the_threshold_there_is_no_epidemic() -> None:
    cities = WORLD.draw_cities(np.random.default_rng(0))
    slow = cities._replace(transmission=cities.transmission * 0.7 / 3.0, visitors=np.zeros_like(cities.visitors))
    found = WORLD.simulate(slow, NOTHING_DONE, OPEN, np.random.default_rng(1))
    assert (found.infections.sum(axis=1) < 0.01 * WORLD.POPULATION).all()


def test_the_reproduction_number_lies_in_its_range() -> None:
    cities = WORLD.draw_cities(np.random.default_rng(3))
    matrix: np.ndarray = (
        cities.transmission[:, :, None] * cities.contacts * cities.people[:, :, None] / WORLD.POPULATION
    )
    reproduction = np.abs(np.linalg.eigvals(matrix)).max(axis=1) * WORLD.INFECTIOUS_DAYS
    facts = find_template("seir_epidemic").facts
    assert (reproduction > facts["reproduction_low"].value).all()
    assert (reproduction < facts["reproduction_high"].value).all()


def test_every_measure_spares_infections_in_the_same_cities() -> None:
    unchecked = course(NOTHING_DONE).infections.sum()
    for change in ({"vaccination_rate": 0.8}, {"isolation_share": 0.6}):
        assert course({**NOTHING_DONE, **change}).infections.sum() < unchecked
    assert course(NOTHING_DONE, np.full_like(OPEN, 0.5)).infections.sum() < 0.5 * unchecked


def test_more_of_a_measure_is_not_simply_better() -> None:
    half, full = (np.full_like(OPEN, reduction) for reduction in (0.5, 1.0))
    cost = [JUDGE.measure(course(NOTHING_DONE, closure), NOTHING_DONE)["days_lost"] for closure in (OPEN, half, full)]
    assert cost[2] > max(cost[:2])


def test_a_closed_city_stays_closed_between_trigger_and_release() -> None:
    config = find_template("seir_epidemic").baseline
    table = PLANNER.tabulate_closure(config)
    assert table[0, :, 19].tolist() == [0.0, 0.0]
    assert table[0, :, 30].tolist() == [0.0, 0.5]
    assert table[0, :, 40].tolist() == [0.5, 0.5]


def test_the_facts_are_the_worlds_numbers() -> None:
    facts = find_template("seir_epidemic").facts
    assert facts["efficacy"].value == 100 * WORLD.EFFICACY
    assert facts["age_groups"].value == WORLD.GROUPS
    for name in ("cities", "population", "days", "latent_days", "infectious_days", "beds", "first_dose_day"):
        assert facts[name].value == getattr(WORLD, name.upper()), name
    assert (facts["ill_days"].value, facts["death_days"].value) == (JUDGE.ILL_DAYS, JUDGE.DEATH_DAYS)


@pytest.mark.parametrize("knob", [knob for knob in find_template("seir_epidemic").knobs if knob.kind == "config"])
def test_every_level_of_every_knob_is_within_the_evaluators_bounds(knob: Any, tmp_path: Path) -> None:
    config = find_template("seir_epidemic").baseline
    for value in knob.values:
        plan = PLANNER.draw_up_plan({**config, knob.name: value}, 7)
        (tmp_path / "plan.json").write_text(json.dumps(plan))
        assert JUDGE.read_plan(tmp_path / "plan.json", 7)["seed"] == 7


BAD = [
    {"seed": -1},
    {"seed": 1.5},
    {"seed": True},
    {"vaccination_rate": "0.2"},
    {"vaccination_rate": 1e9},
    {"isolation_share": -0.1},
    {"isolation_share": 1.01},
    {"isolation_delay": None},
    {"travel_screening": 2},
    {"review_days": 0},
    {"review_days": 7.0},
    {"smoothing_days": 0},
    {"closure_scope": [1.0, 1.0, 1.0]},
    {"closure_scope": [1.0, 1.0, 1.0, 1.1]},
    {"closure_scope": {"0": 1.0}},
    {"vaccination_weights": [1.0, 1.0, 1.0, -1.0]},
    {"vaccination_weights": [1.0, 1.0, 1.0, float("nan")]},
    {"bonus": 1},
]


@pytest.mark.parametrize("change", BAD, ids=str)
def test_a_plan_out_of_bounds_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(plan(**change)))
    with pytest.raises(SystemExit, match=r"^plan\.json: .*"):
        JUDGE.read_artefacts(tmp_path, 0)


def test_a_plan_for_another_seed_is_refused(tmp_path: Path) -> None:
    """An experiment could name the seed of mild cities as its own."""
    (tmp_path / "plan.json").write_text(json.dumps(plan(seed=7)))
    with pytest.raises(SystemExit, match=r"^plan\.json: the plan names seed 7, but this experiment has seed 3$"):
        JUDGE.read_artefacts(tmp_path, 3)


@pytest.mark.parametrize("value", [-0.01, 1.01, np.nan, np.inf])
def test_a_closure_that_is_no_share_is_refused(value: float, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(plan()))
    table = OPEN.copy()
    table[5, 1, 7] = value
    np.save(tmp_path / "closure.npy", table)
    with pytest.raises(SystemExit, match=r"^closure\.npy: reductions must be"):
        JUDGE.read_artefacts(tmp_path, 0)


@settings(max_examples=60, deadline=None)
@given(junk=st.binary(max_size=300))
def test_no_bytes_get_past_the_readers(junk: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("junk", numbered=True)
    (folder / "plan.json").write_bytes(junk)
    with pytest.raises(SystemExit):
        JUDGE.read_artefacts(folder, 0)
    (folder / "plan.json").write_text(json.dumps(plan()))
    for head in (b"", b"\x93NUMPY\x01\x00"):
        (folder / "closure.npy").write_bytes(head + junk)
        with pytest.raises(SystemExit):
            JUDGE.read_artefacts(folder, 0)


@settings(max_examples=15, deadline=None)
@given(
    share=st.floats(0, 1),
    scope=st.lists(st.floats(0, 1), min_size=4, max_size=4),
    weights=st.lists(st.floats(0, 1000), min_size=4, max_size=4),
    rate=st.floats(0, 2),
    review=st.integers(1, 60),
    reduction=st.floats(0, 1),
)
def test_every_plan_within_bounds_has_finite_metrics(
    share: float, scope: list[float], weights: list[float], rate: float, review: int, reduction: float
) -> None:
    wild = plan(
        isolation_share=share,
        isolation_delay=0,
        closure_scope=scope,
        vaccination_weights=weights,
        vaccination_rate=rate,
        review_days=review,
    )
    cities = WORLD.draw_cities(np.random.default_rng(0))
    found = WORLD.simulate(cities, wild, np.full_like(OPEN, reduction), np.random.default_rng(1), 150)
    assert all(np.isfinite(value) and value >= 0 for value in JUDGE.measure(found, wild).values())
