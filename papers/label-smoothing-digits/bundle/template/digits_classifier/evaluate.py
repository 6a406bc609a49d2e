"""Score the class probabilities that an experiment wrote for one split. Fixed and hashed; it alone writes metrics.json.

Reads two plain arrays of known shape, never code and never pickles. Whatever it cannot use ends it with one line.
"""

import argparse
import io
import json
import os
import stat
from pathlib import Path

import numpy as np
from data import CLASSES, PIXELS, partition, read_table

BINS = 15
LIMIT_BYTES = 1 << 20


def read_labels(split: str) -> np.ndarray:
    """True classes of a split."""
    labels = read_table()[:, PIXELS]
    return labels[partition(len(labels))[split]]


def read_plain(path: Path) -> bytes:
    """Bytes of a regular, unlinked file of bounded size."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size > LIMIT_BYTES:
            raise ValueError(f"not a plain file of at most {LIMIT_BYTES} bytes")
        return file.read(LIMIT_BYTES)


def read_array(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """An array of floats of exactly `shape`; the header is checked before anything is allocated."""
    content = read_plain(path)
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("not an array file of version 1.0")
    found, _, kind = np.lib.format.read_array_header_1_0(stream)
    if found != shape or kind not in (np.dtype("<f4"), np.dtype("<f8")):
        raise ValueError(f"expected floats of shape {shape}, got {kind} of shape {found}")
    return np.load(io.BytesIO(content), allow_pickle=False).astype(np.float64)


def read_probabilities(path: Path, count: int) -> np.ndarray:
    try:
        probabilities = read_array(path, (count, CLASSES))
    except (OSError, ValueError, EOFError) as error:
        raise SystemExit(f"{path.name}: {error}; write class probabilities there by numpy.save") from error
    sums = probabilities.sum(axis=1)
    if not (np.isfinite(probabilities).all() and (probabilities >= 0).all() and np.allclose(sums, 1, atol=1e-3)):
        raise SystemExit(f"{path.name}: rows must be finite, not negative and sum to one")
    return probabilities / sums[:, None]


def calibration_error(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Expected calibration error in [0, 1], equal-width bins of confidence (Guo et al. 2017, equation 3)."""
    confidence = probabilities.max(axis=1)
    is_right = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(float((is_right[bins == b] - confidence[bins == b]).sum())) for b in range(BINS)]
    return sum(gaps) / len(labels)


def measure(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    rows = np.arange(len(labels))
    truth = np.eye(CLASSES)[labels]
    return {
        "accuracy": 100 * float((probabilities.argmax(axis=1) == labels).mean()),
        "log_loss": float(-np.log(np.maximum(probabilities[rows, labels], 1e-12)).mean()),
        "calibration_error": 100 * calibration_error(probabilities, labels),
        "brier_score": float(((probabilities - truth) ** 2).sum(axis=1).mean()),
    }


def write_metrics(out: Path, metrics: dict[str, float]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    temporary = out / ".metrics.json"
    temporary.write_text(json.dumps(metrics, allow_nan=False) + "\n", encoding="utf-8")
    temporary.replace(out / "metrics.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=["search", "confirm"], required=True)
    parser.add_argument("--seed", type=int, required=True, help="not needed: the splits are the same for all seeds")
    args = parser.parse_args()
    labels = read_labels(args.split)
    write_metrics(args.out, measure(read_probabilities(args.artefacts / f"{args.split}.npy", len(labels)), labels))


if __name__ == "__main__":
    main()
