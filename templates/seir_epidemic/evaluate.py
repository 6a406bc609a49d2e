"""Let the epidemic run under the plan that an experiment wrote, in cities it never saw, and weigh what it cost.

Fixed and hashed; it alone writes metrics.json. The experiment hands over a plan and a closure table, never a result;
the seed of the cities comes from the harness, and a plan that names another is refused. Whatever cannot be used ends
this with one line.
"""

import argparse
import io
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import NDArray

# >>> world: the same text stands in experiment.py, for training cities of its own, and in evaluate.py
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


# <<< world

ILL_DAYS, DEATH_DAYS = 4.0, 1500.0  # days that an infection and a death cost
CLOSURE_DAYS, DOSE_DAYS, CAMPAIGN_DAYS = 0.20, 0.3, 0.006
ISOLATION_DAYS, SCREENING_DAYS = 0.012, 0.5
LIMIT_BYTES = 1 << 20
SPLITS = {"search": 1, "confirm": 2}
BOUNDS = {
    "seed": (0, 2**63),
    "vaccination_rate": (0, 2),
    "isolation_share": (0, 1),
    "isolation_delay": (0, 30),
    "travel_screening": (0, 1),
    "review_days": (1, 60),
    "smoothing_days": (1, 60),
}
LISTS = {"closure_scope": 1.0, "vaccination_weights": 1000.0}
WHOLE = ("seed", "review_days", "smoothing_days")


def read_plain(path: Path) -> bytes:
    """Bytes of a regular, unlinked file of bounded size."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size > LIMIT_BYTES:
            raise ValueError(f"not a plain file of at most {LIMIT_BYTES} bytes")
        return file.read(LIMIT_BYTES)


def read_plan(path: Path, seed: int) -> Plan:
    """The plan with every number in its bounds, drawn up for `seed`."""
    plan: object = json.loads(read_plain(path))
    if not is_object(plan) or set(plan) != {*BOUNDS, *LISTS}:
        raise ValueError(f"expected an object with the keys {', '.join(sorted({*BOUNDS, *LISTS}))}")
    for key, (low, high) in BOUNDS.items():
        check_number(key, plan[key], low, high)
    for key, high in LISTS.items():
        values = plan[key]
        if not is_list(values) or len(values) != GROUPS:
            raise ValueError(f"{key} must be a list of {GROUPS} numbers")
        for value in values:
            check_number(key, value, 0, high)
    if plan["seed"] != seed:
        raise ValueError(f"the plan names seed {plan['seed']}, but this experiment has seed {seed}")
    return plan


def is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def check_number(key: str, value: object, low: float, high: float) -> None:
    kind = int if key in WHOLE else int | float
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        raise ValueError(
            f"{key} must be a number from {low} to {high}, whole for {', '.join(WHOLE)}; got {value!r:.40}"
        )


def read_closure(path: Path) -> Array:
    """The closure table; the header is checked before anything is allocated."""
    content = read_plain(path)
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("not an array file of version 1.0")
    shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    if shape != (WEEKS, 2, LEVELS) or kind not in (np.dtype("<f4"), np.dtype("<f8")):
        raise ValueError(f"expected floats of shape {(WEEKS, 2, LEVELS)}, got {kind} of shape {shape}")
    table = np.load(io.BytesIO(content), allow_pickle=False).astype(np.float64)
    if not ((table >= 0) & (table <= 1)).all():
        raise ValueError("reductions must be numbers from 0 to 1")
    return table


def days_lost(course: Course, plan: Plan) -> float:
    """Days lost per inhabitant in a year: to illness, death and care, and to the measures against them."""
    share = CITIES * POPULATION
    illness = (ILL_DAYS * course.infections.sum() + DEATH_DAYS * course.deaths.sum() + course.beds.sum()) / share
    closure = CLOSURE_DAYS * course.lost_contacts.sum() / CITIES
    campaign = DOSE_DAYS * course.doses.sum() / share + CAMPAIGN_DAYS * DAYS * plan["vaccination_rate"] ** 2
    isolation = ISOLATION_DAYS * DAYS * plan["isolation_share"] ** 2 * (1 + 2 / max(plan["isolation_delay"], 0.5))
    return float(illness + closure + campaign + isolation + SCREENING_DAYS * plan["travel_screening"])


def measure(course: Course, plan: Plan) -> dict[str, float]:
    return {
        "days_lost": days_lost(course, plan),
        "attack_rate": 100 * float(course.infections.sum()) / (CITIES * POPULATION),
        "peak_beds": 100 * float(course.beds.max(axis=1).mean()) / BEDS,
        "deaths": 1e6 * float(course.deaths.sum()) / (CITIES * POPULATION),
        "closed_days": float((course.reduction > 0).sum(axis=1).mean()),
    }


def write_metrics(out: Path, metrics: dict[str, float]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    temporary = out / ".metrics.json"
    temporary.write_text(json.dumps(metrics, allow_nan=False) + "\n", encoding="utf-8")
    temporary.replace(out / "metrics.json")


def read_artefacts(folder: Path, seed: int) -> tuple[Plan, Array]:
    path = folder / "plan.json"
    try:
        plan = read_plan(path, seed)
        path = folder / "closure.npy"
        return plan, read_closure(path)
    except (OSError, ValueError, EOFError, RecursionError) as error:
        raise SystemExit(f"{path.name}: {error}".replace("\n", " ")) from error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=sorted(SPLITS), required=True)
    parser.add_argument("--seed", type=int, required=True)
    args = parser.parse_args()
    plan, closure = read_artefacts(args.artefacts, args.seed)
    cities = draw_cities(np.random.default_rng([args.seed, SPLITS[args.split], 0]))
    course = simulate(cities, plan, closure, np.random.default_rng([args.seed, SPLITS[args.split], 1]))
    write_metrics(args.out, measure(course, plan))


if __name__ == "__main__":
    main()
