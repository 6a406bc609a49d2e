"""Which modules a warm interpreter is given: Python's own and installed ones, as the template's text and ours name
them."""

import sys
from pathlib import Path

from agents.experiments.warm import find_warm_modules
from templates import find_template

EXPERIMENT = """
import json, os
import torch.nn.functional as F
from numpy import array, typing
from sklearn.datasets import load_digits
from . import sibling
import labels, pip
import not_there_at_all
if True:
    import scipy
def late():
    import pandas
"""


def named(folder: Path) -> list[str]:
    """Those that do not come with Python."""
    return [name for name in find_warm_modules(folder) if name.split(".")[0] not in sys.stdlib_module_names]


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_modules_named_at_the_top_are_found_in_their_order(tmp_path: Path) -> None:
    folder = write(tmp_path / "t", experiment=EXPERIMENT, evaluate="import scipy\nimport numpy\n", labels="")
    assert named(folder) == ["torch.nn.functional", "numpy", "numpy.typing", "sklearn.datasets", "pip", "scipy"]


def test_what_comes_with_python_counts_and_what_seals_artefacts_is_always_there(tmp_path: Path) -> None:
    found = find_warm_modules(write(tmp_path / "t", experiment="import csv, sys", evaluate=""))
    assert found[0] == "csv" and {"hashlib", "runpy"} <= {*found}


def test_a_module_of_the_templates_own_is_none_of_the_installed_ones(tmp_path: Path) -> None:
    texts = {
        "experiment": "import scipy\nimport numpy",
        "evaluate": "",
        "scipy": "import sklearn",
        "plot": "import pip",
    }
    assert named(write(tmp_path / "t", **texts)) == ["numpy", "sklearn"]


def test_a_program_that_is_no_python_names_nothing(tmp_path: Path) -> None:
    assert named(write(tmp_path / "t", experiment="def (", evaluate="import numpy")) == ["numpy"]


def test_what_is_written_into_the_folder_later_changes_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "t", experiment="import numpy", evaluate="")
    assert named(folder) == ["numpy"]
    (folder / "experiment.py").write_text("import torch")
    assert named(folder) == ["numpy"]


def test_the_built_in_networks_start_with_torch() -> None:
    found = find_warm_modules(find_template("digits_classifier").path)
    assert {"numpy", "torch", "torch.nn", "torch.nn.functional"} <= {*found}
