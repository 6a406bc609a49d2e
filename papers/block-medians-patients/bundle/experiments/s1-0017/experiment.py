"""Ridge regression on all rows, or on blocks of rows combined by mean or median, with wrong training targets."""
import argparse
import csv
import json
import os
import random

import numpy as np

import data

PENALTIES = np.logspace(-3, 3, 10)
FOLDS = 5


def ridge(x, y, queries, penalties):
    """Predictions for the queries, one row a penalty; the penalty is per training row, the intercept is free."""
    x_mean, y_mean = x.mean(axis=0), y.mean()
    centred = x - x_mean
    gram = centred.T @ centred
    moment = centred.T @ (y - y_mean)
    systems = gram + penalties[:, None, None] * len(y) * np.eye(x.shape[1])
    weights = np.linalg.solve(systems, np.broadcast_to(moment[:, None], (len(penalties), len(moment), 1)))[..., 0]
    return weights @ (queries - x_mean).T + y_mean


def procedure(x, y, queries, penalties, config):
    """The arm that the configuration names: split, fit and combine; shape (penalties, queries)."""
    mean, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    x, queries = (x - mean) / scale, (queries - mean) / scale
    blocks = int(round(config["block_count"])) if config["block_split"] else 1
    fits = [
        ridge(x[rows], y[rows], queries, penalties)
        for rows in np.array_split(np.arange(len(y)), max(1, min(blocks, len(y))))
    ]
    return np.median(fits, axis=0) if config["median_combine"] else np.mean(fits, axis=0)


def inner_errors(x, y, penalties, config):
    """Median absolute error of left-out rows against the targets as given, for each penalty."""
    fold = np.arange(len(y)) % FOLDS
    predictions = np.empty((len(penalties), len(y)))
    for left_out in range(FOLDS):
        inside, outside = fold != left_out, fold == left_out
        predictions[:, outside] = procedure(x[inside], y[inside], x[outside], penalties, config)
    return np.median(np.abs(predictions - y), axis=1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--smoke", action="store_true")
    parser.add_argument("--data", action="append", default=[])
    args = parser.parse_args()
    random.seed(args.seed)
    np.random.seed(args.seed % 2**32)
    with open(args.config, encoding="utf-8") as file:
        config = json.load(file)

    given = data.load(args.data, args.seed)
    x_train, y_train = given["X_train"], given["y_train"]
    shares, replicates = y_train.shape[:2]
    judged = np.concatenate([given["X_search"], given["X_confirm"]])
    penalties = PENALTIES[::3] if args.smoke else PENALTIES
    predictions = np.empty((shares, replicates, len(judged)))
    errors = np.empty((shares, replicates, len(penalties)))

    for share in range(shares):
        chosen = []
        for replicate in range(replicates):
            x, y = x_train[share, replicate], y_train[share, replicate]
            errors[share, replicate] = inner_errors(x, y, penalties, config)
            # The least error; of equal ones the larger penalty.
            best = len(penalties) - 1 - int(np.argmin(errors[share, replicate][::-1]))
            chosen.append(penalties[best])
            predictions[share, replicate] = procedure(x, y, judged, penalties[best : best + 1], config)[0]
        print(
            f"share {data.SHARES[share]:.2f}: inner median absolute error {errors[share].min(axis=1).mean():.2f}, "
            f"median penalty {np.median(chosen):.4g}"
        )

    os.makedirs(args.out, exist_ok=True)
    count = len(given["X_search"])
    np.save(os.path.join(args.out, "pred_search.npy"), predictions[:, :, :count])
    np.save(os.path.join(args.out, "pred_confirm.npy"), predictions[:, :, count:])
    with open(os.path.join(args.out, "curve.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["x", "y"])
        for penalty, error in zip(penalties, errors[1:].mean(axis=(0, 1))):
            writer.writerow([f"{penalty:.6g}", f"{error:.6g}"])


if __name__ == "__main__":
    main()
