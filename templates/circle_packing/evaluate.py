"""Measure the packing that an experiment wrote for one split. Fixed and hashed; it alone writes metrics.json.

The experiment hands over circles, never a sum. Circles that overlap or stick out are shrunk, all by one factor, until
they fit in exact arithmetic; only then are their radii added. Whatever cannot be used ends this with one line.
"""

import argparse
import io
import json
import os
import stat
from pathlib import Path

import numpy as np
from square import COUNT, FIRST, SECOND, Array, distances, shrink

LIMIT_BYTES = 1 << 16
TOUCH = 1e-6  # circles and walls nearer than this are in contact


def read_plain(path: Path) -> bytes:
    """Bytes of a regular, unlinked file of bounded size."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size > LIMIT_BYTES:
            raise ValueError(f"not a plain file of at most {LIMIT_BYTES} bytes")
        return file.read(LIMIT_BYTES)


def read_circles(path: Path) -> Array:
    """Rows x, y, radius, shape (COUNT, 3); the header is checked before anything is allocated.

    Raises ValueError for another shape, and for centres out of the square or negative radii.
    """
    content = read_plain(path)
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("not an array file of version 1.0")
    shape, _, kind = np.lib.format.read_array_header_1_0(stream)
    if shape != (COUNT, 3) or kind != np.dtype("<f8"):
        raise ValueError(f"expected 64-bit floats of shape {(COUNT, 3)}, got {kind} of shape {shape}")
    circles = np.load(io.BytesIO(content), allow_pickle=False)
    if not ((circles >= 0) & (circles <= 1)).all():
        raise ValueError("coordinates and radii must be numbers from 0 to 1")
    return circles


def contacts(circles: Array) -> int:
    """How many pairs of circles touch, and how many circles touch a wall (twice in a corner)."""
    centres, radii = circles[:, :2], circles[:, 2]
    pairs = distances(centres) - radii[FIRST] - radii[SECOND]
    sides = np.hstack([centres, 1 - centres]) - radii[:, None]
    return int((pairs < TOUCH).sum() + (sides < TOUCH).sum())


def measure(circles: Array) -> dict[str, float]:
    """Metrics of the packing after shrinking."""
    fitting = shrink(circles)
    return {
        "sum_of_radii": float(fitting[:, 2].sum()),
        "covered": 100 * float(np.pi * (fitting[:, 2] ** 2).sum()),
        "contacts": float(contacts(fitting)),
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
    parser.add_argument("--seed", type=int, required=True, help="not needed: circles are measured as they are")
    args = parser.parse_args()
    path = args.artefacts / f"{args.split}.npy"
    try:
        circles = read_circles(path)
    except (OSError, ValueError, EOFError) as error:
        raise SystemExit(f"{path.name}: {error}".replace("\n", " ")) from error
    write_metrics(args.out, measure(circles))


if __name__ == "__main__":
    main()
