"""All operators by name."""

from collections.abc import Mapping, Sequence
from functools import partial

from reviewer.errors import ReviewerError
from reviewer.stress import benign, claims, gaming, numbers, omissions, proofs, references, whispers
from reviewer.stress.operator import Operator

_ALL = (
    Operator("ablations", "flaw", "delete ablations", omissions.delete_ablations),
    Operator("baselines", "flaw", "remove baselines", omissions.remove_baselines),
    Operator("number", "flaw", "change one number in the text, not in the table", numbers.change_number),
    Operator("shuffled_references", "flaw", "shuffle authors and years", references.shuffle_references),
    Operator("dropped_references", "flaw", "drop 70 % of references", references.drop_references),
    Operator("variance", "flaw", "strip all variance and seed counts", omissions.strip_variance),
    Operator("limitations", "flaw", "strip limitations", omissions.strip_limitations),
    Operator("abstract", "flaw", "replace the abstract by another paper's", claims.replace_abstract),
    Operator("overclaim", "flaw", "overclaim", claims.overclaim),
    Operator("proofs", "flaw", "break proofs", proofs.break_proofs),
    Operator("truncated", "flaw", "truncate the experiments", omissions.truncate_experiments),
    *(Operator(f"inject_{way}", "injection", f"inject instructions: {way}", partial(whispers.inject, way))
      for way in whispers.WAYS),
    Operator("pasted_body", "gaming", "paste the body as appendix", gaming.paste_body),
    Operator("doubled_references", "gaming", "duplicate the references", references.double_references),
    Operator("shuffled_sentences", "gaming", "shuffle sentences", gaming.shuffle_sentences),
    Operator("reflow", "benign", "break lines elsewhere", benign.reflow),
    Operator("synonyms", "benign", "use synonyms", benign.use_synonyms),
    Operator("renumber", "benign", "renumber sections, tables, equations", benign.renumber),
)  # fmt: skip
OPERATORS: Mapping[str, Operator] = {each.name: each for each in _ALL}


def choose_operators(names: Sequence[str] = ()) -> tuple[Operator, ...]:
    """Operators by name or by group (flaw, injection, gaming, benign); all if none is named."""
    known = {*OPERATORS, *(each.group for each in _ALL)}
    if unknown := [name for name in names if name not in known]:
        raise ReviewerError(f"unknown operator {unknown[0]!r}; there are {', '.join(sorted(known))}")
    return tuple(each for each in _ALL if not names or each.name in names or each.group in names)
