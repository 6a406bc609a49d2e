"""The plain baseline in full, on a few seeds of its own, before a study without a template is registered.

It shows what a design cannot: a value that no seed moves, a spread as wide as the effect, no room for a gain, a run
that takes too long. Judged on the search part alone, and never with a factor on.
"""

from concurrent.futures import Future
from dataclasses import replace

from agents.errors import BudgetExceeded
from agents.experiments.limits import has_gpus, hold_gpus, release_gpus
from agents.experiments.pilot_runs import keep_pilot, read_pilots
from agents.experiments.running import start_experiment
from agents.files import remove_tree, sha256_text
from agents.free_tasks import PilotRun
from agents.schema import Experiment, Outcome, Template, experiment_id
from agents.services import Services
from agents.slots import experiment_source

FIRST_SEED = 900_000_000
"""Seeds that no search, no repeat and no confirmation uses."""
FIRST_INDEX = 9950
"""Numbers of these runs, which no search reaches in a study of one's own writing; they are not in the journal."""


def run_pilot(services: Services, study: str, template: Template) -> tuple[PilotRun, ...] | BudgetExceeded:
    """Run the baseline on `free.pilot_seeds` seeds, each within the template's time limit; what ran once is kept.

    Where the budget lets fewer begin there are fewer, where it lets none, what is used up. A run that failed is a
    record; raises what `run_experiment` raises.
    """
    bench, code = replace(services, template=template), experiment_source(template)
    known = read_pilots(services.study_folder(study))
    numbers = range(services.settings.free.pilot_seeds)
    wanted = [_experiment(study, template, sha256_text(code), number) for number in numbers]
    begun: list[tuple[Experiment, Future[Outcome]]] = []
    kept: list[PilotRun] = []
    try:
        for experiment in wanted:
            if run := _find(known, experiment, template):
                kept.append(run)
                continue
            if shortage := hold_gpus(bench, experiment):
                if kept or begun:
                    break
                return shortage
            begun.append((experiment, start_experiment(bench, experiment, code)))
    finally:
        kept += [_settle(bench, experiment, ended) for experiment, ended in begun]
    return tuple(sorted(kept, key=lambda run: run.seed))


def _experiment(study: str, template: Template, code_sha256: str, number: int) -> Experiment:
    return Experiment(
        id=experiment_id(study, FIRST_INDEX + number), study=study, index=FIRST_INDEX + number, stage="search",
        change="the baseline before registration", config=template.baseline, code_sha256=code_sha256,
        seed=FIRST_SEED + number, split="search", researcher=template.written_by,
    )  # fmt: skip


def _settle(services: Services, experiment: Experiment, ended: Future[Outcome]) -> PilotRun:
    """Wait for a run, write it down, clear its folder."""
    try:
        run = _as_run(services, experiment, ended.result())
        keep_pilot(services.study_folder(experiment.study), run)
        return run
    finally:
        release_gpus(services, experiment.id)
        remove_tree(services.experiment_folder(experiment.id))


def _as_run(services: Services, experiment: Experiment, outcome: Outcome) -> PilotRun:
    template = services.template_of(experiment.study)
    return PilotRun(
        seed=experiment.seed, config=experiment.config, code_sha256=experiment.code_sha256,
        evaluator_sha256=template.evaluator_sha256, status=outcome.status, detail=outcome.detail,
        metrics=outcome.metrics, wall_s=outcome.wall_s, gpus=template.gpus if has_gpus(services.settings) else 0.0,
    )  # fmt: skip


def _find(known: tuple[PilotRun, ...], experiment: Experiment, template: Template) -> PilotRun | None:
    """The run of these very programs with this configuration and seed."""
    wanted = (experiment.code_sha256, template.evaluator_sha256, experiment.seed, experiment.config)
    return next((run for run in known if (run.code_sha256, run.evaluator_sha256, run.seed, run.config) == wanted), None)
