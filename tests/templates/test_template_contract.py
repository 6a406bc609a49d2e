"""What docs/contracts.md asks of a template, asked of every folder in templates/, with real processes."""

import ast
import json
import math
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from agents.files import evaluator_files, write_json
from agents.schema import Config, Template
from agents.slots import config_knobs, experiment_source, fill_slots, slot_choices
from templates import find_template

HERE = Path(__file__).parents[2] / "templates"
NAMES = sorted(path.parent.name for path in HERE.glob("*/template.toml"))
WITHOUT_TORCH = {"circle_packing", "seir_epidemic"}
RUNNABLE = [pytest.param(name, marks=() if name in WITHOUT_TORCH else pytest.mark.slow) for name in NAMES]
STANDARD = sys.stdlib_module_names
Run = Callable[..., Path]


def variants(name: str) -> list[tuple[str, str]]:
    """Every choice of every code slot but the defaults."""
    knobs = [knob for knob in find_template(name).knobs if knob.kind == "code"]
    return [(knob.name, str(value)) for knob in knobs for value in knob.values if value != knob.default]


VARIANTS = [
    pytest.param(
        name, slot, choice, marks=() if name in WITHOUT_TORCH else pytest.mark.slow, id=f"{name}-{slot}-{choice}"
    )
    for name in NAMES
    for slot, choice in variants(name)
]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run experiment.py as the harness does, in smoke mode; the same arguments run once. Returns the artefacts."""

    @cache
    def run_once(name: str, seed: int = 3, again: int = 0, **changes: str) -> Path:
        folder = tmp_path_factory.mktemp(f"{name}-{seed}-{again}")
        template = find_template(name)
        return run_experiment(template, {**template.baseline, **changes}, seed, folder)

    return run_once


def run_experiment(template: Template, config: Config, seed: int, folder: Path) -> Path:
    code = folder / "code" / "experiment.py"
    code.parent.mkdir()
    for path in evaluator_files(template.path):
        if path.name != "evaluate.py":
            shutil.copy(path, code.parent)
    code.write_text(fill_slots(template, experiment_source(template), config), encoding="utf-8")
    write_json(folder / "config.json", config_knobs(template, config))
    out = folder / "artefacts"
    arguments = ["--out", out, "--seed", str(seed), "--config", folder / "config.json", "--smoke"]
    subprocess.run([sys.executable, code, *arguments], check=True, cwd=folder, timeout=300)
    return out


def evaluate(name: str, artefacts: Path, out: Path, split: str, seed: int = 3) -> "subprocess.CompletedProcess[str]":
    arguments = ["--artefacts", artefacts, "--out", out, "--split", split, "--seed", str(seed)]
    command = [sys.executable, HERE / name / "evaluate.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def metrics(name: str, artefacts: Path, out: Path, split: str = "search", seed: int = 3) -> dict[str, float]:
    done = evaluate(name, artefacts, out, split, seed)
    assert done.returncode == 0, done.stderr
    return json.loads((out / "metrics.json").read_text())


def filled_lines(code: str) -> list[str]:
    """Lines that are not empty: the formatter sets blank ones around a mark that filling a slot does not."""
    return [line for line in code.splitlines() if line.strip()]


@pytest.mark.parametrize("name", NAMES)
def test_the_defaults_snippets_stand_in_the_experiment(name: str) -> None:
    template = find_template(name)
    source = experiment_source(template)
    assert filled_lines(fill_slots(template, source, template.baseline)) == filled_lines(source)


@pytest.mark.parametrize("name", NAMES)
def test_every_snippet_belongs_to_a_knob_and_compiles_in_place(name: str) -> None:
    template = find_template(name)
    for knob in template.knobs:
        if knob.kind == "code":
            assert set(slot_choices(template.path, knob.name)) == {str(value) for value in knob.values}
    for slot, choice in variants(name):
        filled = fill_slots(template, experiment_source(template), {**template.baseline, slot: choice})
        compile(filled, f"{name}/{slot}/{choice}", "exec")


@pytest.mark.parametrize("name", NAMES)
def test_the_evaluator_imports_nothing_but_the_standard_library_numpy_and_its_fixed_modules(name: str) -> None:
    files = evaluator_files(HERE / name)
    nodes = [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    imports = [node for node in nodes if isinstance(node, ast.Import)]
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    modules = {alias.name for node in imports for alias in node.names} | {str(node.module) for node in froms}
    roots = {module.split(".")[0] for module in modules}
    fixed = {path.stem for path in files} - {"evaluate"}
    assert roots <= {*STANDARD, "numpy", *fixed}
    assert not fixed & {*STANDARD, "numpy"}
    assert not roots & {"pickle", "shelve", "marshal", "runpy", "subprocess"}


@pytest.mark.parametrize("name", NAMES)
def test_seed_ideas_are_several_and_their_prose_has_no_digit(name: str) -> None:
    for idea in json.loads((HERE / name / "ideas.json").read_text(encoding="utf-8")):
        prose = [idea["title"], idea["plan"], idea["hypothesis"]["statement"], *idea["risks"]]
        assert not [text for text in prose if any(letter.isdigit() for letter in text)]
        assert "scores" not in idea


@pytest.mark.parametrize("name", NAMES)
def test_every_knob_says_why_it_may_matter_and_cites_someone(name: str) -> None:
    for knob in find_template(name).knobs:
        assert knob.why.endswith("."), knob.name
        assert knob.cites, knob.name


@pytest.mark.parametrize("name", RUNNABLE)
@pytest.mark.parametrize("split", ["search", "confirm"])
def test_metrics_are_the_declared_ones_and_finite(name: str, split: str, run: Run, tmp_path: Path) -> None:
    template = find_template(name)
    found = metrics(name, run(name), tmp_path, split)
    assert set(found) == {metric.name for metric in (template.metric, *template.secondary)}
    assert all(math.isfinite(value) for value in found.values())
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.json"]


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_splits_differ(name: str, run: Run, tmp_path: Path) -> None:
    assert metrics(name, run(name), tmp_path / "a") != metrics(name, run(name), tmp_path / "b", "confirm")


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_same_seed_gives_the_same_files_and_another_seed_other_metrics(name: str, run: Run, tmp_path: Path) -> None:
    first, second, other = run(name), run(name, again=1), run(name, seed=4)
    names = sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    assert all((first / file).read_bytes() == (second / file).read_bytes() for file in names)
    assert metrics(name, first, tmp_path / "a") == metrics(name, second, tmp_path / "b")
    assert metrics(name, first, tmp_path / "a") != metrics(name, other, tmp_path / "c", seed=4)


@pytest.mark.parametrize("name", RUNNABLE)
def test_artefacts_of_another_seed_are_refused_or_the_seed_makes_no_difference(
    name: str, run: Run, tmp_path: Path
) -> None:
    """An experiment that wrote a lucky seed chose its own test."""
    done = evaluate(name, run(name), tmp_path / "other", "search", seed=4)
    if done.returncode == 0:
        assert json.loads((tmp_path / "other" / "metrics.json").read_text()) == metrics(name, run(name), tmp_path / "a")
    else:
        assert not (tmp_path / "other" / "metrics.json").exists()
        assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("name", RUNNABLE)
def test_the_curve_has_a_header_and_finite_points(name: str, run: Run) -> None:
    text = (run(name) / "curve.csv").read_text(encoding="utf-8")
    assert text.startswith("x,y\n")
    points = np.loadtxt(StringIO(text), delimiter=",", skiprows=1, ndmin=2)
    assert points.shape[1] == 2
    assert np.isfinite(points).all()
    assert (np.diff(points[:, 0]) > 0).all()


@pytest.mark.parametrize(("name", "slot", "choice"), VARIANTS)
def test_every_snippet_runs_and_is_evaluated(name: str, slot: str, choice: str, run: Run, tmp_path: Path) -> None:
    metric = find_template(name).metric.name
    assert math.isfinite(metrics(name, run(name, **{slot: choice}), tmp_path)[metric])


class Trap:
    """Unpickling this makes a folder, so that a careless reader is found out."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.mark),)


def write_huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200 << 20)


def write_link(path: Path) -> None:
    target = path.with_suffix(".elsewhere")
    path.rename(target)
    path.symlink_to(target)


def write_claim(path: Path) -> None:
    """A header that promises an array far larger than any memory."""
    with path.open("wb") as file:
        header = {"descr": "<f8", "fortran_order": False, "shape": (10**9, 10**6)}
        np.lib.format.write_array_header_1_0(file, header)


def write_nan(path: Path) -> None:
    if path.suffix == ".npy":
        array = np.load(path, allow_pickle=False)
        array[..., 0] = np.nan
        np.save(path, array, allow_pickle=False)
    else:
        path.write_text('{"seed": NaN}')


def write_trap(path: Path) -> None:
    trap = np.array([Trap(path.with_suffix(".sprung"))], dtype=object)
    with path.open("wb") as file:
        np.save(file, trap, allow_pickle=True)


def write_pickle(path: Path) -> None:
    path.write_bytes(pickle.dumps(Trap(path.with_suffix(".sprung"))))


def write_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def write_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def write_noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "missing": Path.unlink,
    "empty": lambda path: os.truncate(path, 0),
    "noise": write_noise,
    "cut short": cut_short,
    "not a number": write_nan,
    "huge": write_huge,
    "false header": write_claim,
    "pickled array": write_trap,
    "pickle": write_pickle,
    "link": write_link,
    "folder": write_folder,
    "pipe": write_fifo,
}


@pytest.mark.parametrize("name", RUNNABLE)
@pytest.mark.parametrize("damage", DAMAGE)
def test_artefacts_that_cannot_be_used_end_the_evaluator(name: str, damage: str, run: Run, tmp_path: Path) -> None:
    artefacts = shutil.copytree(run(name), tmp_path / "artefacts")
    for path in sorted(artefacts.iterdir()):
        if path.name != "curve.csv":
            DAMAGE[damage](path)
    done = evaluate(name, artefacts, tmp_path / "out", "search")
    assert done.returncode not in (0, None)
    assert not (tmp_path / "out" / "metrics.json").exists()
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert not list(artefacts.glob("*.sprung"))
