"""The seam of search policies: what a policy is shown, and what it has to be."""

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from agents.schema import Choice
from agents.search.tree import SearchTree

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class SearchView:
    """What a policy may know when it decides node `index` of `total`: the tree of all that is known or under way.

    `models` may be chosen from: with one name or none there is nothing to choose. Of the `total`, the last
    `replications` measure the best nodes again; `is_tunable` says that the idea has companions beside its factors.
    """

    tree: SearchTree
    index: int
    total: int
    seed: int
    models: tuple[str, ...] = ("",)
    replications: int = 0
    is_tunable: bool = False

    def rng(self) -> random.Random:
        """Random numbers for this decision. Seeding by text goes through SHA-512, so PYTHONHASHSEED has no say."""
        return random.Random(f"{self.seed}/{self.index}")

    def generator(self) -> "np.random.Generator":
        """The same for arrays: PCG64 seeded by seed and index."""
        import numpy as np

        return np.random.default_rng((self.seed, self.index))


class Policy(Protocol):
    """Decides what the search tries next. Pure: the same view gives the same choice; nothing is kept between calls."""

    def ask(self, view: SearchView) -> Choice: ...
