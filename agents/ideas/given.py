"""Ideas that a person hands in, in the JSON of AI-Scientist-v2 (seven fields) or of its first version."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard

from agents.errors import UserError
from agents.own_material.reading import read_text
from agents.schema import GivenIdea

MOST_IDEAS, MOST_FIELD_CHARS = 100, 20_000
_NAME_CHARS = 56
_FIELDS = {
    "name": ("name", "id"),
    "title": ("title",),
    "hypothesis": ("shorthypothesis", "hypothesis"),
    "related_work": ("relatedwork",),
    "abstract": ("abstract",),
    "experiments": ("experiments", "experiment"),
    "risks": ("riskfactorsandlimitations", "risksandlimitations", "riskfactors", "risks", "limitations"),
}
"""Field of GivenIdea -> what files call it, without case, blanks, hyphens and underscores."""
_SHOWN = {
    "name": "Name",
    "title": "Title",
    "hypothesis": "Short Hypothesis",
    "related_work": "Related Work",
    "abstract": "Abstract",
    "experiments": "Experiments",
    "risks": "Risk Factors and Limitations",
}
_BULLET = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.)])\s+", re.M)


def read_given_ideas(path: Path) -> tuple[GivenIdea, ...]:
    """Read a list of ideas, one idea alone, or {"ideas": [...]}. Names become slugs; one that came before gets -2.

    An idea without a hypothesis claims what its title says.
    Raises UserError, one line that names entry and field, for what is no idea.
    """
    entries = _entries(path)
    taken: set[str] = set()
    ideas: list[GivenIdea] = []
    for number, entry in enumerate(entries, start=1):
        idea = _read_idea(path, number, entry)
        idea = idea.model_copy(update={"name": _unique(idea.name, taken)})
        taken.add(idea.name)
        ideas.append(idea)
    return tuple(ideas)


def _entries(path: Path) -> list[Any]:
    try:
        found: Any = json.loads(read_text(path, "the ideas"))
    except (ValueError, RecursionError) as error:
        raise UserError(f"the ideas in {path.name} are no JSON: {error}") from error
    if _is_object(found):
        listed: Any = next((value for key, value in found.items() if _plain_key(key) == "ideas"), [found])
        found = listed
    if not _is_list(found) or not found:
        raise UserError(f"{path.name} holds no ideas; write a list of objects with Title and Short Hypothesis")
    if len(found) > MOST_IDEAS:
        raise UserError(f"{path.name} holds {len(found)} ideas; give {MOST_IDEAS} or fewer")
    return found


def _read_idea(path: Path, number: int, entry: Any) -> GivenIdea:
    where = f"{path.name}, idea {number}"
    if not _is_object(entry):
        raise UserError(f"{where}: expected an object with fields such as Title, not {_kind(entry)}")
    by_key: dict[str, Any] = {_plain_key(key): value for key, value in entry.items()}
    values = {field: _first(by_key, names) for field, names in _FIELDS.items()}
    texts = {
        field: _text(where, field, values[field])
        for field in ("name", "title", "hypothesis", "related_work", "abstract")
    }
    lists = {field: _texts(where, field, values[field]) for field in ("experiments", "risks")}
    title = " ".join((texts["title"] or texts["name"].replace("_", " ")).split())
    if not title:
        raise UserError(f"{where}: the field Title is missing or empty")
    if not (texts["hypothesis"] or texts["abstract"] or lists["experiments"]):
        raise UserError(f"{where}: the field Short Hypothesis is missing; without it give Abstract or Experiments")
    return GivenIdea(
        name=_slug(texts["name"]) or _slug(title) or f"idea-{number}",
        title=title,
        hypothesis=texts["hypothesis"] or title,
        related_work=texts["related_work"],
        abstract=texts["abstract"],
        experiments=lists["experiments"],
        risks=lists["risks"],
    )


def _first(by_key: Mapping[str, Any], names: Sequence[str]) -> Any:
    return next((by_key[name] for name in names if by_key.get(name) is not None), None)


def _text(where: str, field: str, value: Any) -> str:
    """A field of plain text; a number is text as well, a list or an object is not."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UserError(f"{where}: the field {_SHOWN[field]} must be text, not {_kind(value)}")
    return _bounded(where, field, _cleaned(str(value)))


def _texts(where: str, field: str, value: Any) -> tuple[str, ...]:
    """A field of several points: a list, or a text that may be written as a list."""
    if _is_list(value):
        points = [_point(where, field, item) for item in value]
    elif _is_object(value):
        points = [f"{key}: {_point(where, field, item)}" for key, item in value.items()]
    else:
        points = _split(_text(where, field, value))
    _bounded(where, field, "\n".join(points))
    return tuple(point for point in points if point)


def _point(where: str, field: str, item: Any) -> str:
    """One point: text, or an object such as {"name": ..., "description": ...}, told on one line."""
    if _is_object(item) and all(isinstance(value, str | int | float) for value in item.values()):
        return _cleaned("; ".join(f"{key}: {value}" for key, value in item.items()))
    if _is_object(item) or _is_list(item) or item is None:
        raise UserError(f"{where}: the field {_SHOWN[field]} must be text or a list of texts, and holds {_kind(item)}")
    return _cleaned(str(item))


def _split(text: str) -> list[str]:
    """The points of a text in which at least two lines start with a bullet or a number; else the text as one."""
    if len(_BULLET.findall(text)) < 2:
        return [text]
    return [" ".join(part.split()) for part in _BULLET.split(text)]


def _bounded(where: str, field: str, text: str) -> str:
    if len(text) > MOST_FIELD_CHARS:
        raise UserError(
            f"{where}: the field {_SHOWN[field]} has {len(text)} characters; give {MOST_FIELD_CHARS} or fewer"
        )
    return text


def _cleaned(text: str) -> str:
    """Text that can be stored as UTF-8, without control characters but line ends."""
    encodable = text.replace("\r\n", "\n").encode("utf-8", "replace").decode()
    return "".join(char for char in encodable if char in "\n\t" or char.isprintable()).strip()


def _plain_key(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_NAME_CHARS].strip("-")


def _unique(name: str, taken: set[str]) -> str:
    number, unique = 2, name
    while unique in taken:
        unique, number = f"{name}-{number}", number + 1
    return unique


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if value is None:
        return "null"
    if isinstance(value, str):
        return "text"
    return "an object" if _is_object(value) else "a list" if _is_list(value) else "a number"
