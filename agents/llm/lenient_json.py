"""JSON as models write it: in prose, with comments and commas too many, LaTeX in its strings, wrapped once more."""

import json
import re
from collections.abc import Generator
from contextlib import suppress
from typing import Any

from pydantic import TypeAdapter, ValidationError

_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_ONE: TypeAdapter[tuple[dict[str, Any]]] = TypeAdapter(tuple[dict[str, Any]])
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+"?|//[^\n]*|/\*[^*]{0,2000}\*/|,(?=\s*+[}\]])|\b(?:True|False|None)\b', re.S
)  # a string that is never closed runs to the end, so that no text makes this look twice at anything
_ESCAPE = re.compile(r'\\(u[0-9a-fA-F]{4}|["\\/bfnrt])|\\', re.S)
_PYTHON = {"True": "true", "False": "false", "None": "null"}
_WRAPPERS = ("reply", "arguments", "parameters", "input", "answer", "response", "result", "output", "json")
_DECODER = json.JSONDecoder(strict=False)
_BRACE = re.compile(r'\{(?=\s*+["}])')
_PIECE = 4096
_MOST_EFFORT = 2_000_000
"""Characters that may be read in vain while objects are looked for in running text, a place being worth 400."""
_DEEPEST_WRAP = 4


def read_objects(text: str) -> list[dict[str, Any]]:
    """JSON objects that a text is or holds, the outermost ones; mended where they are not quite JSON, or none."""
    return _whole(text) or _scan(text) or _scan(_mend(text[max(0, text.find("{")) :]))


def unwrap(found: dict[str, Any]) -> Generator[dict[str, Any]]:
    """An object, and what it wraps: {"reply": {...}}, a tool's {"arguments": "{...}"}."""
    for _ in range(_DEEPEST_WRAP):
        yield found
        inner = next((found[name] for name in _WRAPPERS if name in found), None)
        if inner is None and len(found) == 1:
            inner = next(iter(found.values()))
        objects = _read_inner(inner)
        if len(objects) != 1:
            return
        found = objects[0]


def _read_inner(value: Any) -> list[dict[str, Any]]:
    """The object in a value: itself, the only item of a list, or a string that is JSON."""
    return _whole(value) if isinstance(value, str) else _as_objects(value)


def _whole(text: str) -> list[dict[str, Any]]:
    """The object that the whole text is; a string of JSON and a list of one object count."""
    value = _load(text)
    return _as_objects(_load(value) if isinstance(value, str) else value)


def _as_objects(value: Any) -> list[dict[str, Any]]:
    for read in (lambda: _OBJECT.validate_python(value), lambda: _ONE.validate_python(value)[0]):
        with suppress(ValidationError):
            return [read()]
    return []


def _load(text: str) -> Any:
    for version in (lambda: text, lambda: _mend(text)):
        try:
            return json.loads(version(), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _scan(text: str) -> list[dict[str, Any]]:
    """Objects that stand in running text, outermost ones only."""
    objects, position, effort = list[dict[str, Any]](), 0, 0
    while effort < _MOST_EFFORT and (brace := _BRACE.search(text, position)):
        found, length = _decode(text, brace.start())
        objects += _as_objects(found)
        position = brace.start() + (length if found is not None else 1)
        effort += 400 + (0 if found is not None else length)
    return objects


def _decode(text: str, start: int) -> tuple[Any, int]:
    """The JSON value at a place and its length; or None and how far it was read.

    The decoder is shown the text in pieces, because its errors count the lines of all that it was shown.
    """
    read = 0
    for piece in (text[start : start + _PIECE], text[start:]):
        try:
            return _DECODER.raw_decode(piece)
        except json.JSONDecodeError as error:
            read = len(piece) if "Unterminated" in error.msg else error.pos
        except (ValueError, RecursionError):  # a number of too many digits, a nest too deep
            read = _PIECE // 2
        if read <= _PIECE // 2:
            break
    return None, read


def _mend(text: str) -> str:
    """Without comments and commas before a bracket, with JSON's own words, and backslashes of LaTeX kept."""
    return _TOKEN.sub(_mend_token, text)


def _mend_token(match: re.Match[str]) -> str:
    token = match[0]
    if token[0] != '"':
        return _PYTHON.get(token, "")
    return _ESCAPE.sub(lambda escape: escape[0] if escape[1] else r"\\", token) if "\\" in token else token
