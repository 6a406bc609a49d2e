"""A short trial of a template that a researcher has just written: does it run, is it judged, does its seed decide?

Runs with --smoke, before anything is registered. Its numbers are thrown away: a trial says that a study can be run, and
nothing of what it will find.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from agents.experiments.outcome import read_outcome
from agents.experiments.running import prepare_experiment
from agents.experiments.static_checks import check_code, context_of, tell
from agents.files import remove_tree
from agents.schema import Completion, Config, Experiment, Job, Outcome, Template, experiment_id
from agents.services import Services
from agents.slots import experiment_source

TAIL_CHARS = 3000
FIRST_INDEX = 9990
"""Numbers of trials, which no search reaches in a study of one's own writing; they are not in the journal."""
CLOSE = 1e-6


class Complaint(NamedTuple):
    """What went wrong in a trial, and whether evaluate.py or data.py is to blame rather than experiment.py."""

    text: str
    is_evaluators: bool = False


class _Trial(NamedTuple):
    """A trial that ran: its outcome on the search split, and what stands against it."""

    outcome: Outcome
    complaint: Complaint | None


def try_template(services: Services, study: str, template: Template, factors: Sequence[str]) -> Complaint | None:
    """Run baseline, treatment and baseline again; return what is wrong, None if all is well.

    Both splits are judged, so that the evaluator is known to work on either; no metric leaves this function.
    """
    if fault := tell(check_code(experiment_source(template), context_of(template, services.settings)), "refuse"):
        return Complaint(f"experiment.py was not run, for a static check refused it: {fault}")
    bench = replace(services, template=template)
    treatment = template.baseline | {name: _other_level(template, name) for name in factors}
    trials: list[Outcome] = []
    for number, config in enumerate((template.baseline, treatment, template.baseline)):
        trial = _run(bench, study, template, config, FIRST_INDEX + number)
        if trial.complaint:
            return trial.complaint
        trials.append(trial.outcome)
    return _compare(trials, factors)


def _other_level(template: Template, name: str) -> bool | int | float | str:
    knob = template.knob(name)
    return next(value for value in reversed(knob.values) if value != knob.default)


def _run(services: Services, study: str, template: Template, config: Config, index: int) -> _Trial:
    experiment = Experiment(
        id=experiment_id(study, index), study=study, index=index, stage="search", change="trial", config=config,
        code_sha256="", seed=services.settings.seed, split="search", researcher=template.written_by,
    )  # fmt: skip
    code = experiment_source(template)
    prepared = prepare_experiment(services, experiment, code, template.resources)
    try:
        completions = services.executor.submit(_as_trial(prepared.job)).result()
        return _judge(template, prepared.folder, completions)
    finally:
        remove_tree(prepared.folder)


def _as_trial(job: Job) -> Job:
    """The experiment in short, then the evaluator on either split."""
    program, search = job.commands
    short = program.model_copy(update={"argv": (*program.argv, "--smoke")})
    argv = tuple("confirm" if word == "search" else word for word in search.argv)
    return job.model_copy(update={"commands": (short, search.model_copy(update={"argv": argv}), search)})


def _judge(template: Template, folder: Path, completions: tuple[Completion, ...]) -> _Trial:
    program, *evaluations = completions
    outcome = read_outcome(template, folder, (program, *evaluations[-1:]))
    if program.status != "ok":
        text = f"experiment.py --smoke ended as {program.status}: {program.detail}\n{_tail(folder / 'stdout.txt')}"
        return _Trial(outcome, Complaint(text))
    log = _tail(folder / "evaluate.txt")
    if not outcome.is_ok or len(evaluations) < 2:
        split = "confirm" if len(evaluations) < 2 else "search"
        text = f"what experiment.py wrote was not accepted on the {split} part: {outcome.detail}\n{log}"
        return _Trial(outcome, Complaint(text, is_evaluators="Traceback" in log))
    if not (folder / "artefacts" / "curve.csv").is_file():
        return _Trial(outcome, Complaint("experiment.py wrote no curve.csv"))
    return _Trial(outcome, None)


def _compare(trials: Sequence[Outcome], factors: Sequence[str]) -> Complaint | None:
    """What one run must share with its repetition, and what it must not share with another configuration."""
    baseline, treatment, again = trials
    differing = [
        name for name, value in baseline.metrics.items() if not math.isclose(value, again.metrics[name], rel_tol=CLOSE)
    ]
    if differing:
        names = ", ".join(differing)
        return Complaint(f"two runs of the same code, configuration and seed differ in {names}; seed every generator")
    if baseline.artefacts == treatment.artefacts:
        return Complaint(f"the factors {', '.join(factors)} change nothing of what experiment.py writes with --smoke")
    return None


def _tail(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[-TAIL_CHARS:] if path.exists() else ""
