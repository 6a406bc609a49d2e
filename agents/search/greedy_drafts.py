"""Best-first tree search with a floor of fresh drafts."""

from pydantic import Field

from agents.schema import Choice, Record
from agents.search.view import SearchView


class GreedyDrafts(Record):
    """Improve the best node, but make a fresh draft in `draft_share` of the decisions, whatever the tree shows.

    After `drafts` first drafts a decision is a fresh draft with probability `draft_share`; else, with probability
    `debug_probability`, a failed leaf at random is repaired (at most `longest_repair` repairs in a row); else the best
    node is improved. Ideas that start low are met again and again, so that one bad start does not decide the search.
    With several models each draws the same lot.
    """

    drafts: int = Field(default=3, ge=0)
    draft_share: float = Field(default=0.3, ge=0, le=1)
    debug_probability: float = Field(default=0.5, ge=0, le=1)
    longest_repair: int = Field(default=3, ge=0)

    def ask(self, view: SearchView) -> Choice:
        rng = view.rng()
        model = rng.choice(view.models)
        wants_draft, wants_debug = rng.random() < self.draft_share, rng.random() < self.debug_probability
        if view.index <= self.drafts or wants_draft:
            return Choice(model=model)
        failures, best = view.tree.open_failures(self.longest_repair), view.tree.best()
        if failures and (wants_debug or best is None):
            return Choice(parent=rng.choice(failures).id, model=model)
        return Choice(parent=best.id if best else None, model=model)
