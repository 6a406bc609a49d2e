"""A policy within the stages of a search: it is asked as ever, and overruled only where a stage knows better."""

from dataclasses import dataclass

from agents.schema import Choice, Phase
from agents.search.stages import baseline_node, best_node, choose_remeasured, stage_of
from agents.search.tree import Node
from agents.search.view import Policy, SearchView

LONGEST_REPAIR = 3
"""Repairs in a row, before the first success, after which a failure is given up."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Wraps a policy. One of the user's own (`is_own` false) decides the tuning too: there is no such stage for it."""

    policy: Policy
    is_own: bool = True

    def ask(self, view: SearchView) -> Choice:
        phase: Phase = stage_of(view)
        if phase == "replication" and (node := choose_remeasured(view)):
            return Choice(parent=node.id, patch="repeat", model=node.model, phase=phase, sample=node.repeats + 1)
        if phase == "tuning" and not self.is_own:
            phase = "question"
        choice = self.policy.ask(view).model_copy(update={"phase": phase})
        match phase:
            case "working":
                return _from(_first_step(view), choice)
            case "tuning":
                return _from(best_node(view.tree), choice)
            case _:
                return choice


def _first_step(view: SearchView) -> Node | None:
    """Mend what failed, the oldest first; else take a small step from the baseline, if that ran."""
    failed = next(iter(view.tree.open_failures(LONGEST_REPAIR)), None)
    baseline = baseline_node(view.tree)
    return failed or (baseline if baseline is not None and baseline.gain is not None else None)


def _from(parent: Node | None, choice: Choice) -> Choice:
    """The choice with this parent, credited to no arm of the policy; without one, as the policy wanted it."""
    if parent is None or (choice.parent == parent.id and choice.patch == "edit"):
        return choice
    return choice.model_copy(update={"parent": parent.id, "patch": "edit", "inspirations": (), "arm": ""})
