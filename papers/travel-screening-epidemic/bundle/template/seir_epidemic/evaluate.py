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
from pathlib import Path
from typing import TypeGuard

import numpy as np
from world import (
    BEDS,
    CITIES,
    DAYS,
    GROUPS,
    LEVELS,
    POPULATION,
    WEEKS,
    Array,
    Course,
    Plan,
    draw_cities,
    simulate,
)  # fmt: skip

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
