"""The user's table of patients: corrupted training samples and the inputs of the judged parts, never their truth."""
import csv
import math

import numpy as np

COLUMNS = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "target")
PREDICTORS = COLUMNS[:-1]
USED_ROWS = 420
TRAIN_ROWS = 120
REPLICATES = 20
SHARES = (0.0, 0.02, 0.05, 0.10)
WRONG = (0, 2, 6, 12)
SLIP = 10.0
REMAINDERS = {"pool": (0, 2), "search": (1,), "confirm": (3,)}


def part_rows(part):
    """The row numbers of a part, in file order: a rule that no seed changes."""
    return np.array([i for i in range(USED_ROWS) if i % 4 in REMAINDERS[part]])


def _read(paths):
    """Predictors of all used rows and the targets of the pool alone; the targets of judged rows are dropped while reading."""
    if not paths:
        raise ValueError("no data path was given: patients.csv is expected as the first")
    inputs, pool_targets = [], []
    with open(paths[0], newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        header = [cell.strip() for cell in next(reader, [])]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise ValueError("columns are missing in the table: " + ", ".join(missing))
        places = [header.index(name) for name in COLUMNS]
        for record in reader:
            if not record:
                continue
            if len(record) != len(header):
                raise ValueError("a row of the table has another length than its header")
            values = [float(record[place]) for place in places]
            if not all(math.isfinite(value) for value in values):
                raise ValueError("the table holds a value that is not finite")
            if len(inputs) % 4 in REMAINDERS["pool"]:
                pool_targets.append(values[-1])
            inputs.append(values[:-1])
            if len(inputs) == USED_ROWS:
                break
    if len(inputs) < USED_ROWS:
        raise ValueError(f"the table must have at least {USED_ROWS} rows")
    return np.array(inputs, dtype=np.float64), np.array(pool_targets, dtype=np.float64)


def load(paths, seed):
    """Training samples, corrupted by share and replicate, and the inputs of both judged parts."""
    inputs, pool_targets = _read(paths)
    pool = part_rows("pool")
    pool_inputs = inputs[pool]
    x_train = np.empty((len(SHARES), REPLICATES, TRAIN_ROWS, len(PREDICTORS)))
    y_train = np.empty((len(SHARES), REPLICATES, TRAIN_ROWS))
    for replicate in range(REPLICATES):
        rng = np.random.default_rng([int(seed), replicate])
        rows = rng.permutation(len(pool))[:TRAIN_ROWS]
        order = rng.permutation(TRAIN_ROWS)
        for share, wrong in enumerate(WRONG):
            targets = pool_targets[rows].copy()
            targets[order[:wrong]] *= SLIP
            x_train[share, replicate] = pool_inputs[rows]
            y_train[share, replicate] = targets
    return {
        "X_train": x_train,
        "y_train": y_train,
        "X_search": inputs[part_rows("search")],
        "X_confirm": inputs[part_rows("confirm")],
    }
