"""Draw up a plan against an epidemic: when to close, whom to vaccinate, whom to isolate.

The plan is all that leaves this file: plan.json and closure.npy, a table of how far to cut contacts by week, by
whether the city is closed and by how full its hospitals are. evaluate.py tries the plan in cities that are not seen
here. Same code, config and seed give the same files. A researcher may edit this file.
"""

import argparse
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import world
from world import Array, Course, Plan

TRAINING_CITIES = 3  # names this stream of random numbers; the evaluator's cities come from others
SMOKE_DAYS = 30
COPIED = (
    "vaccination_rate",
    "isolation_share",
    "isolation_delay",
    "travel_screening",
    "review_days",
    "smoothing_days",
)


class Situation(NamedTuple):
    """What a closure policy may look at; `beds` is the per cent of hospital beds in use."""

    week: int
    is_closed: bool
    beds: int


# >>> slot: closure_policy
def reduce_contacts(now: Situation, config: Plan) -> float:
    """Close when the hospitals fill beyond the trigger; open again when they empty below a part of it."""
    limit = config["trigger"] * (config["release"] if now.is_closed else 1)
    return config["contact_reduction"] if now.beds >= limit else 0.0
# <<< slot: closure_policy


# >>> slot: closure_scope
def choose_scope() -> list[float]:
    """Close for everyone alike."""
    return [1.0, 1.0, 1.0, 1.0]
# <<< slot: closure_scope


# >>> slot: vaccination_order
def weigh_groups() -> list[float]:
    """Offer doses to everyone alike."""
    return [1.0, 1.0, 1.0, 1.0]
# <<< slot: vaccination_order


def tabulate_closure(config: Plan) -> Array:
    """The closure policy as a table: a policy that leaves this file is data, never code."""
    table = np.zeros((world.WEEKS, 2, world.LEVELS))
    for week, is_closed, beds in np.ndindex(table.shape):
        table[week, is_closed, beds] = reduce_contacts(Situation(week, bool(is_closed), beds), config)
    return table


def draw_up_plan(config: Plan, seed: int) -> Plan:
    plan = {key: config[key] for key in COPIED}
    return plan | {"seed": seed, "closure_scope": choose_scope(), "vaccination_weights": weigh_groups()}


def write_results(out: Path, plan: Plan, closure: Array, course: Course) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "plan.json").write_text(json.dumps(plan, indent=1) + "\n", encoding="utf-8")
    np.save(out / "closure.npy", closure, allow_pickle=False)
    infectious = 100 * course.infectious.mean(axis=0) / world.POPULATION
    points = "".join(f"{day},{share:.6f}\n" for day, share in enumerate(infectious, 1))
    (out / "curve.csv").write_text("x,y\n" + points, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--smoke", action="store_true")
    args = parser.parse_args()
    config = json.loads(args.config.read_text(encoding="utf-8"))
    plan, closure = draw_up_plan(config, args.seed), tabulate_closure(config)
    random = np.random.default_rng([args.seed, TRAINING_CITIES])
    course = world.simulate(world.draw_cities(random), plan, closure, random, SMOKE_DAYS if args.smoke else world.DAYS)
    write_results(args.out, plan, closure, course)


if __name__ == "__main__":
    main()
