"""What speaks to the reviewer, and what a reader of the page cannot see."""

from reviewer.evidence.ledger import Ledger
from reviewer.gates.flag import Flag, flag
from reviewer.screening import Screened


def find_instructions(screened: Screened, _: Ledger | None) -> Flag | None:
    if not screened.instructions:
        return None
    return flag("instructions", "text addressed to the reviewer", screened.instructions[:2])


def find_hidden(screened: Screened, _: Ledger | None) -> Flag | None:
    hidden = screened.source.hidden or screened.paper.hidden
    if not hidden:
        return None
    return flag("hidden", "text that a reader of the page cannot see", [repr(text[:160]) for text in hidden[:2]])
