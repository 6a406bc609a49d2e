"""The digits template: the experiment makes no use of the splits' labels, and the evaluator's measures are right."""

import gzip
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agents.files import write_json
from agents.slots import config_knobs
from templates import find_template
from tests.templates.loading import load_module

FOLDER = Path(__file__).parents[2] / "templates" / "digits_classifier"


@pytest.fixture(scope="module")
def evaluator() -> Any:
    return load_module(FOLDER / "evaluate.py", FOLDER)


@pytest.fixture(scope="module")
def data() -> Any:
    return load_module(FOLDER / "data.py", FOLDER)


def read_digits() -> np.ndarray:
    spec = importlib.util.find_spec("sklearn")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    path = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(path, "rt") as file:
        return np.loadtxt(file, delimiter=",", dtype=np.int64)


def write_digits(table: np.ndarray, folder: Path) -> Path:
    """A stand-in for scikit-learn that holds other digits; experiment.py finds it first."""
    data = folder / "sklearn" / "datasets" / "data"
    data.mkdir(parents=True)
    (folder / "sklearn" / "__init__.py").write_text("")
    with gzip.open(data / "digits.csv.gz", "wt") as file:
        np.savetxt(file, table, delimiter=",", fmt="%d")
    return folder


def outputs(library: Path, folder: Path) -> dict[str, bytes]:
    """Everything that a short run writes when it finds its data in `library`."""
    folder.mkdir()
    template = find_template("digits_classifier")
    write_json(folder / "config.json", config_knobs(template, template.baseline))
    arguments = ["--out", folder / "out", "--seed", "5", "--config", folder / "config.json", "--smoke"]
    environment = {"PYTHONPATH": str(library), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, FOLDER / "experiment.py", *arguments], check=True, env=environment, timeout=300)
    return {path.name: path.read_bytes() for path in (folder / "out").iterdir()}


def test_the_splits_are_disjoint_large_and_hold_every_class_alike(data: Any) -> None:
    table = read_digits()
    rows = data.partition(len(table))
    assert not set(rows["search"].tolist()) & set(rows["confirm"].tolist())
    assert (len(rows["search"]), len(rows["confirm"])) == (400, 600)
    for split in ("search", "confirm"):
        counts = np.bincount(table[rows[split], 64], minlength=10)
        assert counts.min() > 0.8 * counts.mean()


def test_the_facts_are_the_codes_numbers(data: Any) -> None:
    facts = find_template("digits_classifier").facts
    source = (FOLDER / "experiment.py").read_text(encoding="utf-8")
    assert facts["images"].value == len(read_digits())
    assert facts["search_images"].value == data.SEARCH_IMAGES
    assert facts["confirm_images"].value == data.CONFIRM_IMAGES
    assert facts["pool_images"].value == 1797 - data.SEARCH_IMAGES - data.CONFIRM_IMAGES
    drawn = f"{facts['training_images'].value:.0f}, {facts['held_out_images'].value:.0f}"
    assert f"TRAINING_IMAGES, HELD_OUT_IMAGES = {drawn}\n" in source
    assert f"EPOCHS, SMOKE_EPOCHS = {facts['epochs'].value:.0f}, " in source


@pytest.mark.slow
def test_labels_of_the_splits_change_nothing_that_the_experiment_writes(data: Any, tmp_path: Path) -> None:
    table = read_digits()
    rows = data.partition(len(table))
    poisoned, other = table.copy(), table.copy()
    unseen = np.concatenate([rows["search"], rows["confirm"]])
    poisoned[unseen, 64] = (table[unseen, 64] + 1) % 10
    pool = np.setdiff1d(np.arange(len(table)), unseen)
    other[pool, 64] = (table[pool, 64] + 1) % 10
    true = outputs(write_digits(table, tmp_path / "true"), tmp_path / "a")
    assert outputs(write_digits(poisoned, tmp_path / "poisoned"), tmp_path / "b") == true
    assert outputs(write_digits(other, tmp_path / "other"), tmp_path / "c") != true


@pytest.mark.slow
def test_the_default_network_learns_and_leaves_room_to_improve(tmp_path: Path) -> None:
    template = find_template("digits_classifier")
    write_json(tmp_path / "config.json", config_knobs(template, template.baseline))
    arguments = ["--out", tmp_path, "--seed", "1", "--config", tmp_path / "config.json"]
    subprocess.run([sys.executable, FOLDER / "experiment.py", *arguments], check=True, timeout=300)
    arguments = ["--artefacts", tmp_path, "--out", tmp_path / "score", "--split", "confirm", "--seed", "1"]
    subprocess.run([sys.executable, FOLDER / "evaluate.py", *arguments], check=True, timeout=60)
    assert 88 < json.loads((tmp_path / "score" / "metrics.json").read_text())["accuracy"] < 97


@pytest.mark.slow
def test_a_run_leaves_torchs_compiler_alone(tmp_path: Path) -> None:
    """torch.optim and use_deterministic_algorithms load it: as long as everything else in a run together."""
    template = find_template("digits_classifier")
    write_json(tmp_path / "config.json", config_knobs(template, template.baseline))
    arguments = ["--out", str(tmp_path), "--seed", "1", "--config", str(tmp_path / "config.json"), "--smoke"]
    code = f"""
import runpy, sys
sys.argv = ["experiment.py", *{arguments}]
sys.path.insert(0, {str(FOLDER)!r})
runpy.run_path({str(FOLDER / "experiment.py")!r}, run_name="__main__")
print(sorted({{"torch._dynamo", "torch._inductor", "sklearn"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sgd", "adam", "adamw"])
def test_the_optimisers_walk_the_same_path_as_torchs(name: str) -> None:
    import torch

    weights = [torch.nn.Parameter(torch.linspace(-1, 1, 6, dtype=torch.double).reshape(2, 3)) for _ in range(2)]
    config = {"optimizer": name, "learning_rate": 0.05, "weight_decay": 0.1}
    references = {
        "sgd": lambda: torch.optim.SGD(weights[1:], lr=0.05, momentum=0.9, weight_decay=0.1),
        "adam": lambda: torch.optim.Adam(weights[1:], lr=0.05, weight_decay=0.1),
        "adamw": lambda: torch.optim.AdamW(weights[1:], lr=0.05, weight_decay=0.1),
    }
    network = torch.nn.ParameterList(weights[:1])
    for weight, optimizer in zip(
        weights,
        [load_module(FOLDER / "experiment.py", FOLDER).build_optimizer(network, config), references[name]()],
        strict=True,
    ):
        for _ in range(40):
            weight.grad = None
            (weight**4 - weight).sum().backward()
            optimizer.step()
    torch.testing.assert_close(weights[0], weights[1], rtol=1e-12, atol=1e-12)


def test_a_perfect_and_certain_prediction_scores_perfectly(evaluator: Any) -> None:
    labels = np.arange(10).repeat(3)
    assert evaluator.measure(np.eye(10)[labels], labels) == {
        "accuracy": 100.0,
        "log_loss": pytest.approx(0.0),
        "calibration_error": pytest.approx(0.0),
        "brier_score": pytest.approx(0.0),
    }


def test_an_ignorant_prediction_scores_like_chance(evaluator: Any) -> None:
    labels = np.arange(10).repeat(3)
    found = evaluator.measure(np.full((30, 10), 0.1), labels)
    assert found["accuracy"] == pytest.approx(10.0)
    assert found["log_loss"] == pytest.approx(np.log(10))
    assert found["brier_score"] == pytest.approx(0.9)
    assert found["calibration_error"] == pytest.approx(0.0, abs=1e-9)


def test_calibration_error_is_the_gap_between_confidence_and_accuracy(evaluator: Any) -> None:
    labels = np.zeros(10, dtype=int)
    probabilities = np.full((10, 10), 0.01)
    probabilities[np.arange(10), [0] * 6 + [1] * 4] = 0.91  # 91 % sure, right in 60 %
    assert evaluator.measure(probabilities, labels)["calibration_error"] == pytest.approx(31.0)


SPOILED: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "rows sum to two": lambda table: table * 2,
    "negative": lambda table: table - 0.2,
    "infinite": lambda table: table + np.inf,
    "a row short": lambda table: table[:-1],
    "a class short": lambda table: table[:, :-1],
    "integers": lambda table: table.astype(int),
    "other byte order": lambda table: table.astype(">f8"),
}


@pytest.mark.parametrize("how", SPOILED)
def test_what_is_no_table_of_probabilities_is_refused(evaluator: Any, tmp_path: Path, how: str) -> None:
    np.save(tmp_path / "search.npy", SPOILED[how](np.full((400, 10), 0.1)))
    with pytest.raises(SystemExit, match=r"search\.npy: "):
        evaluator.read_probabilities(tmp_path / "search.npy", 400)
