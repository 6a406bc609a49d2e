"""Data and code in the hands of real programs: told where it is, able to read it, unable to write it."""

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agents.errors import ServiceError, UserError
from agents.executors.local import LocalExecutor
from agents.executors.slots import Slots
from agents.experiments.running import run_experiment
from agents.given_folder import fill_given
from agents.nodes.inventing import workbench
from agents.own_material.passing import hide_places, require_taken
from agents.sandbox.bubblewrap import BubblewrapSandbox
from agents.sandbox.process import ProcessSandbox
from agents.schema import Outcome, Template
from agents.services import Sandbox, Services
from agents.settings import Settings
from tests.agents.experiments.laboratory import EVALUATOR, code, make_experiment, make_services, write_template

READS_ALL = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument('--data', action='append')
parser.add_argument('--repo')
own, _ = parser.parse_known_args()
sys.path.insert(0, own.repo)
import rates
texts = [open(path).read() for path in own.data[:1]] + [open(own.data[1] + '/b.txt').read()]
"""
HONEST = (
    READS_ALL + "(out / 'result.json').write_text(json.dumps({'score': float(sum(map(float, texts))) * rates.RATE}))"
)
WRITES = (
    READS_ALL
    + """
kept = []
for path in (own.data[0], own.data[1] + '/b.txt', own.data[1] + '/new', own.repo + '/rates.py', own.repo + '/new.py'):
    try:
        open(path, 'a').write('9')
        kept.append(path)
    except OSError:
        pass
(out / 'result.json').write_text(json.dumps({'score': len(kept)}))
"""
)
CHECKS = (
    EVALUATOR.replace("'--seed')", "'--seed', '--data', '--repo')")
    + "assert open(args.data + '/b.txt').read() == '2'\n"
)
Run = Callable[[str], Outcome]


def open_sandbox(kind: type[Sandbox]) -> Sandbox:
    try:
        return kind()
    except ServiceError as error:
        pytest.skip(str(error))


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """Settings with a file and a folder of data, and code to start from."""
    (tmp_path / "a.txt").write_text("1")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.txt").write_text("2")
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "rates.py").write_text("RATE = 10\n")
    return Settings(topic="tiny", data=(tmp_path / "a.txt", tmp_path / "more"), repo=tmp_path / "repo")


@pytest.fixture
def template(tmp_path: Path) -> Template:
    return write_template(tmp_path / "tiny", CHECKS)


@pytest.fixture
def services(tmp_path: Path, own: Settings, template: Template) -> Iterator[Services]:
    """A run without any fence: what others prevent is noticed there."""
    made = dataclasses.replace(make_services(tmp_path / "run", template), settings=own)
    fill_given(made.folder, own)
    yield made
    made.executor.close()


@pytest.fixture(params=[BubblewrapSandbox, ProcessSandbox])
def fenced(request: pytest.FixtureRequest, services: Services) -> Iterator[Services]:
    executor = LocalExecutor(open_sandbox(request.param), Slots(count=1, cpus=1, memory_mb=2048), services.stop)
    yield dataclasses.replace(services, executor=executor)
    executor.close()


def test_an_experiment_reads_them_and_its_evaluator_the_data(fenced: Services) -> None:
    outcome = run_experiment(fenced, make_experiment(), code(HONEST))
    assert (outcome.status, outcome.detail) == ("ok", "")
    assert outcome.metrics["score"] == 30.0


def test_an_experiment_cannot_write_them(fenced: Services) -> None:
    outcome = run_experiment(fenced, make_experiment(), code(WRITES))
    assert (outcome.status, outcome.detail) == ("ok", "")
    assert outcome.metrics["score"] == 0


def test_where_there_is_no_fence_the_change_is_found_and_nothing_counts(services: Services) -> None:
    outcome = run_experiment(services, make_experiment(), code(WRITES))
    assert (outcome.status, outcome.metrics) == ("tampered", {})
    with pytest.raises(UserError, match=r"a\.txt is not what the run started with; restore it and resume"):
        run_experiment(services, make_experiment(2), code(HONEST))


def test_what_failed_is_told_without_a_path_of_the_machine(services: Services) -> None:
    outcome = run_experiment(services, make_experiment(), code(READS_ALL + "open(own.data[1] + '/c.txt')"))
    assert outcome.status == "crash"
    assert "'more/c.txt'" in outcome.detail
    said = hide_places(f"in {services.folder / 'given' / 'repo'}/rates.py", services.folder, services.settings)
    assert said == "in repo/rates.py"


def test_a_file_that_was_only_touched_changes_nothing(services: Services) -> None:
    os.utime(services.settings.data[0], (1, 1))
    assert run_experiment(services, make_experiment(), code(HONEST)).is_ok


def test_a_model_is_told_of_them_by_name_and_never_where_they_lie(services: Services) -> None:
    told = workbench(services)
    assert told.data == (
        "a.txt: text, files: 1, bytes: 1\n1",
        "more: folder, files: 1, bytes: 1\nfiles: 1 .txt (b.txt)\nb.txt:\n2",
    )
    assert "--- rates.py\nRATE = 10" in told.repo
    assert str(services.folder.parent) not in told.model_dump_json()


def test_without_data_the_command_line_is_what_it_was(tmp_path: Path) -> None:
    services = make_services(tmp_path / "run", write_template(tmp_path / "plain"))
    text = "(out / 'result.json').write_text(json.dumps({'score': len(sys.argv)}))"
    assert run_experiment(services, make_experiment(), code(text)).metrics["score"] == 7
    services.executor.close()


def test_a_template_must_know_the_arguments(tmp_path: Path, own: Settings, template: Template) -> None:
    experiment, evaluator = template.path / "experiment.py", template.path / "evaluate.py"
    with pytest.raises(UserError, match=r"the template tiny takes no --data: its experiment\.py"):
        require_taken(template, own)
    experiment.write_text(code(READS_ALL))
    require_taken(template, own)
    evaluator.write_text(EVALUATOR)
    with pytest.raises(UserError, match=r"takes no --data: its evaluate\.py"):
        require_taken(template, own)
    with pytest.raises(UserError, match=r"takes no --repo: its evaluate\.py"):
        require_taken(template, own.model_copy(update={"data": ()}))
    evaluator.write_text("args, _ = parser.parse_known_args()")
    require_taken(template, own)
    require_taken(template, Settings(topic="tiny"))
