"""Experiments that misbehave, run for real: each ends as an outcome that says what happened."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from agents.errors import Interrupted, ServiceError, UserError
from agents.experiments.running import run_experiment, start_experiment
from agents.files import remove_tree, sha256_file
from agents.schema import Completion, Outcome, Resources
from agents.services import Services
from agents.slots import experiment_source
from templates import find_template, load_template
from tests.agents.experiments.laboratory import (
    EVALUATOR,
    HONEST,
    FailingExecutor,
    code,
    make_experiment,
    make_services,
    write_template,
)  # fmt: skip

HERE = Path(__file__).parents[2]
Run = Callable[[str], Outcome]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = make_services(tmp_path / "run", write_template(tmp_path / "tiny"))
    yield made
    made.executor.close()


@pytest.fixture
def run(services: Services) -> Run:
    return lambda text: run_experiment(services, make_experiment(), code(text))


def home(services: Services) -> Path:
    return services.experiment_folder("s1-0001")


def test_an_honest_experiment_is_measured(services: Services) -> None:
    outcome = run_experiment(services, make_experiment(seed=7, rate=1.5), HONEST)
    assert (outcome.status, outcome.detail, outcome.exit_code) == ("ok", "", 0)
    assert outcome.metrics == {"score": 8.5, "loss": 1.0}
    assert outcome.artefacts == {"result.json": sha256_file(home(services) / "artefacts" / "result.json")}
    assert 0 < outcome.wall_s < 20


def test_the_folder_holds_what_the_contract_says(services: Services) -> None:
    run_experiment(services, make_experiment(), HONEST)
    names = {path.name for path in home(services).iterdir()}
    assert names == {"code", "config.json", "artefacts", "evaluation", "stdout.txt", "evaluate.txt"}
    assert (home(services) / "code" / "experiment.py").read_text() == HONEST
    assert json.loads((home(services) / "config.json").read_text()) == {"rate": 0.5}
    assert json.loads((home(services) / "evaluation" / "metrics.json").read_text())["score"] == 7.5


def test_the_evaluator_sees_the_experiments_split(services: Services) -> None:
    assert run_experiment(services, make_experiment(split="confirm"), HONEST).metrics["score"] == 107.5


def test_the_evaluator_is_told_the_experiments_seed(tmp_path: Path) -> None:
    template = write_template(tmp_path / "seeded", EVALUATOR + "assert args.seed == '7', args.seed\n")
    services = make_services(tmp_path / "run", template)
    assert run_experiment(services, make_experiment(seed=7), HONEST).is_ok
    assert run_experiment(services, make_experiment(seed=8), HONEST).detail == "evaluate.py: AssertionError: 8"
    services.executor.close()


def test_the_same_experiment_twice_gives_the_same_result(services: Services) -> None:
    first, second = (run_experiment(services, make_experiment(), HONEST) for _ in range(2))
    assert (first.metrics, first.artefacts) == (second.metrics, second.artefacts)


def test_what_an_interrupted_run_left_is_gone(services: Services) -> None:
    left = home(services) / "artefacts" / "deep"
    left.mkdir(parents=True)
    (left / "old.npy").write_text("half")
    left.chmod(0o500)
    left.parent.chmod(0o500)
    outcome = run_experiment(services, make_experiment(), HONEST)
    assert list(outcome.artefacts) == ["result.json"]


def test_fixed_modules_can_be_imported_and_the_evaluator_cannot(tmp_path: Path) -> None:
    template = write_template(tmp_path / "more", data="TRUTH = 3\n", plot="")
    services = make_services(tmp_path / "run", template)
    text = "import data\nassert not {'evaluate.py', 'plot.py'} & set(os.listdir(os.path.dirname(__file__)))\n"
    text += "(out / 'result.json').write_text(json.dumps({'score': data.TRUTH}))"
    outcome = run_experiment(services, make_experiment(), code(text))
    assert outcome.metrics["score"] == 3.0
    services.executor.close()


def test_the_evaluator_can_import_the_fixed_modules_and_leaves_no_bytecode(tmp_path: Path) -> None:
    text = "from labels import BONUS\n" + EVALUATOR + "assert BONUS == 1\n"
    template = write_template(tmp_path / "other", text, labels="BONUS = 1\n")
    services = make_services(tmp_path / "run", template)
    assert run_experiment(services, make_experiment(), HONEST).is_ok
    assert {path.name for path in template.path.iterdir()} == {"experiment.py", "evaluate.py", "labels.py"}
    services.executor.close()


def test_a_result_that_is_an_integer_counts(run: Run) -> None:
    """A metric returned as an integer was treated as missing."""
    outcome = run("(out / 'result.json').write_text(json.dumps({'score': 3}))")
    assert outcome.metrics == {"score": 3.0, "loss": 1.0}
    assert all(type(value) is float for value in outcome.metrics.values())


def test_a_crash_tells_its_error(run: Run) -> None:
    outcome = run("raise RuntimeError('shapes do not match')")
    assert (outcome.status, outcome.exit_code) == ("crash", 1)
    assert outcome.detail == "RuntimeError: shapes do not match"
    assert outcome.metrics == {}


def test_code_that_is_no_python_is_a_crash(services: Services) -> None:
    outcome = run_experiment(services, make_experiment(), "def broken(:\n")
    assert outcome.status == "crash"
    assert outcome.detail.startswith("SyntaxError")


def test_after_a_crash_the_evaluator_is_not_run(services: Services, run: Run) -> None:
    run("(out / 'result.json').write_text('{\"score\": 1}')\nraise SystemExit(1)")
    assert not (home(services) / "evaluate.txt").exists()


def test_hanging_ends_at_the_templates_limit(tmp_path: Path) -> None:
    services = make_services(tmp_path / "run", write_template(tmp_path / "slow", timeout_s=2.0), factor=0.5)
    outcome = run_experiment(services, make_experiment(), "import time\ntime.sleep(60)")
    assert outcome.status == "timeout"
    assert outcome.detail == "stopped at its time limit of 1 s"
    assert 1 <= outcome.wall_s < 8
    services.executor.close()


@pytest.mark.slow
def test_the_limit_is_the_experiments_alone(tmp_path: Path) -> None:
    """The time-out covered more than the experiment, so near-limit runs were thrown away."""
    slow = "import time\ntime.sleep(4.5)\n" + EVALUATOR
    services = make_services(tmp_path / "run", write_template(tmp_path / "tiny", slow, timeout_s=4))
    outcome = run_experiment(services, make_experiment(), HONEST)
    assert outcome.is_ok
    assert outcome.wall_s < 4
    services.executor.close()


def test_doing_nothing_gives_no_metrics(run: Run) -> None:
    outcome = run("pass")
    assert outcome.status == "no_metrics"
    assert outcome.detail.startswith("evaluate.py: FileNotFoundError")


@pytest.mark.parametrize(
    ("score", "said"),
    [
        ("float('nan')", "metric score is NaN"),
        ("float('inf')", "metric score is infinite"),
        ("'0.9'", "metric score is a string, not a number"),
    ],
)
def test_a_result_that_is_no_number_gives_no_metrics(run: Run, score: str, said: str) -> None:
    outcome = run(f"(out / 'result.json').write_text(json.dumps({{'score': {score}}}))")
    assert (outcome.status, outcome.detail, outcome.metrics) == ("no_metrics", said, {})


def test_a_printed_metric_is_not_a_result(run: Run) -> None:
    """An LLM-chosen metric on whatever split the code prints."""
    assert run("print('score: 0.99')").status == "no_metrics"


def test_a_hog_of_memory_is_told(run: Run) -> None:
    assert run("kept = []\nwhile True: kept.append(b'x' * 1_000_000 + bytes([1]))").status == "oom"


def test_filling_the_disk_is_told(run: Run) -> None:
    assert run("with open(out / 'big', 'wb') as f:\n while True: f.write(bytes(1_000_000))").status == "disk"


def test_a_flood_of_output_is_capped(services: Services, run: Run) -> None:
    text = "for _ in range(60): sys.stdout.write('x' * 1_000_000)\n(out / 'result.json').write_text('{\"score\": 1}')"
    assert run(text).is_ok
    assert (home(services) / "stdout.txt").stat().st_size < 5_000_000


def test_keys_are_not_to_be_had(services: Services, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Model code ran in the parent's process with its API keys readable."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "planted-key")
    outcome = run("assert 'planted-key' not in str(os.environ)\n(out / 'result.json').write_text('{\"score\": 1}')")
    assert outcome.is_ok, outcome.detail


def test_a_daemon_does_not_outlive_its_experiment(services: Services, run: Run) -> None:
    text = """
    import time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            (out / 'pid.tmp').write_text(str(os.getpid()))
            os.rename(out / 'pid.tmp', out / 'pid')
            time.sleep(600)
        os._exit(0)
    while not (out / 'pid').exists(): time.sleep(0.01)
    (out / 'result.json').write_text('{"score": 1}')
    """
    assert run(text).is_ok
    pid = int((home(services) / "artefacts" / "pid").read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


# --- cheats --------------------------------------------------------------


def test_a_forged_metrics_file_counts_for_nothing(tmp_path: Path) -> None:
    """Even where the evaluator forgets to write its own."""
    forge = "p = out.parent / 'evaluation'\np.mkdir(exist_ok=True)\n(p / 'metrics.json').write_text('%s')"
    services = make_services(tmp_path / "run", write_template(tmp_path / "lazy", "pass\n"))
    outcome = run_experiment(services, make_experiment(), code(forge % '{"score": 99, "loss": 0}'))
    assert (outcome.status, outcome.detail) == ("no_metrics", "evaluate.py wrote no metrics.json")
    services.executor.close()


@pytest.mark.parametrize("name", ["toy_template", "seir_epidemic"])
def test_a_lucky_seed_in_the_artefacts_is_refused(name: str, tmp_path: Path) -> None:
    """The evaluator took the seed of its test from what the experiment wrote, so code could choose an easy test."""
    template = load_template(HERE / "toy_template") if name == "toy_template" else find_template(name)
    services = make_services(tmp_path / "run", template)
    source = experiment_source(template)
    lucky = "import sys\nsys.argv[sys.argv.index('--seed') + 1] = '12'\n" + source
    honest, cheat = (
        run_experiment(services, make_experiment(seed=7).model_copy(update={"config": template.baseline}), text)
        for text in (source, lucky)
    )
    assert honest.is_ok, honest.detail
    assert (cheat.status, cheat.metrics) == ("no_metrics", {})
    assert "names seed 12" in cheat.detail
    services.executor.close()


def test_editing_the_evaluator_is_tampering_and_stops_the_run(services: Services, run: Run) -> None:
    evaluator = services.template_of("s1").path / "evaluate.py"
    outcome = run(
        f"open({str(evaluator)!r}, 'a').write('# better\\n')\n(out / 'result.json').write_text('{{\"score\": 1}}')"
    )
    assert (outcome.status, outcome.metrics) == ("tampered", {})
    assert outcome.detail == "evaluate.py changed during the experiment"
    with pytest.raises(UserError, match="restore it"):
        run("pass")


SCORED = "\n(out / 'result.json').write_text('{\"score\": 1}')"
TAMPERING = {
    "fixed module": ("open(top / 'labels.py', 'a').write('BONUS = 9\\n')", "labels.py"),
    "its own copy": ("p = pathlib.Path(__file__).parent / 'labels.py'; p.chmod(0o644); p.write_text('')", "labels.py"),
    "module added": ("(top / 'json.py').write_text('')", "json.py"),
    "link added": ("(top / 'json.py').symlink_to('/dev/null')", "json.py"),
    "module removed": ("(top / 'labels.py').unlink()", "labels.py"),
    "module replaced by a link": (
        "p = top / 'labels.py'; p.rename(out.parent / 'kept.py'); p.symlink_to(out.parent / 'kept.py')",
        "labels.py",
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_a_change_of_the_evaluators_modules_is_tampering(tmp_path: Path, how: str) -> None:
    template = write_template(tmp_path / "other", "from labels import BONUS\n" + EVALUATOR, labels="BONUS = 1\n")
    services = make_services(tmp_path / "run", template)
    does, named = TAMPERING[how]
    outcome = run_experiment(
        services, make_experiment(), code(f"top = pathlib.Path({str(template.path)!r})\n{does}{SCORED}")
    )
    assert (outcome.status, outcome.metrics) == ("tampered", {})
    assert outcome.detail == f"{named} changed during the experiment"
    services.executor.close()


def test_a_module_changed_before_the_experiment_stops_the_run(tmp_path: Path) -> None:
    template = write_template(tmp_path / "other", labels="BONUS = 1\n")
    services = make_services(tmp_path / "run", template)
    (template.path / "labels.py").write_text("BONUS = 9\n")
    with pytest.raises(UserError, match=r"evaluate\.py, labels\.py.*restore it"):
        run_experiment(services, make_experiment(), HONEST)
    services.executor.close()


IMPORTING = "import labels, json\nassert labels.BONUS == 1 and json.dumps\n"
POISON = """
import importlib._bootstrap_external as b, marshal
top = pathlib.Path({top!r})
(top / 'json').mkdir()
(top / 'json' / '__init__.py').write_text('')
s = (top / 'labels.py').stat()
forged = b._code_to_timestamp_pyc(compile('BONUS = 9', 'labels.py', 'exec'), int(s.st_mtime), s.st_size)
cache = pathlib.Path(b.cache_from_source(str(top / 'labels.py')))
cache.parent.mkdir()
cache.write_bytes(forged)
"""


def test_packages_and_bytecode_left_beside_the_evaluator_are_not_looked_at(tmp_path: Path) -> None:
    """They are no part of its hash."""
    template = write_template(tmp_path / "other", IMPORTING + EVALUATOR, labels="BONUS = 1\n")
    services = make_services(tmp_path / "run", template)
    outcome = run_experiment(services, make_experiment(), code(POISON.format(top=str(template.path)) + SCORED))
    assert (outcome.status, outcome.metrics["score"]) == ("ok", 1.0), outcome.detail
    assert list(template.path.rglob("labels*.pyc"))
    services.executor.close()


def test_editing_its_own_code_or_config_is_tampering(run: Run) -> None:
    edit = "p = pathlib.Path(__file__)\np.chmod(0o644)\np.write_text('pass')\n"
    outcome = run(
        edit + "(out.parent / 'config.json').write_text('{}')\n(out / 'result.json').write_text('{\"score\": 1}')"
    )
    assert (outcome.status, outcome.detail) == ("tampered", "experiment.py, config.json changed during the experiment")


@pytest.mark.parametrize(
    "leave",
    [
        "(out / 'link').symlink_to('/etc/hostname')",
        "(out / 'link').symlink_to(out)",
        "os.link(out / 'result.json', out / 'second')",
        "os.mkfifo(out / 'pipe')",
        "os.rename(out, out.parent / 'moved'); out.symlink_to(out.parent / 'moved')",
    ],
)
def test_links_and_pipes_among_the_artefacts_are_tampering(run: Run, leave: str) -> None:
    outcome = run("(out / 'result.json').write_text('{\"score\": 1}')\n" + leave)
    assert outcome.status == "tampered"
    assert "artefact" in outcome.detail


def test_artefacts_that_change_under_the_evaluator_are_tampering(tmp_path: Path) -> None:
    spoil = "p = pathlib.Path(args.artefacts)\np.chmod(0o755)\n(p / 'added').write_text('x')\n"
    services = make_services(tmp_path / "run", write_template(tmp_path / "odd", EVALUATOR + spoil))
    outcome = run_experiment(services, make_experiment(), HONEST)
    assert (outcome.status, outcome.detail) == ("tampered", "the artefacts changed while they were evaluated")
    services.executor.close()


def test_artefacts_are_read_only_in_the_end(services: Services) -> None:
    run_experiment(services, make_experiment(), HONEST)
    artefacts = home(services) / "artefacts"
    assert artefacts.stat().st_mode & 0o222 == 0
    assert (artefacts / "result.json").stat().st_mode & 0o222 == 0


def test_an_evaluator_that_crashes_gives_no_metrics(tmp_path: Path) -> None:
    services = make_services(tmp_path / "run", write_template(tmp_path / "bad", "raise KeyError('labels')\n"))
    outcome = run_experiment(services, make_experiment(), HONEST)
    assert (outcome.status, outcome.detail) == ("no_metrics", "evaluate.py: KeyError: 'labels'")
    assert outcome.exit_code == 0
    services.executor.close()


# --- the run itself --------------------------------------------------------


def test_experiments_run_side_by_side(services: Services) -> None:
    """Each waits for the other: one after the other they would hang."""
    meet = "import time\n(out.parent.parent / f'seen-{seed}').touch()\n"
    meet += "while not (out.parent.parent / f'seen-{1 - seed}').exists(): time.sleep(0.01)\n"
    meet += "(out / 'result.json').write_text(json.dumps({'score': seed}))"
    started = [start_experiment(services, make_experiment(index=n, seed=n), code(meet)) for n in (0, 1)]
    assert [future.result(20).metrics["score"] for future in started] == [0.0, 1.0]


def test_stopping_interrupts_what_runs(services: Services) -> None:
    running = start_experiment(services, make_experiment(), "import time\ntime.sleep(60)")
    threading.Timer(0.5, services.stop.set).start()
    started = time.monotonic()
    with pytest.raises(Interrupted):
        running.result(10)
    assert time.monotonic() - started < 5


def test_a_sandbox_that_fails_is_an_exception(tmp_path: Path) -> None:
    executor = FailingExecutor(ServiceError("sandbox: no such interpreter"))
    services = make_services(tmp_path / "run", write_template(tmp_path / "tiny"), executor)
    with pytest.raises(ServiceError, match="no such interpreter"):
        run_experiment(services, make_experiment(), HONEST)
    assert len(executor.jobs) == 1


def test_a_passing_failure_of_the_sandbox_is_tried_once_more(tmp_path: Path) -> None:
    crash = Completion(status="crash", exit_code=1, detail="x", wall_s=1.0)
    executor = FailingExecutor(ServiceError("busy", retryable=True), (crash,))
    services = make_services(tmp_path / "run", write_template(tmp_path / "tiny"), executor)
    assert run_experiment(services, make_experiment(), HONEST).status == "crash"
    assert len(executor.jobs) == 2


def test_a_lasting_failure_of_the_sandbox_is_tried_once_more_only(tmp_path: Path) -> None:
    executor = FailingExecutor(*[ServiceError("busy", retryable=True)] * 3)
    services = make_services(tmp_path / "run", write_template(tmp_path / "tiny"), executor)
    with pytest.raises(ServiceError, match="busy"):
        run_experiment(services, make_experiment(), HONEST)
    assert len(executor.jobs) == 2


def test_a_stop_between_two_attempts_is_an_interruption(tmp_path: Path) -> None:
    services = make_services(
        tmp_path / "run", write_template(tmp_path / "tiny"), FailingExecutor(ServiceError("busy", retryable=True))
    )
    with pytest.raises(Interrupted):
        run_experiment(services, make_experiment(), HONEST)


def test_a_job_is_two_commands_that_see_only_what_they_need(tmp_path: Path) -> None:
    executor = FailingExecutor((Completion(status="crash", exit_code=1, wall_s=0.0),))
    services = make_services(tmp_path / "run", write_template(tmp_path / "tiny"), executor, factor=3.0)
    run_experiment(services, make_experiment(), HONEST)
    experiment, evaluator = executor.jobs[0].commands
    folder = home(services)
    assert experiment.argv[:2] == (sys.executable, str(folder / "code" / "experiment.py"))
    assert experiment.workdir == folder / "artefacts"
    assert services.template_of("s1").path not in experiment.readable
    assert (experiment.limits.wall_s, evaluator.limits.wall_s) == (60.0, 60.0)
    assert (experiment.limits.memory_mb, experiment.limits.disk_mb) == (256, 8)
    assert evaluator.workdir == folder / "evaluation"
    assert folder / "artefacts" in evaluator.readable


def test_a_job_says_what_it_needs_and_what_both_its_programs_will_import(tmp_path: Path) -> None:
    executor = FailingExecutor((Completion(status="crash", exit_code=1, wall_s=0.0),))
    template = write_template(tmp_path / "tiny", world="import numpy\n").model_copy(update={"cpus": 3, "gpus": 0.25})
    run_experiment(make_services(tmp_path / "run", template, executor), make_experiment(), "import torch\n" + HONEST)
    (job,) = executor.jobs
    assert job.resources == Resources(cpus=3, memory_mb=256, gpus=0.25)
    experiment, evaluator = (command.warm for command in job.commands)
    assert experiment == evaluator and "numpy" in experiment and "torch" not in experiment


def test_an_unwritable_run_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file where the folder should be")
    services = make_services(tmp_path / "run", write_template(tmp_path / "tiny"), FailingExecutor())
    with pytest.raises(ServiceError, match="cannot write"):
        run_experiment(services, make_experiment(), HONEST)


def test_removing_follows_no_link(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("kept")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to(tmp_path / "precious")
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()
    assert (tmp_path / "precious" / "file").read_text() == "kept"


def test_removing_what_is_not_there_is_fine(tmp_path: Path) -> None:
    remove_tree(tmp_path / "nowhere")
