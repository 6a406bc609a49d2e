"""Running one experiment: a fresh folder, experiment.py in a slot, evaluate.py after it, an Outcome in the end."""

import os
import shutil
import stat
import sys
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import NamedTuple

from agents.errors import ServiceError, UserError
from agents.experiments import seal
from agents.experiments.outcome import read_outcome
from agents.files import combine_hashes, evaluator_files, sha256_file, write_atomic, write_json
from agents.schema import Command, Completion, Experiment, Job, Limits, Outcome, Resources, Template
from agents.services import Services
from agents.slots import config_knobs

EVALUATOR_LIMITS = Limits(wall_s=60, disk_mb=16, output_mb=1)
_NOT_FOR_EXPERIMENTS = ("evaluate.py", "__init__.py")


class _Prepared(NamedTuple):
    """An experiment ready to run, with the hashes of what may not change: its own files, the template's evaluator."""

    folder: Path
    job: Job
    inputs: dict[Path, str]
    evaluator: dict[Path, str]


def run_experiment(services: Services, experiment: Experiment, code: str) -> Outcome:
    """As `start_experiment`, and wait for the outcome."""
    return start_experiment(services, experiment, code).result()


def start_experiment(services: Services, experiment: Experiment, code: str) -> Future[Outcome]:
    """Run `code` with the experiment's config and seed in the next free slot, then the template's evaluator.

    Safe to repeat: what an interrupted run left is removed first. A failed experiment is an Outcome. The future raises
    Interrupted when the run is stopped, and ServiceError when the sandbox fails, twice if trying again may help.
    """
    promise: Future[Outcome] = Future()
    promise.set_running_or_notify_cancel()
    _submit(services, partial(prepare_experiment, services, experiment, code), promise, attempts=2)
    return promise


def prepare_experiment(services: Services, experiment: Experiment, code: str) -> _Prepared:
    """Make the experiment's folder anew and describe the job; raises UserError if the evaluator was changed."""
    template = services.template
    evaluator = _hash_evaluator(template)
    if combine_hashes(evaluator) != template.evaluator_sha256:
        raise UserError(
            f"the evaluator in {template.path} ({', '.join(path.name for path in evaluator)}) is not the one this run "
            "was planned with; restore it, then resume the run"
        )
    folder = services.experiment_folder(experiment.id)
    remove_tree(folder)
    try:
        inputs = _write_inputs(folder, template, experiment, code)
    except OSError as error:
        raise ServiceError(f"cannot write {folder}: {error.strerror}; mend that, then resume the run") from error
    hashes = {path: sha256_file(path) for path in inputs}
    return _Prepared(folder, _describe_job(services, experiment, folder), hashes, evaluator)


def remove_tree(folder: Path) -> None:
    """Remove a folder that an experiment wrote in, read-only parts included."""
    try:
        for parent, names, _ in os.walk(folder):
            for path in (Path(parent, name) for name in names):
                if not path.is_symlink():
                    path.chmod(stat.S_IRWXU)
        if folder.exists():
            shutil.rmtree(folder)
    except (OSError, RecursionError) as error:
        raise ServiceError(f"cannot remove {folder}: {error}; delete it by hand, then resume the run") from error


def _submit(services: Services, prepare: Callable[[], _Prepared], promise: Future[Outcome], attempts: int) -> None:
    prepared = prepare()
    running = services.executor.submit(prepared.job)
    running.add_done_callback(partial(_settle, services, prepare, promise, attempts, prepared))


def _settle(
    services: Services,
    prepare: Callable[[], _Prepared],
    promise: Future[Outcome],
    attempts: int,
    prepared: _Prepared,
    done: Future[tuple[Completion, ...]],
) -> None:
    """Keep the promise: with the outcome, with what the sandbox raised, or by another attempt."""
    try:
        error = done.exception()
        if isinstance(error, ServiceError) and error.retryable and attempts > 1:
            _submit(services, prepare, promise, attempts - 1)
        else:
            promise.set_result(_judge(services.template, prepared, done.result()))
    except Exception as failure:  # whatever it is belongs to the one who waits; a callback's exception is lost
        promise.set_exception(failure)


def _judge(template: Template, prepared: _Prepared, completions: tuple[Completion, ...]) -> Outcome:
    outcome = read_outcome(template, prepared.folder, completions)
    differing = prepared.evaluator.items() ^ _hash_evaluator(template).items()
    changed = [path.name for path, digest in prepared.inputs.items() if _digest(path) != digest]
    changed += sorted({path.name for path, _ in differing})
    if not changed:
        return outcome
    detail = f"{', '.join(dict.fromkeys(changed))} changed during the experiment"
    return outcome.model_copy(update={"status": "tampered", "detail": detail, "metrics": {}, "artefacts": {}})


def _write_inputs(folder: Path, template: Template, experiment: Experiment, code: str) -> list[Path]:
    """Write what experiment.py needs: itself, the template's fixed modules, its configuration."""
    for name in ("artefacts", "evaluation"):
        (folder / name).mkdir(parents=True)
    fixed = [path for path in evaluator_files(template.path) if path.name not in _NOT_FOR_EXPERIMENTS]
    modules = {path.name: path.read_bytes() for path in fixed}
    written = [folder / "code" / name for name in ("experiment.py", *modules)]
    for path, text in zip(written, (code.encode(), *modules.values()), strict=True):
        write_atomic(path, text)
        path.chmod(0o444)
    write_json(folder / "config.json", config_knobs(template, experiment.config))
    return [*written, folder / "config.json"]


def _describe_job(services: Services, experiment: Experiment, folder: Path) -> Job:
    commands = (_experiment_command(services, experiment, folder), _evaluator_command(services, experiment, folder))
    return Job(id=experiment.id, commands=commands, resources=Resources(memory_mb=services.template.memory_mb))


def _experiment_command(services: Services, experiment: Experiment, folder: Path) -> Command:
    template, artefacts, config = services.template, folder / "artefacts", folder / "config.json"
    given = ("--out", str(artefacts), "--seed", str(experiment.seed), "--config", str(config))
    return Command(
        argv=(sys.executable, str(folder / "code" / "experiment.py"), *given),
        workdir=artefacts,
        readable=(folder / "code", config),
        limits=Limits(
            wall_s=template.timeout_s * services.settings.sandbox.timeout_factor,
            memory_mb=template.memory_mb,
            disk_mb=template.disk_mb,
        ),
        stdout=folder / "stdout.txt",
    )


def _evaluator_command(services: Services, experiment: Experiment, folder: Path) -> Command:
    evaluator, artefacts, out = services.template.path / "evaluate.py", folder / "artefacts", folder / "evaluation"
    given = ("--artefacts", str(artefacts), "--out", str(out), "--split", experiment.split)
    given += ("--seed", str(experiment.seed))  # the evaluator must not take it from what the experiment wrote
    return Command(
        argv=(sys.executable, "-P", str(seal.__file__), str(evaluator), *given),
        workdir=out,
        readable=(services.template.path, artefacts, Path(seal.__file__)),
        limits=EVALUATOR_LIMITS,
        stdout=folder / "evaluate.txt",
    )


def _hash_evaluator(template: Template) -> dict[Path, str]:
    return {path: _digest(path) for path in evaluator_files(template.path)}


def _digest(path: Path) -> str:
    """The sha256 of a plain file; of a link, a folder or nothing at all, none."""
    return sha256_file(path) if path.is_file() and not path.is_symlink() else ""
