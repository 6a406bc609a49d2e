"""The handwritten digits that ship inside scikit-learn, and which of them are for training, search and confirmation.

Fixed and hashed with the evaluator; experiment.py has it to read the images of all parts and the labels of its pool.
"""

import gzip
import hashlib
import importlib.util
from pathlib import Path

import numpy as np

CONFIRM_IMAGES, SEARCH_IMAGES = 600, 400
CLASSES, PIXELS = 10, 64


def partition(count: int) -> dict[str, np.ndarray]:
    """Rows of the training pool and of the two splits, by a hash of the row number; no label is needed."""
    order = sorted(range(count), key=lambda row: hashlib.sha256(f"digits split 3: {row}".encode()).digest())
    confirm, search = order[:CONFIRM_IMAGES], order[CONFIRM_IMAGES : CONFIRM_IMAGES + SEARCH_IMAGES]
    parts = {"pool": order[CONFIRM_IMAGES + SEARCH_IMAGES :], "search": search, "confirm": confirm}
    return {name: np.array(sorted(rows)) for name, rows in parts.items()}


def read_table() -> np.ndarray:
    """One row per image: 64 pixels in [0, 16], then the label. scikit-learn is found, not imported (a second saved)."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("scikit-learn is not installed; the digits are a file in it")
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(path, "rt") as file:
        return np.loadtxt(file, delimiter=",", dtype=np.int64)
