"""Integrity gates: what is wrong with a paper whatever its prose says. Each caps the scores; none raises one."""

from collections.abc import Callable
from typing import TypeAlias

from reviewer.evidence.ledger import Ledger
from reviewer.gates.apparatus import find_no_comparison
from reviewer.gates.claims import find_overclaim
from reviewer.gates.evidence import find_contradiction, find_no_limitations, find_unsupported
from reviewer.gates.flag import Flag
from reviewer.gates.floats import find_absent_floats, find_cut_experiments
from reviewer.gates.injected import find_hidden, find_instructions
from reviewer.gates.numbers import find_wrong_numbers
from reviewer.gates.padding import find_disorder, find_repeats
from reviewer.gates.proofs import find_no_proofs
from reviewer.gates.references import find_copies, find_dangling, find_shuffled, find_uncited
from reviewer.gates.topic import find_foreign_abstract
from reviewer.screening import Screened

Gate: TypeAlias = Callable[[Screened, Ledger | None], Flag | None]
GATES: dict[str, Gate] = {
    "evidence": find_unsupported,
    "verdict": find_contradiction,
    "instructions": find_instructions,
    "hidden": find_hidden,
    "limitations": find_no_limitations,
    "padding": find_repeats,
    "sentence order": find_disorder,
    "abstract": find_foreign_abstract,
    "references dangling": find_dangling,
    "references shuffled": find_shuffled,
    "references duplicated": find_copies,
    "references uncited": find_uncited,
    "numbers": find_wrong_numbers,
    "overclaim": find_overclaim,
    "comparison": find_no_comparison,
    "proofs": find_no_proofs,
    "floats": find_absent_floats,
    "experiments": find_cut_experiments,
}


def raise_flags(screened: Screened, ledger: Ledger | None = None) -> tuple[Flag, ...]:
    """All flags, in the order of the gates."""
    return tuple(found for gate in GATES.values() if (found := gate(screened, ledger)))
