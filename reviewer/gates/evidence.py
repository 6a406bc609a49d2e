"""For drafts with an evidence bundle: numbers and claims that it does not hold, limits that are not told."""

from reviewer.evidence.claims import agrees
from reviewer.evidence.ledger import Ledger
from reviewer.evidence.numbers import unsupported
from reviewer.gates.flag import Flag, flag
from reviewer.screening import Screened


def find_unsupported(screened: Screened, ledger: Ledger | None) -> Flag | None:
    strange = unsupported(screened.paper, ledger)[1] if ledger else ()
    if not strange:
        return None
    return flag("evidence", "numbers in the text that the evidence does not hold", [", ".join(strange[:5])])


def find_contradiction(screened: Screened, ledger: Ledger | None) -> Flag | None:
    if ledger is None or agrees(screened.paper, ledger.verdict):
        return None
    return flag("verdict", "title or abstract contradicts the verdict of the evidence")


def find_no_limitations(screened: Screened, ledger: Ledger | None) -> Flag | None:
    """Human papers often have no such section, and are not flagged for it; a draft of ours has to."""
    return (
        None if ledger is None or screened.paper.has("limitations") else flag("limitations", "no limitations section")
    )
