"""Ask a researcher for the next experiment until it is one that can run and that nobody ran, before a run is paid
for."""

from collections.abc import Callable, Sequence

from agents.errors import UserError
from agents.experiments.static_checks import tell
from agents.nodes.artefacts import read_code
from agents.nodes.asking import ask_or_stand_in
from agents.nodes.code_checks import find_faults
from agents.schema import Config, Experiment, Template
from agents.search.similarity import Known, find_twin
from agents.services import Model, Services
from agents.slots import fill_slots
from agents.tasks import REPEAT, Change, ProposeChange

MOST_REJECTIONS = 2
_LATEST = 2000
"""So many programs with one configuration are compared at most, those made last."""


def ask_for_new(
    task: ProposeChange, researcher: Model, services: Services, check: Callable[[Config], str]
) -> tuple[Change, Model]:
    """Return the first answer whose configuration and program pass and that is no twin of a node in `task.nodes`, and
    who gave it. `check` says why a configuration may not be, "" if it may.

    The researcher is told what was refused, and why. The third answer is taken as it is: a twin is marked a repeat, one
    that does not pass will be a failed node that never ran. A change that says itself that it is a repeat is taken at
    once. Only nodes that the lag lets it know count, so the answer does not depend on timing.
    """
    while True:
        change, researcher = ask_or_stand_in(task, researcher, services)
        change = _with_slots_filled(change, task.template)
        is_last = len(task.rejected) >= MOST_REJECTIONS
        if change.summary.startswith(REPEAT):
            return change, researcher
        if fault := check(change.config) or _code_fault(change, task.template, services):
            reason = f"{fault}; it was to be: {change.summary}"
        elif twin := find_twin(change.code, change.config, _alike(change, task.nodes, services)):
            reason = f"{twin} once more: {change.summary}"
        else:
            return change, researcher
        if is_last:
            return (change if fault else _as_repeat(change)), researcher
        task = task.model_copy(update={"rejected": (*task.rejected, reason)})


def _code_fault(change: Change, template: Template, services: Services) -> str:
    refused = tell(find_faults(change.code, change.config, template, services), "refuse")
    return f"static check: {refused}" if refused else ""


def _with_slots_filled(change: Change, template: Template) -> Change:
    """The change with what its configuration says in the slots, whatever the researcher wrote there: the arms of the
    confirmation are made of this program in the same way, and must be the same program."""
    try:
        return change.model_copy(update={"code": fill_slots(template, change.code, change.config)})
    except (KeyError, UserError):  # slots or choices are missing, for which it is refused
        return change


def _as_repeat(change: Change) -> Change:
    return change.model_copy(update={"summary": REPEAT + change.summary})


def _alike(change: Change, nodes: Sequence[Experiment], services: Services) -> list[Known]:
    """The known programs that had this configuration; no other text is read."""
    alike = [node for node in nodes if node.config == change.config][-_LATEST:]
    return [Known(node.id, node.config, read_code(services, node)) for node in alike]
