"""All operators by name."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random

from reviewer.errors import ReviewerError
from reviewer.stress import benign, claims, gaming, numbers, omissions, proofs, references, whispers
from reviewer.stress.operator import Apply, Operator, Planted, Row


def _of_row(change: Callable[[Row], Planted | None], row: Row, donors: Sequence[Row], rng: Random) -> Planted | None:
    del donors, rng  # nothing is left to chance
    return change(row)


def _by_chance(
    change: Callable[[Row, Random], Planted | None], row: Row, donors: Sequence[Row], rng: Random
) -> Planted | None:
    del donors  # nothing is borrowed
    return change(row, rng)


def _plain(change: Callable[[Row], Planted | None]) -> Apply:
    return partial(_of_row, change)


def _seeded(change: Callable[[Row, Random], Planted | None]) -> Apply:
    return partial(_by_chance, change)


_ALL = (
    Operator("ablations", "flaw", "delete ablations", _plain(omissions.delete_ablations)),
    Operator("baselines", "flaw", "remove baselines", _plain(omissions.remove_baselines)),
    Operator("number", "flaw", "change a number in the text, not in the table", _seeded(numbers.change_number)),
    Operator("shuffled_references", "flaw", "shuffle authors and years", _seeded(references.shuffle_references)),
    Operator("dropped_references", "flaw", "drop 70 % of references", _seeded(references.drop_references)),
    Operator("variance", "flaw", "strip all variance and seed counts", _plain(omissions.strip_variance)),
    Operator("limitations", "flaw", "strip limitations", _plain(omissions.strip_limitations)),
    Operator("abstract", "flaw", "replace the abstract by another paper's", claims.replace_abstract),
    Operator("overclaim", "flaw", "overclaim", _seeded(claims.overclaim)),
    Operator("proofs", "flaw", "break proofs", _seeded(proofs.break_proofs)),
    Operator("truncated", "flaw", "truncate the experiments", _plain(omissions.truncate_experiments)),
    *(Operator(f"inject_{way}", "injection", f"inject: {way}", _seeded(partial(whispers.inject, way)))
      for way in whispers.WAYS),
    Operator("pasted_body", "gaming", "paste the body as appendix", _plain(gaming.paste_body)),
    Operator("doubled_references", "gaming", "duplicate references", _seeded(references.double_references)),
    Operator("shuffled_sentences", "gaming", "shuffle sentences", _seeded(gaming.shuffle_sentences)),
    Operator("reflow", "benign", "break lines elsewhere", _seeded(benign.reflow)),
    Operator("synonyms", "benign", "use synonyms", _seeded(benign.use_synonyms)),
    Operator("renumber", "benign", "renumber sections, tables, equations", _seeded(benign.renumber)),
)  # fmt: skip
OPERATORS: Mapping[str, Operator] = {each.name: each for each in _ALL}


def choose_operators(names: Sequence[str] = ()) -> tuple[Operator, ...]:
    """Operators by name or by group (flaw, injection, gaming, benign); all if none is named."""
    known = {*OPERATORS, *(each.group for each in _ALL)}
    if unknown := [name for name in names if name not in known]:
        raise ReviewerError(f"unknown operator {unknown[0]!r}; there are {', '.join(sorted(known))}")
    return tuple(each for each in _ALL if not names or each.name in names or each.group in names)
