"""The list of references."""

import re


def last_year(entry: str) -> int | None:
    """The last year that stands in an entry, where publications have theirs; None where there is none."""
    years = re.findall(r"\b(1[89]\d\d|20\d\d)[a-z]?\b", entry)
    return int(years[-1]) if years else None
