"""Scores the predictions that an experiment wrote for one judged part; the truth is worked out here alone."""
import argparse
import csv
import json
import os

import numpy as np

import data

LIMIT = 1e6
MOST_BYTES = 10_000_000


def read_truth(paths, part):
    """The target column of a judged part, as recorded."""
    if not paths:
        raise ValueError("no path was given")
    targets = []
    with open(paths[0], newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        header = [cell.strip() for cell in next(reader, [])]
        if "target" not in header:
            raise ValueError("it has no column target")
        place = header.index("target")
        for record in reader:
            if not record:
                continue
            if len(record) != len(header):
                raise ValueError("a row has another length than its header")
            targets.append(float(record[place]))
            if len(targets) == data.USED_ROWS:
                break
    if len(targets) < data.USED_ROWS:
        raise ValueError(f"it has fewer than {data.USED_ROWS} rows")
    truth = np.array(targets, dtype=np.float64)[data.part_rows(part)]
    if not np.isfinite(truth).all():
        raise ValueError("a target is not finite")
    return truth


def read_predictions(path, shape):
    name = os.path.basename(path)
    expected = f"{name}: a float array of shape {shape}, finite, at most {LIMIT:.0f} in absolute value, was expected"
    if not os.path.isfile(path) or os.path.getsize(path) > MOST_BYTES:
        raise SystemExit(expected)
    try:
        found = np.load(path, allow_pickle=False)
    except Exception:
        raise SystemExit(expected)
    if not isinstance(found, np.ndarray) or found.shape != shape or found.dtype not in (np.float32, np.float64):
        raise SystemExit(expected)
    found = found.astype(np.float64)
    if not np.isfinite(found).all() or np.abs(found).max() > LIMIT:
        raise SystemExit(expected)
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--artefacts", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--split", choices=("search", "confirm"), required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--data", action="append", default=[])
    args = parser.parse_args()

    try:
        truth = read_truth(args.data, args.split)
    except (OSError, ValueError) as error:
        raise SystemExit(f"the table of patients could not be read: {error}")
    shape = (len(data.SHARES), data.REPLICATES, len(truth))
    predictions = read_predictions(os.path.join(args.artefacts, f"pred_{args.split}.npy"), shape)

    signed = predictions - truth
    error = np.abs(signed)
    metrics = {
        "clean_heldout_mae": float(error[1:].mean()),
        "mae_without_errors": float(error[0].mean()),
        "mae_largest_share": float(error[-1].mean()),
        "absolute_bias": float(np.abs(signed[1:].mean(axis=2)).mean()),
    }
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "metrics.json"), "w", encoding="utf-8") as file:
        json.dump(metrics, file)


if __name__ == "__main__":
    main()
