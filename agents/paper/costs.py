r"""The table of what a paper's model calls took, by stage and model. Every number in it is an \ev macro."""

from agents.latex.escape import breakable, escape_latex
from agents.paper.bills import BY_STAGE
from agents.paper.colophon import Colophon
from agents.paper.tables import Table, long_table
from agents.schema import Evidence

LABEL = "tab:costs"
_HEADS = ["Stage", "Model", "Calls", "Tokens read", "Tokens written", "Cost"]
_SHARES = [1.5, 2.2, 0.6, 1.0, 1.0, 1.0]
_COUNTED = ("calls", "tokens_in", "tokens_out")


def costs_table(evidence: Evidence, colophon: Colophon) -> Table | None:
    """Calls, tokens and cost of each stage and model, and of all; None where no model was asked."""
    groups = dict.fromkeys(key.rpartition(".")[0] for key in evidence.quantities if key.startswith(BY_STAGE))
    if not groups:
        return None
    rows = [_row(evidence, prefix, colophon) for prefix in groups]
    rows.append(["All", "", *_cells(evidence, "cost")])
    return Table(LABEL, long_table(LABEL, _caption(evidence), _SHARES, _HEADS, rows), len(rows), is_long=True)


def _caption(evidence: Evidence) -> str:
    caption = (
        "Calls to language models until this paper was typeset; its review is not in it. Calls that served the run as "
        "a whole, as those that found its ideas, are counted in each of its papers."
    )
    if "cost.assumed" not in evidence.quantities:
        return caption
    return rf"{caption} Calls that never answered count at the most that they may have cost: \ev{{cost.assumed}}."


def _row(evidence: Evidence, prefix: str, colophon: Colophon) -> list[str]:
    stage, _, number = prefix.removeprefix(BY_STAGE).rpartition(".")
    name = stage.replace("_", " ")
    model = breakable(colophon.models[int(number)])
    return [escape_latex(name[:1].upper() + name[1:]), model, *_cells(evidence, prefix)]


def _cells(evidence: Evidence, prefix: str) -> list[str]:
    """What a group took; its cost is unknown where the ledger does not have it."""
    counts = [rf"\ev{{{prefix}.{what}}}" for what in _COUNTED]
    return [*counts, cost_cell(evidence, f"{prefix}.usd")]


def cost_cell(evidence: Evidence, key: str) -> str:
    """A cost, or that nobody knows the price of all models that it would be the sum of."""
    return rf"\ev{{{key}}}" if key in evidence.quantities else "price unknown"
