"""What a person hands to `naturalist run` beside a question: a topic file, ideas, data, code, models by role."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from agents.cli.topic_file import Subject, bounded_title, read_topic_file
from agents.errors import UserError
from agents.schema import Role


def count_or_file(text: str | None) -> tuple[int | None, Path | None]:
    """Read the value of --ideas: a number of ideas to propose, or the file that holds them."""
    if text is None:
        return None, None
    return (int(text), None) if text.isdecimal() else (None, Path(text))


def read_topic(topic: str, topic_file: Path | None, ideas_file: Path | None) -> Subject:
    """The topic as typed, as a file has it, or as the ideas name it; raises UserError for none of them.

    A topic that is typed beside a file stays the question; the file is what there is to know of it.
    """
    if topic_file is not None:
        subject = read_topic_file(topic_file)
        return subject.asked_as(topic) if topic.strip() else subject
    if topic:
        return Subject(topic)
    if ideas_file is not None:
        return Subject(_title_of_ideas(ideas_file))
    raise UserError('give a topic, for example naturalist run "Does dropout help a small network?"')


def _title_of_ideas(path: Path) -> str:
    from agents.ideas.given import read_given_ideas

    titles = [idea.title for idea in read_given_ideas(path)]
    if len(titles) == 1:
        return bounded_title(titles[0])
    return bounded_title(f"{len(titles)} given ideas: {'; '.join(titles)}")


def describe_given(subject: Subject, data: Sequence[Path], repo: Path | None) -> Iterator[str]:
    """One line for each thing handed in, with its size; raises UserError for what cannot be read."""
    from agents.own_material.code import measure_repo
    from agents.own_material.walk import list_files

    if subject.left_out:
        yield f"topic file: the last {subject.left_out} of its characters are left out, since the brief is bounded"
    for path in data:
        place = path.resolve()
        found = list_files(place)
        size = sum(each.status.st_size for each in found)
        yield f"data: {place.name}, {_count(len(found))}, {_size(size)}, read-only for experiments"
    if repo is not None:
        files, size = measure_repo(repo.resolve())
        yield f"code: {repo.resolve().name}, {_count(files)}, {_size(size)}, copied into the run"


def models_by_role(pairs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Settings from ROLE=MODEL pairs, in their order; raises UserError for what is no pair or no role."""
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        role, _, model = pair.partition("=")
        if role not in get_args(Role) or not model:
            raise UserError(f"--role {pair!r} is not ROLE=MODEL; roles: {', '.join(get_args(Role))}")
        found[f"models.{role}"] = (*found.get(f"models.{role}", ()), model)
    return found


def _count(files: int) -> str:
    return f"{files} file{'' if files == 1 else 's'}"


def _size(size: int) -> str:
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
