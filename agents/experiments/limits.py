"""How long a run may go on and how long its experiments may hold GPUs, asked before an experiment is started.

Hours are the wall clock of all sessions; GPU hours those of the outcomes in the journal and, of what runs, the most.
"""

import math
import os
from collections.abc import Callable, Iterable
from functools import cache
from statistics import fmean
from threading import Lock
from weakref import WeakKeyDictionary

from agents.errors import BudgetExceeded, Interrupted
from agents.executors.slots import find_gpus
from agents.experiments.pilot_runs import pilot_gpu_hours
from agents.experiments.running import RAN_AGAIN
from agents.schema import Experiment, Outcome, Registration, Template
from agents.services import Journal, Services
from agents.settings import Settings

POLL_S = 0.05
_HOUR_S = 3600.0
_MOST_KEPT = 0.5
"""Of a limit, what the search keeps for the confirmation at most."""
_held: WeakKeyDictionary[Journal, dict[str, float]] = WeakKeyDictionary()
"""By journal and experiment that runs, the GPU hours that it may take at most."""
_turn = Lock()


def find_shortage(services: Services, plan: Registration | None = None) -> BudgetExceeded | None:
    """What is used up, so that no experiment may begin; None if one may.

    A search, whose plan is given, leaves what confirming its winner is likely to take: without it all was in vain.
    """
    limits = services.settings.budget
    if limits.hours:
        used, kept = services.clock() / _HOUR_S, _kept(services, plan, limits.hours, "hours")
        if used + kept >= limits.hours:
            return BudgetExceeded("hours", used, limits.hours, kept)
    if limits.gpu_hours and (most := _most_gpu_hours(services, plan.study if plan else None)):
        used, wanted = _used_gpu_hours(services), most + _kept(services, plan, limits.gpu_hours, "gpu_hours")
        if used + wanted > limits.gpu_hours:
            return BudgetExceeded("gpu_hours", used, limits.gpu_hours, wanted)
    return None


def hold_gpus(services: Services, experiment: Experiment, plan: Registration | None = None) -> BudgetExceeded | None:
    """Set aside what an experiment may take at most, until `release_gpus`; if it does not fit, say what is used up."""
    shortage = find_shortage(services, plan)
    limit, most = services.settings.budget.gpu_hours, _most_gpu_hours(services, experiment.study)
    if shortage or not limit or not most:
        return shortage
    with _turn:
        held = _held.setdefault(services.journal, {})
        others = math.fsum(hours for name, hours in held.items() if name != experiment.id)
        used = _used_gpu_hours(services) + others
        if used + most > limit:
            return BudgetExceeded("gpu_hours", used, limit, most)
        held[experiment.id] = most
    return None


def wait_for_gpus(
    services: Services, experiment: Experiment, plan: Registration | None = None
) -> BudgetExceeded | None:
    """As `hold_gpus`, but while others run it may fit once they end earlier than they might; so wait for that."""
    while (shortage := hold_gpus(services, experiment, plan)) and _is_anything_held(services):
        if find_shortage(services, plan):
            return shortage
        if services.stop.wait(POLL_S):
            raise Interrupted(f"stopped while {experiment.id} waited for its share of the budget")
    return shortage


def release_gpus(services: Services, experiment: str) -> None:
    """Let go of what was set aside for an experiment, once its outcome is in the journal. Safe to repeat."""
    with _turn:
        _held.get(services.journal, {}).pop(experiment, None)


def add_gpu_hours(experiments: Iterable[Experiment], gpus_of: Callable[[str], float]) -> float:
    """What ended experiments took, by the GPUs of a study's; one that shared a GPU and ran again alone had it whole."""
    ended = ((each, each.outcome) for each in experiments if each.outcome and each.outcome.wall_s)
    return math.fsum(_gpus(gpus_of(each.study), outcome) * outcome.wall_s for each, outcome in ended) / _HOUR_S


def has_gpus(settings: Settings) -> bool:
    """Whether experiments get GPUs: on this machine those that the settings name or that are found, else always."""
    if settings.executor.name != "local":
        return True
    return _are_found() if settings.sandbox.gpus is None else bool(settings.sandbox.gpus)


def skipped(shortage: BudgetExceeded) -> Outcome:
    """The outcome of an experiment that was not begun for want of budget."""
    return Outcome(status="skipped", detail=f"not run: {shortage.what}")


def _is_anything_held(services: Services) -> bool:
    with _turn:
        return bool(_held.get(services.journal))


def _used_gpu_hours(services: Services) -> float:
    ran = add_gpu_hours(services.journal.experiments(), lambda study: services.template_of(study).gpus)
    return ran + pilot_gpu_hours(services.folder / "papers")


def _most_gpu_hours(services: Services, study: str | None) -> float:
    """What one experiment may take at most; nothing where none of them gets a GPU."""
    if not has_gpus(services.settings):
        return 0.0
    template, settings = _template(services, study), services.settings
    gpus, timeout_s = (template.gpus, template.timeout_s) if template else (settings.free.gpus, settings.free.timeout_s)
    return gpus * timeout_s * settings.sandbox.timeout_factor / _HOUR_S


def _template(services: Services, study: str | None) -> Template | None:
    return services.template_of(study) if study else services.template


def _gpus(asked: float, outcome: Outcome) -> float:
    return max(asked, 1.0) if RAN_AGAIN in outcome.detail else asked


@cache
def _are_found() -> bool:
    return bool(find_gpus(os.environ))


def _kept(services: Services, plan: Registration | None, limit: float, kind: str) -> float:
    """Hours that confirmation and ablation are likely to take, by the search's mean; at most half the limit."""
    if plan is None:
        return 0.0
    nodes = services.journal.experiments(plan.study, "search")
    took = [node.outcome.wall_s for node in nodes if node.outcome and node.outcome.is_ok]
    runs = _confirmation_runs(plan)
    share = services.template_of(plan.study).gpus if kind == "gpu_hours" else 1 / max(1, services.executor.slots)
    return min(_MOST_KEPT * limit, runs * share * fmean(took) / _HOUR_S) if took else 0.0


def _confirmation_runs(plan: Registration) -> int:
    """Treatment, control and baseline, and where several knobs are searched the winner without each, on every seed."""
    searched = len(plan.searched)
    return (3 + (searched if searched > 1 else 0)) * len(plan.confirm_seeds)
