"""What is said of the baselines that a search is measured against, the same wherever it is said."""

from collections.abc import Sequence
from typing import Any

from agents.cli.text import clean, number
from agents.cli.trees.study import StudyTree
from agents.search.expected import Estimate, Expected

_METHODS = {
    "fresh drafts": "every experiment a new start from the baseline",
    "keep-discard": "always one change to the best so far, kept if it is better",
}


def estimate_words(expected: Expected) -> list[str]:
    """Two sentences without a full stop; each says that it is an estimate, and what it rests on."""
    return [f"{name} {words}" for name, words in estimate_rows(expected)]


def estimate_rows(expected: Expected) -> list[tuple[str, str]]:
    """The baselines and what they would be expected to reach with as many experiments."""
    return [
        ("fresh drafts", _words(expected.repeated, "draft")),
        ("keep-discard", _words(expected.keep_discard, "edit")),
    ]


def baseline_lines(studies: Sequence[StudyTree]) -> list[str]:
    """For each study a line on what its search found, and one for each baseline; nothing where nothing finished."""
    lines: list[str] = []
    for tree in studies:
        if not tree.expected.experiments:
            continue
        best = number(tree.value(tree.best)) if tree.best else "nothing that succeeded"
        count = f"{tree.expected.experiments} experiment{'s' * (tree.expected.experiments != 1)}"
        lines.append(
            f"baselines   {clean(tree.study)}: the search found {best} in {count}; "
            "what simpler searches of that length would find, by estimate from its own steps:"
        )
        lines += [f"  {name:<14}{_METHODS[name]}: {words}" for name, words in estimate_rows(tree.expected)]
    return lines


def expected_json(expected: Expected) -> dict[str, Any]:
    return {
        "experiments": expected.experiments,
        "repeated": expected.repeated._asdict(),
        "keep_discard": expected.keep_discard._asdict(),
    }


def _words(estimate: Estimate, what: str) -> str:
    seen = f"{estimate.seen} {what}{'s' * (estimate.seen != 1)}"
    if estimate.value is None:
        return f"not enough to tell (estimate from {seen})"
    return f"about {number(estimate.value)} expected (estimate from {seen})"
