"""Random search: the yardstick that every other policy has to beat."""

from dataclasses import dataclass

from agents.schema import Choice, SearchView
from agents.search.tree import seeded, successful_nodes


@dataclass(frozen=True, slots=True)
class RandomSearch:
    """Builds on a fresh draft or on any successful node, all with equal chance."""

    def ask(self, view: SearchView) -> Choice:
        parents: list[str | None] = [None, *(node.id for node in successful_nodes(view))]
        return Choice(parent=seeded(view).choice(parents))
