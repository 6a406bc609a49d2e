"""A run from its first moment to its last: check what was asked, drive the graph, stop cleanly, say how it stands."""

import errno
import re
import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import current_thread, main_thread
from typing import Any, NamedTuple

from agents.compose import Subscriber, check_adapters, compose_services
from agents.doctor import examine, require
from agents.entry import Entry, continue_pass, enter_at
from agents.errors import Interrupted, ServiceError, UserError
from agents.events import ApprovalNeeded, RunFinished, RunStarted
from agents.given_folder import check_given, needs_freedom
from agents.ideas.match import match_template
from agents.llm.team import is_offline
from agents.nodes.artefacts import read_record
from agents.own_material.passing import require_unchanged
from agents.run_folder import RunCard, make_folder, remember_thread, settle_settings
from agents.sandbox.strays import reap_strays
from agents.schema import Role, Template
from agents.services import Services
from agents.settings import Settings, load_settings
from agents.store.calls import total_paid
from agents.store.driver_lock import hold_run
from agents.store.place import Place, find_place
from agents.store.run_lock import RunLock
from templates import find_template, list_templates, load_template

TOPIC_CHARS = 1000
FREE_ROLES: tuple[Role, ...] = ("ideas", "code", "judge")
"""Roles that research without a template needs language models for."""


class RunResult(NamedTuple):
    """What a session of a run ended with; `papers` are published folders, best first; `waiting_for` names a gate."""

    folder: Path
    papers: tuple[Path, ...]
    waiting_for: str | None


def start_run(settings: Settings, on_event: Subscriber) -> RunResult:
    """Make a run of `settings.topic` and drive it to its end.

    Raises UserError before anything is spent when topic, template or machine will not do, Interrupted on Ctrl-C or
    SIGTERM; what is done by then is on disk.
    """
    topic = check_topic(settings.topic)
    template, fit = choose_template(topic, settings)
    check_given(settings, template)
    check_adapters(settings)
    require(examine(settings.workspace, settings))
    settings = settle_settings(settings, topic, template)
    folder = make_folder(settings, template, fit)
    return _drive(folder, Entry("main", {}), on_event, is_resumed=False)


def resume_run(
    folder: Path,
    on_event: Subscriber,
    *,
    start_at: str | None = None,
    study: str | None = None,
    is_alone: bool = False,
    approve: bool | None = None,
) -> RunResult:
    """Go on with a run: where it stopped, or from the node `start_at` (of `study`, the newest if not given).

    `is_alone` runs that node and nothing after it. `approve` answers a waiting gate.
    """
    settings = load_settings(folder / "settings.toml")
    require(examine(settings.workspace, settings))
    card = read_record(folder / "run.json", RunCard)
    if start_at is None:
        return _drive(folder, continue_pass(card, approve), on_event, is_resumed=True)
    return _drive(folder, enter_at(folder, start_at, study, is_alone), on_event, is_resumed=True)


def check_topic(topic: str) -> str:
    """Return the topic on one line; raises UserError when it is empty or too long."""
    text = " ".join(topic.split())
    if not re.search(r"\w", text):
        raise UserError('the topic is empty; give a question, for example "Does dropout help a small network?"')
    if len(text) > TOPIC_CHARS:
        raise UserError(f"the topic has {len(text)} characters; put the question in {TOPIC_CHARS} or fewer")
    return text


def choose_template(topic: str, settings: Settings) -> tuple[Template | None, float | None]:
    """The wanted template, else the nearest to the topic with its similarity; None for research without one.

    Without a template goes what was asked to, and with a language model a topic that none surely fits, and what a
    person handed in unless they named the template for it. Else UserError.
    """
    has_model = not any(is_offline(settings, role) for role in FREE_ROLES)
    if settings.ideas_file and settings.template:
        raise UserError("ideas of your own are studied without a template; leave out --template, or --ideas FILE")
    given = "" if settings.template else needs_freedom(settings)
    if given and not has_model:
        remedy = "" if settings.ideas_file else ", or name the template that reads it with --template"
        raise UserError(f"research on {given} needs a language model; give one with --model{remedy}")
    if given:
        return None, None
    if settings.free.is_on and not has_model:
        raise UserError("research without a template needs a language model for ideas, code and judge; give --model")
    if settings.free.is_on:
        return None, None
    if settings.template:
        return find_template(settings.template), None
    templates = list_templates()
    match = match_template(topic, templates)
    if has_model and not match.is_sure:
        return None, None
    if match.template is None:
        known = "; ".join(f"{template.name} ({template.title})" for template in templates)
        remedy = "Name one with --template, write your own, or give a language model with --model"
        raise UserError(f"no template fits this topic. There are: {known}. {remedy}")
    return next(template for template in templates if template.name == match.template), match.score


def _drive(folder: Path, entry: Entry, on_event: Subscriber, *, is_resumed: bool) -> RunResult:
    """Drive the graph until it ends, waits at a gate, or is told to stop."""
    settings = load_settings(folder / "settings.toml")
    require_unchanged(folder, settings)
    template = load_template(folder / "template" / settings.template) if settings.template else None
    stop, begun = Flag(), time.time()
    place = find_place(folder, settings.store.url)
    with _explained(folder), RunLock(folder), hold_run(place, folder.name, stop), _stopping(stop):
        reap_strays(folder)
        with compose_services(folder, settings, template, stop, on_event) as services:
            _announce(services, is_resumed)
            return _conclude(services, _invoke(services, entry), begun)


class Standing(NamedTuple):
    """Where a pass through the graph stands: its state, the gates at which it waits, whether it is at its end."""

    state: dict[str, Any]
    gates: list[Any]
    is_over: bool


def _invoke(services: Services, entry: Entry) -> Standing:
    from agents.store.checkpoints import open_checkpoints

    place = find_place(services.folder, services.settings.store.url)
    with open_checkpoints(services.folder, place) as saver:
        return _walk(services, entry, place, saver)


def _walk(services: Services, entry: Entry, place: Place, saver: Any) -> Standing:
    """Walk through the graph from where the session enters it."""
    from langgraph.types import Command

    from agents.graph import build_graph

    lanes = services.settings.search.lanes
    config = {
        "configurable": {"thread_id": place.thread(entry.thread)},
        "recursion_limit": 1_000_000,
        "max_concurrency": (lanes + 2) * services.settings.ideas_at_once,
    }
    graph = build_graph(lanes, saver)
    if entry.as_node:
        graph.update_state(config, entry.values, as_node=entry.as_node)
    is_alone = entry.thread.startswith("alone")
    if not is_alone:
        remember_thread(services.folder, entry.thread)
    payload = entry.payload
    if isinstance(payload, bool):
        waiting = graph.get_state(config).interrupts
        payload = Command(resume={gate.id: payload for gate in waiting}) if waiting else None
    is_fresh = not graph.get_state(config).values and payload is None
    graph.invoke(
        {} if is_fresh else payload, config, context=services, durability="sync", interrupt_after=entry.stop_after
    )
    after = _stand(graph, place.thread(entry.thread))
    if is_alone:  # the run itself stands where it stood
        main = _stand(graph, place.thread(read_record(services.folder / "run.json", RunCard).thread))
        return main._replace(state={**main.state, **after.state})
    if not after.is_over and not after.gates:
        raise RuntimeError("the graph stopped before its end without saying why")
    return after


def _stand(graph: Any, thread: str) -> Standing:
    found = graph.get_state({"configurable": {"thread_id": thread}})
    return Standing(found.values, list(found.interrupts), bool(found.values) and not found.next)


def _announce(services: Services, is_resumed: bool) -> None:
    services.events.emit(
        RunStarted(
            at=time.time(),
            run=services.folder.name,
            topic=services.settings.topic,
            template=services.template.name if services.template else "",
            fit=read_record(services.folder / "run.json", RunCard).fit,
            researcher=services.model.name,
            is_resumed=is_resumed,
        )
    )
    for notice in services.notices:
        services.events.emit(notice)


def _conclude(services: Services, standing: Standing, begun: float) -> RunResult:
    if standing.gates:
        gate = standing.gates[0].value["gate"]
        studies = [study for waiting in standing.gates for study in waiting.value["studies"]]
        services.events.emit(ApprovalNeeded(at=time.time(), gate=gate, what=", ".join(studies)))
        return RunResult(services.folder, (), gate)
    papers = tuple(Path(folder) for folder in standing.state.get("published", []))
    if standing.is_over:
        now, paid = time.time(), total_paid(find_place(services.folder, services.settings.store.url, "calls"))
        services.events.emit(
            RunFinished(
                at=now, papers=len(papers), wall_s=now - begun, cost_usd=paid.usd, unpriced=paid.unpriced
            )
        )  # fmt: skip
    return RunResult(services.folder, papers, None)


@contextmanager
def _stopping(stop: Flag) -> Generator[None]:
    """Turn the first SIGINT or SIGTERM into a stop request; the second has its ordinary effect."""
    if current_thread() is not main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def request(number: int, _: object) -> None:
        stop.set()
        signal.signal(number, kept[signal.Signals(number)])

    for number in kept:
        signal.signal(number, request)
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


@contextmanager
def _explained(folder: Path) -> Generator[None]:
    """Say in one line what a stop or a full disk means for the run."""
    resume = f"everything finished is kept; go on with: naturalist resume {folder.name}"
    try:
        yield
    except Interrupted as error:
        raise Interrupted(f"stopped; {resume}") from error
    except Exception as error:
        if _is_disk_full(error):
            raise ServiceError(f"the disk is full; free some space; {resume}") from error
        raise


def _is_disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if "disk is full" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
