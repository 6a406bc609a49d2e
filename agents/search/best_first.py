"""Best-first tree search: draft, debug, improve."""

from pydantic import Field

from agents.schema import Choice, Record
from agents.search.view import SearchView


class BestFirst(Record):
    """The policy of AIDE (Jiang et al., "AIDE: AI-driven exploration in the space of code", arXiv:2502.13138).

    The first `drafts` nodes after the baseline are fresh drafts. From then on, with probability `debug_probability`, a
    failed leaf at random is repaired (at most `longest_repair` repairs in a row); else the best node is improved.
    Where nothing succeeded, a failure is repaired if there is one left to repair, and a fresh draft is made if not.
    With several models each draws the same lot.
    """

    drafts: int = Field(default=5, ge=0)
    debug_probability: float = Field(default=0.5, ge=0, le=1)
    longest_repair: int = Field(default=3, ge=0)

    def ask(self, view: SearchView) -> Choice:
        rng = view.rng()
        model = rng.choice(view.models)
        # Drafts are counted by index, not by what the view shows: nodes still running in other lanes count too.
        if view.index <= self.drafts:
            return Choice(model=model)
        failures, best = view.tree.open_failures(self.longest_repair), view.tree.best()
        wants_debug = rng.random() < self.debug_probability
        if failures and (wants_debug or best is None):
            return Choice(parent=rng.choice(failures).id, model=model)
        return Choice(parent=best.id if best else None, model=model)
