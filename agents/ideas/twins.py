"""Ideas that were had before: in this run, or in a finished study of another run of the workspace."""

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from agents.ideas.embedding import Embed
from agents.ideas.nearness import describe
from agents.literature.wording import stems
from agents.schema import Idea

LATEST_RUNS = 200
SAME_TEXT = 0.95
"""Share of all words of two ideas that both have, from which one is the other told once more."""
ALIKE_WORDS, ALIKE_MEANING = 0.15, 0.4
"""Shared words, or cosine, from which a judge should look. Paraphrases have .17 to .5, or .46 to .79, but a variant
that is another idea (the first layer for the last) has .86, or .91: likeness alone decides nothing."""
MOST_ALIKE = 3
_LARGEST_FILE_BYTES = 1_000_000


class FinishedStudy(NamedTuple):
    """A study of another run that ended in a reviewed paper. `name` is run/study."""

    name: str
    idea: Idea


def finished_elsewhere(workspace: Path, run: Path) -> list[FinishedStudy]:
    """Studies with a review in the latest runs of the workspace but `run`, newest run first; unreadable ones are left
    out, since a broken neighbour is no fault of this run."""
    try:
        others = sorted((path for path in workspace.iterdir() if path.name[:1] != "."), reverse=True)
    except OSError:
        return []
    latest = [path for path in others if path.resolve() != run.resolve()][:LATEST_RUNS]
    return [study for path in latest for study in _finished_in(path)]


def find_twin(idea: Idea, studies: Sequence[FinishedStudy]) -> FinishedStudy | None:
    """The first study that asks what the idea asks: by template and knobs, or word for word where a template lacks."""
    return next((study for study in studies if asks_the_same(idea, study.idea) or _is_retold(idea, study.idea)), None)


def find_alike(idea: Idea, studies: Sequence[FinishedStudy], embed: Embed | None) -> list[FinishedStudy]:
    """The few studies, likest first, that a judge should hold the idea against; knobs tell where a template is."""
    free = [study for study in studies if _is_free(idea, study.idea)]
    if not free:
        return []
    texts = [describe(study.idea) for study in free]
    if embed is not None:
        scores, enough = (embed(texts) @ embed([describe(idea)])[0]).tolist(), ALIKE_MEANING
    else:
        scores, enough = [_shared(stems(describe(idea)), stems(text)) for text in texts], ALIKE_WORDS
    order = sorted(range(len(free)), key=lambda place: -scores[place])[:MOST_ALIKE]
    return [free[place] for place in order if scores[place] >= enough]


def find_earlier(idea: Idea, earlier: Iterable[Idea]) -> Idea | None:
    """The first earlier idea of the same run that asks the same: by template and knobs, or word for word."""
    return next((other for other in earlier if asks_the_same(idea, other) or _is_retold(idea, other)), None)


def asks_the_same(one: Idea, other: Idea) -> bool:
    """Same template, same factors, same companions: whatever is tuned beside the factors is part of the question."""
    return (
        one.template is not None
        and one.template == other.template
        and set(one.hypothesis.factors) == set(other.hypothesis.factors)
        and set(one.hypothesis.companions) == set(other.hypothesis.companions)
    )


def _finished_in(run: Path) -> Iterator[FinishedStudy]:
    for card in sorted(run.glob("papers/*/study.json")):
        if (card.parent / "review.json").is_file() and (idea := _read_idea(card)):
            yield FinishedStudy(f"{run.name}/{card.parent.name}", idea)


def _read_idea(card: Path) -> Idea | None:
    try:
        with card.open("rb") as file:
            return Idea.model_validate(json.loads(file.read(_LARGEST_FILE_BYTES))["idea"])
    except (OSError, ValueError, TypeError, KeyError, ValidationError):
        return None


def _is_free(one: Idea, other: Idea) -> bool:
    """Whether words must tell if two ideas are one: knobs do not, where a template is missing."""
    return one.template is None or other.template is None


def _is_retold(one: Idea, other: Idea) -> bool:
    return _is_free(one, other) and _shared(stems(describe(one)), stems(describe(other))) >= SAME_TEXT


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """Jaccard's share of the words of both."""
    return len(one & other) / len(one | other) if one | other else 0.0
