"""Ids of ideas: each idea of a run has one of its own, by which verdicts, studies and calls are told apart."""

from collections.abc import Iterable, Sequence

from agents.schema import Idea

_STEM_CHARS = 56


def with_own_ids(ideas: Sequence[Idea], taken: Iterable[str] = ()) -> list[Idea]:
    """The ideas under ids that none of the others has and none of `taken`; one that came before gets -2."""
    known, named = set(taken), list[Idea]()
    for idea in ideas:
        own, number = idea.id, 2
        while own in known:
            own, number = f"{idea.id[:_STEM_CHARS]}-{number}", number + 1
        known.add(own)
        named.append(idea.model_copy(update={"id": own}))
    return named
