"""An experiment in an interpreter that holds its modules already gives what it gives in a fresh one, byte for byte."""

import json
import sys
from pathlib import Path
from threading import Event as Flag

import pytest

from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.experiments.running import run_experiment
from agents.sandbox.process import ProcessSandbox
from agents.schema import Command, Completion, Outcome, Template
from agents.services import Sandbox
from agents.slots import experiment_source
from templates import find_template
from tests.agents.experiments.laboratory import code, make_experiment, make_services, write_template

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks a warm interpreter")
SHORTENED = {"char_transformer": ("STEPS = 300", "STEPS = 12")}


class Cold(ProcessSandbox):
    """Starts every program in an interpreter of its own."""

    def run(self, command: Command, stop: Flag) -> Completion:
        return super().run(command.model_copy(update={"warm": ()}), stop)


def measure(folder: Path, template: Template, sandbox: Sandbox, seeds: tuple[int, ...]) -> list[Outcome]:
    """The template's own experiment with these seeds, one after another."""
    executor = LocalExecutor(sandbox, Slots(count=1, cpus=1, memory_mb=8192), Flag())
    services = make_services(folder, template, executor)
    old, new = SHORTENED.get(template.name, ("", ""))
    source = experiment_source(template)
    assert old in source
    experiments = [
        make_experiment(index=index, seed=seed).model_copy(update={"config": template.baseline})
        for index, seed in enumerate(seeds)
    ]
    outcomes = [run_experiment(services, each, source.replace(old, new)) for each in experiments]
    executor.close()
    sandbox.close()
    return outcomes


@pytest.mark.slow
@linux_only
@pytest.mark.parametrize("name", ["digits_classifier", "seir_epidemic", "char_transformer"])
def test_warm_and_cold_runs_are_equal_byte_for_byte(name: str, tmp_path: Path) -> None:
    template = find_template(name)
    *_, warm = measure(tmp_path / "warm", template, ProcessSandbox(), seeds=(1, 2))
    (cold,) = measure(tmp_path / "cold", template, Cold(), seeds=(2,))
    assert (warm.status, warm.detail) == ("ok", "")
    assert (warm.artefacts, warm.metrics) == (cold.artefacts, cold.metrics)


UNSEEDED = """
import numpy.random, torch, random
drawn = [numpy.random.random(), torch.rand(1).item(), random.random()]
(out / 'drawn.json').write_text(json.dumps(drawn))
(out / 'result.json').write_text('{"score": 1}')
"""


@pytest.mark.slow
@linux_only
def test_programs_that_set_no_seed_do_not_draw_the_same_numbers(tmp_path: Path) -> None:
    """Forks of one interpreter shared its random state, so that seeds which were not set agreed for once too often."""
    template = write_template(tmp_path / "tiny", world="import numpy.random, torch\n").model_copy(
        update={"memory_mb": 1024}
    )
    services = make_services(tmp_path / "run", template)
    experiments = [make_experiment(index=index) for index in (1, 2)]
    assert [run_experiment(services, each, code(UNSEEDED)).detail for each in experiments] == ["", ""]
    services.executor.close()
    drawn = [services.experiment_folder(each.id) / "artefacts" / "drawn.json" for each in experiments]
    first, second = (json.loads(path.read_text()) for path in drawn)
    assert all(one != other for one, other in zip(first, second, strict=True))
