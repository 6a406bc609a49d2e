"""What is said of the baselines that a search is measured against, the same wherever it is said."""

from agents.cli.text import number
from agents.search.expected import Estimate, Expected


def estimate_words(expected: Expected) -> list[str]:
    """Two sentences without a full stop; each says that it is an estimate, and what it rests on."""
    return [f"{name} {words}" for name, words in estimate_rows(expected)]


def estimate_rows(expected: Expected) -> list[tuple[str, str]]:
    """The baselines and what they would be expected to reach with as many experiments."""
    return [
        ("fresh drafts", _words(expected.repeated, "draft")),
        ("keep-discard", _words(expected.keep_discard, "edit")),
    ]


def _words(estimate: Estimate, what: str) -> str:
    seen = f"{estimate.seen} {what}{'s' * (estimate.seen != 1)}"
    if estimate.value is None:
        return f"not enough to tell (estimate from {seen})"
    return f"about {number(estimate.value)} expected (estimate from {seen})"
