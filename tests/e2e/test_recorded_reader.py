"""A run that a large language model drove once, on a person's idea and data, replayed with no model and no network.

It is the paper kept in papers/block-medians-patients: the same text to the byte, the same numbers.
"""

import hashlib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.schema import Evidence
from tests.e2e.toy import ROOT, logged

pytestmark = pytest.mark.slow
RECORDING = Path(__file__).parent / "recordings" / "block-medians-patients.zip"
KEPT = ROOT / "papers" / "block-medians-patients"
OF_THE_DAY = ("cost.", "hardware.", "config.")
"""Ledger entries that hang on the clock, the machine or this test's own settings."""


def write_patients(path: Path) -> None:
    """The table that the person handed in: the diabetes patients that ship with scikit-learn (Efron et al. 2004)."""
    table: Any = import_module("sklearn.datasets").load_diabetes(scaled=False)
    targets = (float(target) for target in table.target)
    rows = [[*map(float, row), target] for row, target in zip(table.data, targets, strict=True)]
    lines = [",".join([*table.feature_names, "target"]), *(",".join(map(repr, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")


def numbers(folder: Path) -> dict[str, float]:
    evidence = Evidence.model_validate_json((folder / "evidence.json").read_bytes())
    return {key: each.value for key, each in evidence.quantities.items() if not key.startswith(OF_THE_DAY)}


def test_a_run_of_a_real_model_is_replayed_to_the_same_text_and_numbers(tmp_path: Path) -> None:
    data = tmp_path / "patients.csv"
    write_patients(data)
    assert hashlib.sha256(data.read_bytes()).hexdigest().startswith("d0b14a7a6a40"), "the table is another one"
    where = ["--workspace", str(tmp_path / "workspace"), "--papers", str(tmp_path / "papers"), "--data", str(data)]
    how = ["--sandbox", "process", "--allow-weak-sandbox", "--no-pdf", "--json"]
    made = CliRunner().invoke(app, ["replay", str(RECORDING), *where, *how])
    assert made.exit_code == 0, made.output
    (folder,) = (path for path in (tmp_path / "workspace").iterdir() if path.name[0].isdigit())
    again = folder / "papers" / "s1"
    kept = {path.name: path.read_bytes() for path in (KEPT / "sections").glob("*.tex")}
    assert {path.name: path.read_bytes() for path in (again / "sections").glob("*.tex")} == kept and len(kept) == 10
    assert numbers(again) == pytest.approx(numbers(KEPT))
    assert (folder / "template" / "s1" / "evaluate.py").read_bytes() == next(KEPT.rglob("evaluate.py")).read_bytes()
    assert not [event for event in logged(folder, "degraded") if "holds no reply" in event.what]
