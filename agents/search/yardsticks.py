"""Search without a thought: the yardsticks that every other policy has to beat."""

from agents.schema import Choice, Record
from agents.search.view import SearchView


class RandomSearch(Record):
    """Builds on a fresh draft or on any successful node, all with equal chance; models too."""

    def ask(self, view: SearchView) -> Choice:
        rng = view.rng()
        parents = [None, *(node.id for node in view.tree.known() if node.gain is not None)]
        return Choice(parent=rng.choice(parents), model=rng.choice(view.models))


class RepeatedSampling(Record):
    """Fresh drafts only, by each model equally often; "best of n"."""

    def ask(self, view: SearchView) -> Choice:
        return Choice(model=view.rng().choice(view.models))


class KeepDiscard(Record):
    """Hill climbing as in autoresearch (Karpathy, 2026): change what is best, keep the change if it is better.

    What fails or is no better is thrown away, never repaired.
    """

    def ask(self, view: SearchView) -> Choice:
        best = view.tree.best()
        return Choice(parent=best.id if best else None, model=view.rng().choice(view.models))
