"""What a person hands to `naturalist run` beside a question: a topic file, ideas, models by role."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, get_args

from agents.errors import UserError
from agents.schema import Role


class Subject(NamedTuple):
    """What to study: the question on one line, and what else there is to know of it."""

    title: str
    brief: str = ""


def count_or_file(text: str | None) -> tuple[int | None, Path | None]:
    """Read the value of --ideas: a number of ideas to propose, or the file that holds them."""
    if text is None:
        return None, None
    return (int(text), None) if text.isdecimal() else (None, Path(text))


def read_topic(topic: str, topic_file: Path | None, ideas_file: Path | None) -> Subject:
    """The topic as typed, or as a file has it; raises UserError for none at all or two at once."""
    if not topic and topic_file is None and ideas_file is None:
        raise UserError('give a topic, for example naturalist run "Does dropout help a small network?"')
    return Subject(topic)


def models_by_role(pairs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Settings from ROLE=MODEL pairs, in their order; raises UserError for what is no pair or no role."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        role, _, model = pair.partition("=")
        if role not in get_args(Role) or not model:
            raise UserError(f"--role {pair!r} is not ROLE=MODEL; roles: {', '.join(get_args(Role))}")
        found[f"models.{role}"] = (*found.get(f"models.{role}", ()), model)
    return found
