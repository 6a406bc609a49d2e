"""Running one experiment: a fresh folder, experiment.py in a slot, evaluate.py after it, an Outcome in the end."""

import re
import sys
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import NamedTuple

from agents.errors import ServiceError, UserError
from agents.experiments import seal
from agents.experiments.outcome import read_outcome
from agents.experiments.warm import find_warm_modules
from agents.files import combine_hashes, evaluator_files, json_text, remove_tree, sha256_file
from agents.own_material import passing
from agents.schema import Command, Completion, Experiment, Job, Limits, Outcome, Resources, Template
from agents.services import Services
from agents.slots import config_knobs

EVALUATOR_LIMITS = Limits(wall_s=60, disk_mb=16, output_mb=1)
RAN_AGAIN = "ran out of GPU memory while sharing; ran again alone"
_NOT_FOR_EXPERIMENTS = ("evaluate.py", "__init__.py")
_GPU = re.compile(r"\b(CUDA|HIP|GPU|XLA|RESOURCE_EXHAUSTED)", re.IGNORECASE)


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
    attempts = _Attempts(services, experiment, code)
    attempts.submit()
    return attempts.promise


class _Attempts:
    """An experiment on its way to its outcome: run once, again if the sandbox failed, again if it lacked GPU memory."""

    def __init__(self, services: Services, experiment: Experiment, code: str) -> None:
        self.promise: Future[Outcome] = Future()
        self.promise.set_running_or_notify_cancel()
        self._services, self._experiment, self._code = services, experiment, code
        self._template = services.template_of(experiment.study)
        self._needed = self._template.resources
        self._has_failed = False
        self._detail = ""

    def submit(self) -> None:
        prepared = prepare_experiment(self._services, self._experiment, self._code, self._needed)
        self._services.executor.submit(prepared.job).add_done_callback(partial(self._settle, prepared))

    def _settle(self, prepared: _Prepared, done: Future[tuple[Completion, ...]]) -> None:
        """Keep the promise: with the outcome, with what the sandbox raised, or by another attempt."""
        try:
            error = done.exception()
            if isinstance(error, ServiceError) and error.retryable and not self._has_failed:
                self._has_failed = True
                self.submit()
            elif not error and self._needs_whole_gpu(done.result()[0]):
                self._needed = self._needed.model_copy(update={"gpus": 1.0})
                self._detail = RAN_AGAIN
                self.submit()
            else:
                self.promise.set_result(self._judge(prepared, done.result()))
        except Exception as failure:  # whatever it is belongs to the one who waits; a callback's exception is lost
            self.promise.set_exception(failure)

    def _needs_whole_gpu(self, experiment: Completion) -> bool:
        """Whether its neighbours on a GPU may have left it too little of that GPU's memory."""
        is_sharing = 0 < self._needed.gpus < 1
        return is_sharing and experiment.status == "oom" and bool(_GPU.search(experiment.detail))

    def _judge(self, prepared: _Prepared, completions: tuple[Completion, ...]) -> Outcome:
        outcome = judge_experiment(self._template, prepared, completions)
        given = self._services.folder, self._services.settings
        outcome = outcome.model_copy(update={"detail": passing.hide_places(outcome.detail, *given)})
        if passing.find_change(*given):
            outcome = _tampered(outcome, "the data or code that the run was given changed during the experiment")
        detail = "; ".join(filter(None, (outcome.detail, self._detail)))
        return outcome.model_copy(update={"detail": detail})


def prepare_experiment(services: Services, experiment: Experiment, code: str, needed: Resources) -> _Prepared:
    """Make the experiment's folder anew and describe the job; raises UserError if the evaluator was changed, or the
    user's own data or code."""
    template = services.template_of(experiment.study)
    evaluator = _hash_evaluator(template)
    if combine_hashes(evaluator) != template.evaluator_sha256:
        raise UserError(
            f"the evaluator in {template.path} ({', '.join(path.name for path in evaluator)}) is not the one this run "
            "was planned with; restore it, then resume the run"
        )
    passing.require_unchanged(services.folder, services.settings)
    folder = services.experiment_folder(experiment.id)
    remove_tree(folder)
    try:
        inputs = _write_inputs(folder, template, experiment, code)
    except OSError as error:
        raise ServiceError(f"cannot write {folder}: {error.strerror}; mend that, then resume the run") from error
    hashes = {path: sha256_file(path) for path in inputs}
    job = Job(id=experiment.id, commands=_commands(services, experiment, folder), resources=needed)
    return _Prepared(folder, job, hashes, evaluator)


def judge_experiment(template: Template, prepared: _Prepared, completions: tuple[Completion, ...]) -> Outcome:
    """The outcome of an experiment that ran as prepared; one that changed what it was given is tampered."""
    outcome = read_outcome(template, prepared.folder, completions)
    differing = prepared.evaluator.items() ^ _hash_evaluator(template).items()
    changed = [path.name for path, digest in prepared.inputs.items() if _digest(path) != digest]
    changed += sorted({path.name for path, _ in differing})
    if not changed:
        if outcome.is_ok:  # also where a fence kept the evaluator from doing so
            seal.make_read_only(prepared.folder / "artefacts")
        return outcome
    return _tampered(outcome, f"{', '.join(dict.fromkeys(changed))} changed during the experiment")


def _tampered(outcome: Outcome, detail: str) -> Outcome:
    return outcome.model_copy(update={"status": "tampered", "detail": detail, "metrics": {}, "artefacts": {}})


def _write_inputs(folder: Path, template: Template, experiment: Experiment, code: str) -> list[Path]:
    """Write what experiment.py needs: itself, the template's fixed modules, its configuration."""
    for name in ("artefacts", "evaluation", "code"):
        (folder / name).mkdir(parents=True)
    fixed = [path for path in evaluator_files(template.path) if path.name not in _NOT_FOR_EXPERIMENTS]
    modules = {path.name: path.read_bytes() for path in fixed}
    written = [folder / "code" / name for name in ("experiment.py", *modules)]
    config = folder / "config.json"
    texts = (code.encode(), *modules.values(), json_text(config_knobs(template, experiment.config)).encode())
    for path, text in zip((*written, config), texts, strict=True):  # not flushed: after a power cut it is made anew
        path.write_bytes(text)
        path.chmod(0o644 if path == config else 0o444)
    return [*written, config]


def _commands(services: Services, experiment: Experiment, folder: Path) -> tuple[Command, Command]:
    return _experiment_command(services, experiment, folder), _evaluator_command(services, experiment, folder)


def _experiment_command(services: Services, experiment: Experiment, folder: Path) -> Command:
    template, artefacts, config = services.template_of(experiment.study), folder / "artefacts", folder / "config.json"
    given = ("--out", str(artefacts), "--seed", str(experiment.seed), "--config", str(config))
    own = passing.for_programs(services.folder, services.settings)
    return Command(
        argv=(sys.executable, str(folder / "code" / "experiment.py"), *given, *own.words),
        workdir=artefacts,
        readable=(folder / "code", config, *own.readable),
        limits=Limits(
            wall_s=template.timeout_s * services.settings.sandbox.timeout_factor,
            memory_mb=template.memory_mb,
            disk_mb=template.disk_mb,
        ),
        stdout=folder / "stdout.txt",
        warm=find_warm_modules(template.path),
    )


def _evaluator_command(services: Services, experiment: Experiment, folder: Path) -> Command:
    template, artefacts, out = services.template_of(experiment.study), folder / "artefacts", folder / "evaluation"
    given = ("--artefacts", str(artefacts), "--out", str(out), "--split", experiment.split)
    given += ("--seed", str(experiment.seed))  # the evaluator must not take it from what the experiment wrote
    own = passing.for_programs(services.folder, services.settings)
    return Command(
        argv=(sys.executable, "-P", str(seal.__file__), str(template.path / "evaluate.py"), *given, *own.words),
        workdir=out,
        readable=(template.path, artefacts, Path(seal.__file__), *own.readable),
        limits=EVALUATOR_LIMITS,
        stdout=folder / "evaluate.txt",
        warm=find_warm_modules(template.path),
    )


def _hash_evaluator(template: Template) -> dict[Path, str]:
    return {path: _digest(path) for path in evaluator_files(template.path)}


def _digest(path: Path) -> str:
    """The sha256 of a plain file; of a link, a folder or nothing at all, none."""
    return sha256_file(path) if path.is_file() and not path.is_symlink() else ""
