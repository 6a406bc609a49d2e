"""How much of what should agree does: the form that soft measures take."""

from typing import NamedTuple


class Agreement(NamedTuple):
    """`agreed` of `total` things agree; `quotes` are the first that do not, each with its place."""

    total: int
    agreed: int
    quotes: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """In [0, 1]; 1 where there is nothing that could disagree."""
        return self.agreed / self.total if self.total else 1.0
