"""What model calls for a paper took, as entries of its ledger: in all, and by stage and model.

A sum of money that lacks calls whose price nobody knows is no entry: the tables say that it is unknown.
"""

from collections.abc import Iterator, Sequence

from agents.schema import Evidence, Quantity
from agents.spending import Bill, Sum, add_up, group

BY_STAGE = "cost.by."
"""Begins the keys of `cost.by.<stage>.<number of the model>.<what>`; `billed_models` numbers the models."""
TOTALS = ("cost.usd", "cost.calls", "cost.tokens_in", "cost.tokens_out", "cost.assumed")
WHOLE_RUN = "run"
"""The stage of calls that no node of the graph made."""
_CENT_DECIMALS, _FINE_DECIMALS = 2, 4


def with_bills(evidence: Evidence, bills: Sequence[Bill]) -> Evidence:
    """The evidence with what the calls took in the place of what it had; unchanged where no model was asked."""
    if not bills:
        return evidence
    entries = {entry.key: entry for entry in bill_entries(bills)}
    stale = {key for key in evidence.quantities if key in TOTALS or key.startswith(BY_STAGE)} - entries.keys()
    kept = {key: item for key, item in evidence.quantities.items() if key not in stale}
    return evidence.model_copy(update={"quantities": kept | entries})


def without_bills(evidence: Evidence) -> Evidence:
    """The evidence as writers are shown it: what they cost goes on while they write, and must not change the question,
    or every section would be asked for again."""
    if "cost.calls" not in evidence.quantities:
        return evidence
    kept = {
        key: item for key, item in evidence.quantities.items() if key not in TOTALS and not key.startswith(BY_STAGE)
    }
    return evidence.model_copy(update={"quantities": kept})


def billed_models(bills: Sequence[Bill]) -> tuple[str, ...]:
    """Names of the models, in the order by which the ledger numbers them."""
    return tuple(sorted({bill.model for bill in bills}))


def bill_entries(bills: Sequence[Bill]) -> Iterator[Quantity]:
    """Ledger entries of all calls together, then of each stage and model, stages in the order of their first call."""
    total, models = add_up(bills), billed_models(bills)
    yield from _entries("cost", "", total)
    if total.assumed:
        yield _count(
            "cost.assumed", "calls without an answer, counted at the most that they may have cost", total.assumed
        )
    for stage in dict.fromkeys(bill.node for bill in bills):
        sums = group((bill for bill in bills if bill.node == stage), lambda bill: bill.model)
        for number, model in enumerate(models):
            if model in sums:
                name = stage or WHOLE_RUN
                yield from _entries(f"{BY_STAGE}{name}.{number}", f", {name.replace('_', ' ')}", sums[model])


def _entries(prefix: str, where: str, each: Sum) -> Iterator[Quantity]:
    decimals = _CENT_DECIMALS if each.usd >= 1 or each.usd == 0 else _FINE_DECIMALS
    if not each.unpriced:
        yield Quantity(
            key=f"{prefix}.usd",
            value=each.usd,
            label=f"model cost{where}",
            unit="USD",
            decimals=decimals,
            aggregation="sum",
        )
    yield _count(f"{prefix}.calls", f"model calls{where}", each.calls)
    yield _count(f"{prefix}.tokens_in", f"tokens that models read{where}", each.tokens_in)
    yield _count(f"{prefix}.tokens_out", f"tokens that models wrote{where}", each.tokens_out)


def _count(key: str, label: str, value: int) -> Quantity:
    return Quantity(key=key, value=value, label=label, aggregation="count")
