"""Cheats and traps through a whole experiment: its program, the evaluator after it, the outcome that the host reads."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.experiments.running import run_experiment
from agents.files import remove_tree
from agents.schema import Outcome
from agents.services import Sandbox
from tests.abuse.host import new_secret, remove_at_any_depth
from tests.abuse.programs.traps import CHEATS, RESULTS
from tests.agents.experiments.laboratory import code, make_experiment, make_services, write_template

Run = Callable[[str], Outcome]
_HONEST = {"score": 1.0, "loss": 1.0}
_EVALUATOR = """
import argparse, json, pathlib
parser = argparse.ArgumentParser()
for name in ('--artefacts', '--out', '--split', '--seed'): parser.add_argument(name)
args = parser.parse_args()
folder = pathlib.Path(args.artefacts)
if (folder / 'result.npz').exists():
    import numpy
    score = float(numpy.load(folder / 'result.npz')['score'].sum())
else:
    result = json.loads((folder / 'result.json').read_text())
    assert str(result.get('seed', args.seed)) == args.seed, 'names another seed'
    score = result['score']
(pathlib.Path(args.out) / 'metrics.json').write_text(json.dumps({'score': score, 'loss': 1}))
"""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.json"
    path.write_text(f'{{"score": 1, "x": "{new_secret("file")}"}}')
    return path


@pytest.fixture
def run(sandbox: Sandbox, tmp_path: Path, secret: Path) -> Iterator[Run]:
    """Run a program as an experiment; it knows a secret's path, the template's folder, and a file not to be made."""
    template = write_template(tmp_path / "tiny", _EVALUATOR)
    executor = LocalExecutor(sandbox, Slots(count=1, cpus=1, memory_mb=4096), Flag())
    services = make_services(tmp_path / "run", template, executor)
    known = (
        f"secret, top, bitten = {str(secret)!r}, pathlib.Path({str(template.path)!r}), {str(tmp_path / 'bitten')!r}\n"
    )
    yield lambda program: run_experiment(services, make_experiment(), code(known + program))
    executor.close()
    remove_at_any_depth(tmp_path / "run")


def test_an_honest_experiment_is_measured(run: Run) -> None:
    outcome = run("(out / 'result.json').write_text(json.dumps({'score': 1, 'seed': seed}))")
    assert (outcome.status, outcome.metrics) == ("ok", _HONEST), outcome.detail


def test_an_honest_array_is_measured(run: Run) -> None:
    outcome = run("import numpy\nnumpy.savez(out / 'result.npz', score=numpy.ones(1))")
    assert (outcome.status, outcome.metrics) == ("ok", _HONEST), outcome.detail


@pytest.mark.parametrize("trap", RESULTS)
def test_the_host_does_not_step_into_and_can_remove(trap: str, run: Run, secret: Path, tmp_path: Path) -> None:
    outcome = run(RESULTS[trap])
    assert outcome.status in ("tampered", "no_metrics", "disk", "crash") or outcome.metrics == _HONEST
    assert "SECRET" not in outcome.model_dump_json()
    assert outcome.detail.isprintable()
    assert not (tmp_path / "bitten").exists()
    assert secret.stat().st_nlink == 1
    remove_tree(tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("cheat", CHEATS)
def test_no_metric_is_won_by_a_program_that(cheat: str, run: Run, tmp_path: Path) -> None:
    outcome = run(CHEATS[cheat])
    assert outcome.status in ("tampered", "no_metrics") or (outcome.status, outcome.metrics) == ("ok", _HONEST)
    assert not list(tmp_path.glob("*/abuse*"))


def test_a_bomb_is_one_and_a_pickle_bites(tmp_path: Path) -> None:
    """Read by a program that takes no care."""
    bitten = tmp_path / "bitten"
    (tmp_path / "config.json").write_text("{}")
    known = f"bitten = {str(bitten)!r}\n"
    given = ("--out", str(tmp_path), "--seed", "1", "--config", str(tmp_path / "config.json"))
    for trap in ("npz_bomb", "pickle"):
        subprocess.run([sys.executable, "-c", code(known + RESULTS[trap]), *given], check=True)
        if trap == "npz_bomb":
            assert (tmp_path / "result.npz").stat().st_size < 10_000_000
    careless = f"import pickle\npickle.load(open({str(tmp_path / 'result.pkl')!r}, 'rb'))"
    subprocess.run([sys.executable, "-c", careless], check=True)
    assert bitten.exists()
