"""The list of references: dangling citations, authors and years that were shuffled, copies, works never cited."""

from reviewer.evidence.ledger import Ledger
from reviewer.gates.flag import Flag, flag
from reviewer.gates.listing import (
    measure_cited,
    measure_dates,
    measure_duplicates,
    measure_order,
    measure_references,
    relate,
)
from reviewer.schema import Paper
from reviewer.screening import Screened

_FEW = 8  # works cited, or entries, below which a share says little
_UNRESOLVED = 0.5  # of works cited; untouched papers lie above .6 but for a few whose list is hard to part
_UNDATED = 0.7  # of entries whose year can be told
_UNORDERED = 0.6  # of neighbours in the list; .5 at random, untouched lists above .85
_COPIED = 0.1  # of entries
_UNCITED = 0.25  # share of entries cited below which the list is padded


def find_dangling(screened: Screened, _: Ledger | None) -> Flag | None:
    """Half of the works cited are not in the list."""
    made, found = measure_references(screened.source), relate(screened.source)
    is_gone = made.total >= _FEW and len(found.entries) >= 3 and made.share < _UNRESOLVED
    if not is_gone or len(found.misdated) > len(found.absent):
        return None
    what = f"{made.total - made.agreed} of {made.total} works cited are not in the list of references"
    return flag("references dangling", what, made.quotes[:3])


def find_shuffled(screened: Screened, _: Ledger | None) -> Flag | None:
    """Authors are there under other years, years contradict volumes and preprint numbers, or no order is left."""
    paper = screened.source
    made, dates, found = measure_references(paper), measure_dates(paper), relate(paper)
    if dates.total >= 4 and dates.share < _UNDATED:
        what = f"{dates.total - dates.agreed} of {dates.total} entries have a year that their volume or preprint denies"
        return flag("references shuffled", what, [f"{quote!r} (references)" for quote in dates.quotes])
    if made.total >= _FEW and made.share < _UNRESOLVED and len(found.misdated) > len(found.absent):
        what = f"{made.total - made.agreed} of {made.total} works cited stand in the list with other years"
        return flag("references shuffled", what, made.quotes[:3])
    return _find_disorder(paper)


def _find_disorder(paper: Paper) -> Flag | None:
    order = measure_order(paper)
    if order.total < 2 * _FEW or order.share >= _UNORDERED or relate(paper).is_numeric:
        return None
    first = relate(paper).entries[0].text[:80]
    what = f"entries follow neither the alphabet nor the text ({order.share:.0%} of neighbours do)"
    return flag("references shuffled", what, [f"{first!r} (references)"])


def find_copies(screened: Screened, _: Ledger | None) -> Flag | None:
    """A tenth of the list, and three entries at least, are copies of others."""
    made = measure_duplicates(screened.source)
    copies = made.total - made.agreed
    if copies < 3 or copies < _COPIED * made.total:
        return None
    what = f"{copies} of {made.total} entries are copies of others"
    return flag("references duplicated", what, [f"{quote!r} (references)" for quote in made.quotes])


def find_uncited(screened: Screened, _: Ledger | None) -> Flag | None:
    """Three quarters of the list are cited nowhere, though what is cited is in it."""
    made, cited = measure_cited(screened.source), measure_references(screened.source)
    if made.total < 2 * _FEW or made.share >= _UNCITED or cited.share < _UNRESOLVED:
        return None
    what = f"{made.total - made.agreed} of {made.total} entries are cited nowhere"
    return flag("references uncited", what, [f"{quote!r} (references)" for quote in made.quotes])
