"""Packages that only fitting needs, loaded when first used."""

from importlib import import_module
from typing import Any

import numpy as np

from reviewer.errors import ReviewerError


def load(package: str) -> Any:
    """Return the package, untyped as it is, or raise ReviewerError that says how to install it."""
    try:
        with np.errstate():  # venn_abers sets numpy's for the whole process when imported
            return import_module(package)
    except ModuleNotFoundError as error:
        raise ReviewerError(f"fitting needs {error.name}: pip install 'naturalist[reviewer]'") from error
