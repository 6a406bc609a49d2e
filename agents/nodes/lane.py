"""One search lane: claim an index, write its code, run it, judge it, claim again. Lanes never wait for a round."""

import math
import random
import time
from collections.abc import Sequence

from agents.errors import BudgetExceeded, Interrupted
from agents.events import Degraded, ExperimentStarted, PhaseStarted
from agents.experiments.batch import finish_experiment
from agents.experiments.changes import check_change
from agents.experiments.debug_context import describe_failure, end_of_log, hide_paths
from agents.experiments.limits import find_shortage, release_gpus, skipped, wait_for_gpus
from agents.experiments.running import start_experiment
from agents.experiments.static_checks import CodeFault, tell
from agents.nodes.artefacts import keep_code, read_code
from agents.nodes.code_checks import find_faults, note_warnings
from agents.nodes.proposing import ask_for_new
from agents.schema import Choice, Config, Experiment, Outcome, Phase, Registration, Template, experiment_id, kind_of
from agents.search.notes import take_notes
from agents.search.stages import STAGES, known_nodes, phases_of, searched_in
from agents.services import Services
from agents.slots import experiment_source, fill_slots
from agents.state import LaneState, Update
from agents.tasks import Change, ProposeChange

POLL_S = 0.02
LOG_TAIL_BYTES = 100_000
FIRST_REPEAT_SEED, FIRST_SAMPLE_SEED = 500_000_000, 600_000_000
"""Far from the seeds of search and confirmation, and from each other."""


def claim(state: LaneState, services: Services) -> Update:
    """Take the next index; None when the search is over."""
    plan = plan_of(services, state["study"])
    index = services.journal.claim(plan.study, state["lane"], plan.search_experiments)
    return {"index": index}


def write_code(state: LaneState, services: Services) -> Update:
    """Record the node's experiment, proposed from what a node of its index may know."""
    plan, index = plan_of(services, state["study"]), _index(state)
    if not services.journal.hold(plan.study, index, state["lane"]):
        return {"index": None}
    if services.journal.get(experiment_id(plan.study, index)) is None:
        nodes = _wait_for_nodes(plan, index, services)
        node = _first_or_next(plan, index, nodes, services)
        if node.phase and node.phase != _phase_before(plan, index, services):
            announce_phase(services, plan.study, node.phase)
        services.journal.record(node)
    return {}


def _first_or_next(plan: Registration, index: int, nodes: tuple[Experiment, ...], services: Services) -> Experiment:
    """The node as it will be run; where the budget has no room for it, one that is finished and asked no model."""
    if shortage := find_shortage(services, plan):
        _tell_shortage(shortage, plan.study, services)
        node = _unproposed(plan, index, nodes, services) if index else _baseline(plan, services)
        return node.model_copy(update={"outcome": skipped(shortage)})
    node = _propose(plan, index, nodes, services) if index else _baseline(plan, services)
    spent = services.bills(plan.study, f"node {index}")
    return node.model_copy(update={"cost_usd": math.fsum(bill.cost_usd for bill in spent)})


def run_code(state: LaneState, services: Services) -> Update:
    experiment = _experiment(state, services)
    if not services.journal.hold(experiment.study, experiment.index, state["lane"]):
        return {"index": None}
    if experiment.outcome is None:
        parent = services.journal.get(experiment.parent) if experiment.parent else None
        services.events.emit(
            ExperimentStarted(
                at=time.time(), study=experiment.study, experiment=experiment.id, stage="search",
                kind=kind_of(parent, experiment.patch), parent=experiment.parent, arm="", change=experiment.change,
                seed=experiment.seed,
            )
        )  # fmt: skip
        services.journal.finish(experiment.id, _outcome(experiment, parent, services))
        release_gpus(services, experiment.id)
    return {}


def judge_result(state: LaneState, services: Services) -> Update:
    experiment = _experiment(state, services)
    finish_experiment(services, experiment)
    return {"explored": {str(state["lane"]): float(_index(state))}}


def plan_of(services: Services, study: str) -> Registration:
    plan = services.journal.registration(study)
    if plan is None:
        raise RuntimeError(f"study {study} has no registered plan")
    return plan


def announce_phase(services: Services, study: str, phase: Phase) -> None:
    """Tell that a stage of the search begins, and its place among those that the study may have."""
    (goal, stop), phases = STAGES[phase], phases_of(plan_of(services, study))
    number = phases.index(phase) + 1 if phase in phases else 0
    services.events.emit(
        PhaseStarted(
            at=time.time(), study=study, phase=phase, goal=goal, stop=stop, number=number, total=len(phases)
        )
    )  # fmt: skip


def _phase_before(plan: Registration, index: int, services: Services) -> str:
    """The stage of the node before this one, which was decided before it."""
    if index < 2:
        return "working" if index else ""
    return services.search.decide(plan, index - 1, ()).phase


def _wait_for_nodes(plan: Registration, index: int, services: Services) -> tuple[Experiment, ...]:
    """The finished nodes that lie at least the lag behind; which ones does not depend on timing (see settings.lag)."""
    known = known_nodes(plan, index, services.settings.search.lag)
    nodes = services.journal.experiments(plan.study, "search")[:known]
    finished = {node.index for node in nodes if node.outcome is not None}
    if missing := set(range(known)) - finished:
        for place in sorted(missing):
            _wait_for_node(plan.study, place, services)
        nodes = services.journal.experiments(plan.study, "search")[:known]
    return tuple(nodes)


def _wait_for_node(study: str, index: int, services: Services) -> None:
    """One node alone is looked at again and again, not the whole search."""
    while True:
        node = services.journal.get(experiment_id(study, index))
        if node and node.outcome:
            return
        if services.stop.wait(POLL_S):
            raise Interrupted(f"stopped while lane waited for node {index} of {study}")


def _propose(plan: Registration, index: int, nodes: tuple[Experiment, ...], services: Services) -> Experiment:
    choice = services.search.decide(plan, index, services.journal.experiments(plan.study, "search"))
    known = {node.id: node for node in nodes}
    parent = known.get(choice.parent) if choice.parent else None
    if parent and choice.patch == "repeat":
        return _repeat(plan, index, parent, choice, services)
    inspirations = tuple(known[each] for each in choice.inspirations if each in known)
    template = services.template_of(plan.study)
    searched = searched_in(choice.phase, plan)
    task = ProposeChange(
        template=template,
        idea=plan.idea,
        searched=searched,
        kind=kind_of(parent, choice.patch),
        parent=parent,
        code=read_code(services, parent) if parent else experiment_source(template),
        log_tail=_log_tail(parent, services),
        inspirations=inspirations,
        partner_code=read_code(services, inspirations[0]) if inspirations and choice.patch == "cross" else "",
        notes=take_notes(nodes, template, plan.idea.hypothesis.factors, searched),
        nodes=nodes,
        index=index,
        remaining=max(0, plan.search_experiments - plan.replications - index - 1),
        seed=_node_seed(services, plan.study, index),
        phase=choice.phase,
    )
    change, researcher = ask_for_new(
        task, services.researcher(choice.model), services,
        lambda config: _config_fault(plan, template, config, index, parent, choice.phase),
    )  # fmt: skip
    return _node(plan, index, change, choice, services).model_copy(update={"researcher": researcher.name})


def _unproposed(plan: Registration, index: int, nodes: tuple[Experiment, ...], services: Services) -> Experiment:
    """What the search chose, with nothing changed: its parent again, or the baseline where it has none."""
    choice = services.search.decide(plan, index, services.journal.experiments(plan.study, "search"))
    parent = next((node for node in nodes if node.id == choice.parent), None)
    if parent and choice.patch == "repeat":
        return _repeat(plan, index, parent, choice, services)
    config = parent.config if parent else plan.baseline
    code = read_code(services, parent) if parent else experiment_source(services.template_of(plan.study))
    return _node(plan, index, Change(summary="not proposed", config=config, code=code), choice, services)


def _tell_shortage(shortage: BudgetExceeded, study: str, services: Services) -> None:
    event = Degraded(
        at=time.time(), study=study, what=shortage.what,
        consequence="the search ends here, and what it found is confirmed",
    )  # fmt: skip
    services.tell_once(f"{shortage.kind} {study}", event)


def _repeat(plan: Registration, index: int, parent: Experiment, choice: Choice, services: Services) -> Experiment:
    """The parent once more, with a seed that no other node but repeats of the same sample has."""
    code = read_code(services, parent)
    change = Change(summary=f"{parent.id} with another seed", config=parent.config, code=code)
    node = _node(plan, index, change, choice, services)
    seed = FIRST_SAMPLE_SEED + choice.sample if choice.sample else FIRST_REPEAT_SEED + index
    return node.model_copy(update={"seed": plan.search_seed + seed})


def _baseline(plan: Registration, services: Services) -> Experiment:
    """Node 0: the template's program with its slots filled as in every other node, so that all tell by their text
    whether somebody changed the program."""
    template = services.template_of(plan.study)
    code = fill_slots(template, experiment_source(template), plan.baseline)
    choice = Choice(phase="working" if services.settings.search.is_staged else "")
    return _node(plan, 0, Change(summary="baseline", config=plan.baseline, code=code), choice, services)


def _node(plan: Registration, index: int, change: Change, choice: Choice, services: Services) -> Experiment:
    return Experiment(
        id=experiment_id(plan.study, index),
        study=plan.study,
        index=index,
        stage="search",
        parent=choice.parent,
        change=change.summary,
        config=change.config,
        code_sha256=keep_code(services, change.code),
        seed=plan.search_seed,
        split="search",
        researcher=services.researcher(choice.model).name,
        patch=choice.patch,
        inspirations=choice.inspirations,
        model=choice.model,
        chosen_by=choice.arm,
        phase=choice.phase,
    )


def _outcome(experiment: Experiment, parent: Experiment | None, services: Services) -> Outcome:
    """Run the experiment; a proposal that breaks the registered plan or its stage, or whose code does not pass the
    static checks, is a failed node that never ran. A repeat is what was checked already."""
    plan = plan_of(services, experiment.study)
    template, code = services.template_of(plan.study), read_code(services, experiment)
    faults: Sequence[CodeFault] = ()
    if not experiment.is_repeat:
        if fault := _config_fault(plan, template, experiment.config, experiment.index, parent, experiment.phase):
            return Outcome(status="crash", detail=f"proposal refused: {fault}")
        faults = find_faults(code, experiment.config, template, services)
        if refused := tell(faults, "refuse"):
            return Outcome(status="crash", detail=f"static check: {refused}")
    if shortage := wait_for_gpus(services, experiment, plan):
        _tell_shortage(shortage, plan.study, services)
        return skipped(shortage)
    return note_warnings(start_experiment(services, experiment, code).result(), faults)


def _config_fault(
    plan: Registration, template: Template, config: Config, index: int, parent: Experiment | None, phase: str
) -> str:
    """Why a configuration breaks the plan, or sets what its stage holds as in the parent; "" if it does neither."""
    if fault := check_change(plan, template, config, index):
        return fault
    held = [name for name in plan.searched if name not in searched_in(phase, plan)]
    moved = [name for name in held if parent and config[name] != parent.config[name]]
    return f"knobs {moved} are held in the stage of {phase}" if moved else ""


def _experiment(state: LaneState, services: Services) -> Experiment:
    experiment = services.journal.get(experiment_id(state["study"], _index(state)))
    if experiment is None:
        raise RuntimeError(f"journal lost node {_index(state)} of {state['study']}")
    return experiment


def _index(state: LaneState) -> int:
    index = state.get("index")
    if index is None:
        raise RuntimeError("the lane has no claim")
    return index


def _log_tail(parent: Experiment | None, services: Services) -> str:
    """What the parent's run said at its end; of a failed one where and how it failed."""
    if parent is None:
        return ""
    path = services.experiment_folder(parent.id) / "stdout.txt"
    log = path.read_bytes()[-LOG_TAIL_BYTES:].decode("utf-8", errors="replace") if path.exists() else ""
    if parent.outcome and not parent.outcome.is_ok:
        return describe_failure(parent.outcome, log, read_code(services, parent))
    return end_of_log(hide_paths(log))


def _node_seed(services: Services, study: str, index: int) -> int:
    return random.Random(f"{services.settings.seed}/{study}/{index}").getrandbits(31)
