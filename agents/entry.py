"""How a session enters the graph: where it stopped, or at any node, on a checkpoint thread of its own."""

import re
import time
from pathlib import Path
from typing import Any, NamedTuple

from agents import __version__
from agents.errors import UserError
from agents.nodes.artefacts import read_card
from agents.run_folder import RunCard, graph_version

PREDECESSORS = {
    "propose_ideas": "survey_literature",
    "judge_novelty": "propose_ideas",
    "choose_idea": "judge_novelty",
    "update_archive": "study",
    "follow_up": "update_archive",
    "publish": "update_archive",
}


class Entry(NamedTuple):
    """How a session enters the graph: its input, the state set before it, and the node after which it stops."""

    thread: str
    payload: Any
    as_node: str | None = None
    values: dict[str, Any] = {}
    stop_after: list[str] = []


def continue_pass(card: RunCard, approve: bool | None) -> Entry:
    if card.graph_version != graph_version():
        raise UserError(
            f"this run was made by Naturalist {card.naturalist}, whose graph differs from {__version__}'s; "
            "enter the new one with: naturalist resume RUN --from NODE"
        )
    return Entry(card.thread, approve)


def enter_at(folder: Path, node: str, study: str | None, is_alone: bool) -> Entry:
    """Enter at a node, on a checkpoint thread of its own; artefacts and journal hold all that the node needs."""
    from agents.graph import RUN_NODES, STUDY_STEPS

    known = [name for name in (*RUN_NODES, *STUDY_STEPS) if name != "approve_idea"]
    if node not in known:
        raise UserError(f"unknown node {node!r}; known: {', '.join(known)}")
    if is_alone and node == "approve_paper":
        raise UserError("approve_paper only waits for your answer; resume --from it without --only")
    thread = f"{'alone' if is_alone else 'pass'}-{time.time_ns()}"
    stop_after = [node] if is_alone else []
    if node == "survey_literature":
        return Entry(thread, {}, stop_after=stop_after)
    if node in ("propose_ideas", "judge_novelty", "choose_idea"):
        return Entry(thread, None, PREDECESSORS[node], {"generation": 0}, stop_after)
    values = _study_values(folder, study)
    if node in STUDY_STEPS:
        return Entry(thread, None, "approve_idea", {**values, "start_at": node, "is_alone": is_alone})
    values["reviewed"] = {name: 0.0 for name in values["chosen"] if _is_reviewed(folder, name)}
    if node in ("follow_up", "publish"):
        values["done"] = [*values["done"], *values["reviewed"]]
    if node == "publish":
        values["is_last"] = True
    return Entry(thread, None, PREDECESSORS[node], values, stop_after)


def _study_values(folder: Path, study: str | None) -> dict[str, Any]:
    """State of the pass when `study` (the newest if None) was chosen; what was studied beside it counts as done."""
    found = [path.parent.name for path in folder.glob("papers/*/study.json")]
    names = sorted((name for name in found if re.fullmatch(r"s\d+", name)), key=lambda name: int(name[1:]))
    if not names or (study and study not in names):
        raise UserError(f"there is no study {study or ''} in {folder.name}; it has: {', '.join(names) or 'none yet'}")
    name = study or names[-1]
    card = read_card(folder, name)
    beside = [other for other in card.beside if _is_reviewed(folder, other)]
    return {"generation": card.generation, "chosen": [name], "done": [*card.done, *beside]}


def _is_reviewed(folder: Path, study: str) -> bool:
    return (folder / "papers" / study / "review.json").exists()
