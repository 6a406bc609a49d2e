"""Best-first tree search: draft, debug, improve."""

from dataclasses import dataclass

from agents.schema import Choice, SearchView
from agents.search.tree import best_node, open_failures, seeded


@dataclass(frozen=True, slots=True)
class BestFirst:
    """The policy of AIDE (Jiang et al., "AIDE: AI-driven exploration in the space of code", arXiv:2502.13138).

    The first `drafts` nodes after the baseline are fresh drafts. From then on, with probability `debug_probability`, a
    failed leaf at random is repaired (at most `max_debug_depth` repairs in a row); else the best node is improved.
    Where nothing succeeded, a failure is repaired if there is one left to repair, and a fresh draft is made if not.
    """

    drafts: int = 5
    debug_probability: float = 0.5
    max_debug_depth: int = 3

    def ask(self, view: SearchView) -> Choice:
        # Drafts are counted by index, not by what the view shows: nodes still running in other lanes count too.
        if view.index <= self.drafts:
            return Choice(parent=None)
        rng = seeded(view)
        failures, best = open_failures(view, self.max_debug_depth), best_node(view)
        wants_debug = rng.random() < self.debug_probability
        if failures and (wants_debug or best is None):
            return Choice(parent=rng.choice(failures).id)
        return Choice(parent=best.id if best else None)
