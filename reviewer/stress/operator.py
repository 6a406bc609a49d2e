"""What an operator is: a pure function of a data-set row, donor rows and a seeded source of chance."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from random import Random
from typing import Any, Literal, NamedTuple, TypeAlias

Row: TypeAlias = Mapping[str, Any]
"""A paper as texts under `id`, `title`, `abstract`, `body`, `refs`, `appendix`; only `id` must be there."""
Group: TypeAlias = Literal["flaw", "injection", "gaming", "benign"]
MAIN = ("abstract", "body", "appendix")
"""The texts that an author wrote as prose."""


class Planted(NamedTuple):
    """The changed row, and what was changed in words."""

    row: dict[str, Any]
    note: str


Apply: TypeAlias = Callable[[Row, Sequence[Row], Random], Planted | None]
Edit: TypeAlias = Callable[[str], tuple[str, int]]
"""Changes a text and counts its changes."""


class Operator(NamedTuple):
    """A named way to change a paper; `apply` gives None where it does not apply."""

    name: str
    group: Group
    says: str
    apply: Apply

    def plant(self, row: Row, donors: Sequence[Row] = ()) -> Planted | None:
        """Change a copy of the row; the same row and donors give the same copy."""
        return self.apply(row, donors, chance(str(row["id"]), self.name))


def chance(paper: str, operator: str) -> Random:
    """A source of chance seeded by sha256(id + operator)."""
    return Random(int(sha256((paper + operator).encode()).hexdigest(), 16))


def text_of(row: Row, name: str) -> str:
    return str(row.get(name) or "")


def changed(row: Row, note: str, **texts: str) -> Planted:
    return Planted({**row, **texts}, note)


def edited(row: Row, what: str, edit: Edit, fields: Sequence[str] = MAIN) -> Planted | None:
    """Apply an edit to several texts; None where it finds nothing. `what` takes the count of changes as {}."""
    texts, total = dict[str, str](), 0
    for name in fields:
        texts[name], count = edit(text_of(row, name))
        total += count
    return changed(row, what.format(total), **texts) if total else None
