"""The model of an epidemic: cities that differ, and what becomes of them under a plan.

Fixed and hashed with the evaluator, which tries plans in it; experiment.py has it for training cities of its own.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

GROUPS = 4  # children, young adults, older adults, seniors
DAYS, CITIES, POPULATION = 365, 12, 100_000
LATENT_DAYS, INFECTIOUS_DAYS, STAY_DAYS = 4.0, 5.0, 10.0  # means of geometric times
BEDS, FIRST_DOSE_DAY, EFFICACY, SEEDED = 200, 90, 0.8, 5
SHARES = np.array([0.2, 0.3, 0.3, 0.2])
CONTACTS = np.array([[30.0, 10, 8, 4], [10, 18, 10, 4], [8, 10, 12, 5], [4, 4, 5, 8]])
HOSPITAL_RISK = np.array([0.002, 0.008, 0.03, 0.09])
FATALITY, CROWDED_FATALITY = np.array([0.01, 0.03, 0.08, 0.2]), 2.0
WEEKS, LEVELS = 53, 201  # a closure table has a row per week and a column per per cent of the beds
Array: TypeAlias = NDArray[Any]
Plan: TypeAlias = dict[str, Any]


class Cities(NamedTuple):
    """What differs between cities: c cities, g age groups."""

    people: Array  # (c, g)
    contacts: Array  # (c, g, g)
    transmission: Array  # (c, 1), per contact unit and day
    visitors: Array  # (c, 1), chance of a person and day to be infected by a visitor
    hospital_risk: Array  # (c, g), of an infection


@dataclass
class State:
    """People by city and group (c, g) on one day; `failed` were vaccinated in vain."""

    unvaccinated: Array
    susceptible: Array
    failed: Array
    exposed: Array
    infectious: Array
    beds: Array
    signal: Array  # (c, 1), smoothed per cent of the beds in use
    reduction: Array  # (c, 1), of contacts


class Course(NamedTuple):
    """What happened: by city and day (c, d), or in total by city and group (c, g)."""

    infectious: Array
    beds: Array
    reduction: Array
    lost_contacts: Array  # squared share of contacts given up, mean over people
    infections: Array
    deaths: Array
    doses: Array


def draw_cities(random: np.random.Generator) -> Cities:
    """Draw cities that differ in age, mixing, reproduction number, severity and visitors."""
    people = np.rint(POPULATION * random.dirichlet(80 * SHARES, CITIES))
    noise = random.uniform(0.8, 1.25, (CITIES, GROUPS, GROUPS))
    contacts = CONTACTS * np.sqrt(noise * noise.transpose(0, 2, 1))  # contacts stay mutual
    next_generation = contacts * people[:, :, None] / POPULATION  # Diekmann, Heesterbeek and Metz 1990
    growth = np.abs(np.linalg.eigvals(next_generation)).max(axis=1)
    transmission = random.uniform(1.8, 3.0, CITIES) / growth / INFECTIOUS_DAYS
    severity = random.uniform(0.7, 1.4, (CITIES, 1))
    visitors = random.uniform(0.1, 1.0, (CITIES, 1)) / POPULATION
    return Cities(people, contacts, transmission[:, None], visitors, HOSPITAL_RISK * severity)


def simulate(cities: Cities, plan: Plan, closure: Array, random: np.random.Generator, days: int = DAYS) -> Course:
    """Run a chain-binomial SEIR model with hospitals and vaccination, a day a step.

    `closure` holds the reduction of contacts in [0, 1] by week, by whether the city is closed, and by per cent of the
    beds in use. Everything is drawn from `random`.
    """
    state = first_day(cities)
    daily = np.zeros((4, CITIES, days))
    totals = np.zeros((3, CITIES, GROUPS))
    for day in range(days):
        decide(state, plan, closure, day)
        openness = 1 - state.reduction * np.array(plan["closure_scope"])
        totals += (*spread(state, cities, plan, openness, random), vaccinate(state, plan, day, random))
        lost = ((1 - openness) ** 2 * cities.people).sum(axis=1) / POPULATION
        daily[:, :, day] = state.infectious.sum(axis=1), state.beds.sum(axis=1), state.reduction[:, 0], lost
    return Course(*daily, *totals)


def first_day(cities: Cities) -> State:
    exposed = np.full((CITIES, GROUPS), SEEDED)
    nobody, unknown = np.zeros_like(exposed), np.zeros((CITIES, 1))
    susceptible = cities.people.astype(np.int64) - exposed
    return State(cities.people.copy(), susceptible, nobody, exposed, nobody, nobody, unknown, unknown)


def decide(state: State, plan: Plan, closure: Array, day: int) -> None:
    """Smooth the signal every day; look the reduction up in the table on review days."""
    taken = 100 * state.beds.sum(axis=1, keepdims=True) / BEDS
    state.signal = state.signal + (taken - state.signal) / plan["smoothing_days"]
    if day % plan["review_days"] == 0:
        level = np.minimum(state.signal.astype(int), LEVELS - 1)
        state.reduction = closure[day // 7, (state.reduction > 0).astype(int), level]


def spread(
    state: State, cities: Cities, plan: Plan, openness: Array, random: np.random.Generator
) -> tuple[Array, Array]:
    """Move people from susceptible to exposed, infectious, hospital and out; return the new infections and deaths."""
    isolated = plan["isolation_share"] * (1 - 1 / INFECTIOUS_DAYS) ** plan["isolation_delay"]
    met = np.einsum("cab,cb->ca", cities.contacts, state.infectious * openness) * openness / POPULATION
    chance = -np.expm1(-cities.transmission * (1 - isolated) * met - cities.visitors * (1 - plan["travel_screening"]))
    caught, caught_failed = random.binomial(state.susceptible, chance), random.binomial(state.failed, chance)
    started = random.binomial(state.exposed, 1 / LATENT_DAYS)
    ended = random.binomial(state.infectious, 1 / INFECTIOUS_DAYS)
    left = random.binomial(state.beds, 1 / STAY_DAYS)
    crowding = 1 - BEDS / np.maximum(state.beds.sum(axis=1, keepdims=True), BEDS)
    deaths = random.binomial(left, FATALITY * (1 + CROWDED_FATALITY * crowding))
    state.susceptible = state.susceptible - caught
    state.failed = state.failed - caught_failed
    state.exposed = state.exposed + caught + caught_failed - started
    state.infectious = state.infectious + started - ended
    state.beds = state.beds + random.binomial(ended, cities.hospital_risk) - left
    return caught + caught_failed, deaths


def vaccinate(state: State, plan: Plan, day: int, random: np.random.Generator) -> Array:
    """Share the day's doses out by weight among the unvaccinated; return the doses given."""
    if day < FIRST_DOSE_DAY:
        return np.zeros((CITIES, GROUPS))
    claims = state.unvaccinated * np.array(plan["vaccination_weights"])
    shares = claims / np.maximum(claims.sum(axis=1, keepdims=True), 1e-9)
    doses = np.minimum(plan["vaccination_rate"] / 100 * POPULATION * shares, state.unvaccinated)
    reached = random.binomial(state.susceptible, doses / np.maximum(state.unvaccinated, 1))
    protected = random.binomial(reached, EFFICACY)
    state.unvaccinated = state.unvaccinated - doses
    state.susceptible = state.susceptible - reached
    state.failed = state.failed + reached - protected
    return doses
