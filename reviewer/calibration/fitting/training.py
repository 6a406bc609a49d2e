"""What a calibration was fitted on: the file's hash, the day, the packages."""

from collections.abc import Mapping
from datetime import date
from hashlib import file_digest
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from reviewer.calibration.fitting.arrays import as_labels
from reviewer.calibration.record import Training
from reviewer.errors import ReviewerError

_PACKAGES = ("numpy", "scikit-learn", "scipy", "venn-abers", "crepes")


def describe_training(
    data: Path, labels: ArrayLike, figures: Mapping[str, float], fitted_on: date, source: str = ""
) -> Training:
    """Describe a fit to labels (n,) out of the file `data`. `figures` are measured by the caller, out of fold."""
    y = as_labels(labels, np.size(labels))
    if wrong := [name for name, value in figures.items() if not np.isfinite(value)]:
        raise ReviewerError(f"training figures that are not finite: {', '.join(wrong)}")
    return Training(
        n=y.size,
        base_rate=float(y.mean()),
        figures={name: float(value) for name, value in figures.items()},
        fitted_on=fitted_on,
        data_sha256=_hash(data),
        source=source,
        packages={package: version(package) for package in _PACKAGES},
    )


def _hash(data: Path) -> str:
    try:
        with data.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ReviewerError(f"{data}: cannot be read ({error.strerror})") from error
