"""Judge the predictions of an experiment on one split. Fixed and hashed: a researcher may read it, never change it.

Usage: python evaluate.py --artefacts DIR --out DIR2 --split search|confirm --seed N
Reads DIR/<split>.npy and writes DIR2/metrics.json. Every row must be a distribution over the symbols: log-probabilities
that sum to one. The characters behind the windows are written here, by the grammar, from the split's own seeds.
"""

import argparse
import io
import json
import os
import stat
from pathlib import Path

import numpy as np
from grammar import PROBES, SPLITS, SYMBOLS, held_out_seed, place_windows
from numpy.typing import NDArray

RIVALS = {"bracket": {"": ")]}"}, "agreement": {" ": "ia", "w": "ae", "a": "sv"}}
"""What could close or agree, by the last character of the window ("" for any)."""

LIMIT_BYTES = 1 << 20

Distributions = NDArray[np.float64]


def read_plain(path: Path) -> bytes:
    """Bytes of a regular, unlinked file of bounded size."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size > LIMIT_BYTES:
            raise ValueError(f"not a plain file of at most {LIMIT_BYTES} bytes")
        return file.read(LIMIT_BYTES)


def read_array(path: Path, shape: tuple[int, ...]) -> Distributions:
    """An array of floats of exactly `shape`; the header is checked before anything is allocated."""
    content = read_plain(path)
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("not an array file of version 1.0")
    found, _, kind = np.lib.format.read_array_header_1_0(stream)
    if found != shape or kind not in (np.dtype("<f4"), np.dtype("<f8")):
        raise ValueError(f"expected floats of shape {shape}, got {kind} of shape {found}")
    return np.load(io.BytesIO(content), allow_pickle=False).astype(np.float64)


def read_predictions(path: Path) -> Distributions:
    """Log-probabilities, one row a window; SystemExit says what is wrong with the file."""
    try:
        logs = read_array(path, (sum(PROBES.values()), len(SYMBOLS)))
    except (OSError, ValueError, EOFError) as error:
        raise SystemExit(
            f"{path.name}: {error}; write log-probabilities there by numpy.save".replace("\n", " ")
        ) from error
    return normalise(logs, path.name)


def normalise(logs: Distributions, name: str) -> Distributions:
    """Refuse rows that are no distributions; take out what rounding left."""
    if not np.isfinite(logs).all() or logs.max() > 1e-3:
        raise SystemExit(f"{name}: log-probabilities must be finite and at most zero")
    totals = np.log(np.exp(logs).sum(axis=1, keepdims=True))
    if np.abs(totals).max() > 1e-3:
        raise SystemExit(f"{name}: the probabilities of every row must sum to one")
    return logs - totals


def hidden_characters(split: str, probe: str) -> list[tuple[str, str]]:
    """The last character of each window and the one behind it."""
    text, places = place_windows(held_out_seed(split, probe), probe, PROBES[probe])
    return [(text[place - 1], text[place]) for place in places]


def bits_per_character(logs: Distributions, hidden: list[tuple[str, str]]) -> float:
    """Mean negative binary logarithm of the probability given to the hidden character."""
    columns = [SYMBOLS.index(symbol) for _, symbol in hidden]
    return float(-logs[np.arange(len(columns)), columns].mean() / np.log(2))


def accuracy_among_rivals(logs: Distributions, hidden: list[tuple[str, str]], rivals: dict[str, str]) -> float:
    """Share of windows where the hidden character is likelier than each that grammar forbids in its place."""
    hits = 0
    for row, (last, symbol) in zip(logs, hidden, strict=True):
        wrong = [SYMBOLS.index(rival) for rival in rivals.get(last, rivals.get("", "")) if rival != symbol]
        hits += bool(row[SYMBOLS.index(symbol)] > row[wrong].max())
    return hits / len(hidden)


def measure(logs: Distributions, split: str) -> dict[str, float]:
    """All metrics of a split from the rows of its probes, which stand one after another."""
    ends = np.cumsum(list(PROBES.values()))[:-1]
    rows = dict(zip(PROBES, np.split(logs, ends), strict=True))
    metrics = {"bits_per_character": bits_per_character(rows["text"], hidden_characters(split, "text"))}
    for probe, rivals in RIVALS.items():
        metrics[f"{probe}_accuracy"] = accuracy_among_rivals(rows[probe], hidden_characters(split, probe), rivals)
    return metrics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--seed", type=int, required=True, help="not needed: the splits are the same for all seeds")
    args = parser.parse_args()
    metrics = measure(read_predictions(args.artefacts / f"{args.split}.npy"), args.split)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")


if __name__ == "__main__":
    main()
