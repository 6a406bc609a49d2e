"""From the text of a reply to a typed record. Long texts travel in fenced blocks of their own, since models write
backslashes and line breaks wrongly inside JSON strings."""

import json
import re
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from agents.schema import Record

R = TypeVar("R", bound=Record)

BLOCKS = {"code": ("code", "python", "py"), "text": ("text", "latex", "tex"), "edits": ("edits", "diff", "patch")}
"""Field names whose value comes as a fenced block, and the block's possible labels."""
_FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<label>[\w+-]*)[^\n]*\n(?P<body>.*?)^[ \t]*(?P=fence)[ \t]*$", re.M | re.S
)
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])


class MalformedReply(ValueError):
    """A reply that does not fit the asked form; the text says what is wrong, for the model to mend."""


def block_fields(reply: type[Record]) -> tuple[str, ...]:
    """Fields of a reply that come as fenced blocks."""
    return tuple(name for name in reply.model_fields if name in BLOCKS)


def json_schema(reply: type[Record]) -> dict[str, Any]:
    """JSON schema of a reply without its block fields."""
    schema = reply.model_json_schema()
    for name in block_fields(reply):
        schema["properties"].pop(name)
        schema["required"] = [field for field in schema.get("required", ()) if field != name]
    return schema


def describe_form(reply: type[Record]) -> str:
    """Tell a model in which form to reply."""
    lines: list[str] = []
    if json_schema(reply)["properties"]:
        schema = json.dumps(json_schema(reply), indent=1, ensure_ascii=False)
        lines.append(f"One JSON object in a block fenced by ```json, valid under this schema:\n\n{schema}")
    fences = [
        f"`{name}`: its whole text, as it is, in a block opened by ````{name}, closed by ````."
        for name in block_fields(reply)
    ]
    return "\n\n".join(lines + fences)


def parse_reply(text: str, reply: type[R]) -> R:
    """Return the record in a reply's text, from fenced blocks or bare JSON; raises MalformedReply."""
    blocks = [(match["label"].lower(), match["body"]) for match in _FENCE.finditer(text)]
    fields = _find_object(text, [body for label, body in blocks if label in ("json", "")], reply)
    for name in block_fields(reply):
        bodies = [body for label, body in blocks if label in BLOCKS[name]]
        if name not in fields and bodies:
            fields[name] = "\n".join(bodies) if name == "edits" else max(bodies, key=len)  # none of several is dropped
    try:
        return reply.model_validate(fields)
    except ValidationError as error:
        raise MalformedReply(_describe(error, reply)) from error


def _find_object(text: str, fenced: list[str], reply: type[Record]) -> dict[str, Any]:
    """The JSON object that shares most field names with the reply; empty if there is none."""
    objects = [found for source in (text, *fenced) if (found := _load(source)) is not None]
    known = set(reply.model_fields)
    objects = [found for found in objects or _scan(text) if known & found.keys()]
    return max(objects, key=lambda found: len(known & found.keys())) if objects else {}


def _load(text: str) -> dict[str, Any] | None:
    try:
        return _OBJECT.validate_python(json.loads(text, strict=False))
    except (json.JSONDecodeError, ValidationError, RecursionError):
        return None


def _scan(text: str) -> list[dict[str, Any]]:
    """Objects that stand in running text, outermost ones only."""
    decoder, objects, position = json.JSONDecoder(strict=False), list[dict[str, Any]](), 0
    while (position := text.find("{", position)) >= 0:
        try:
            found, position = decoder.raw_decode(text, position)
            objects.append(_OBJECT.validate_python(found))
        except (json.JSONDecodeError, ValidationError, RecursionError):
            position += 1
    return objects


def _describe(error: ValidationError, reply: type[Record]) -> str:
    faults = [f"{'.'.join(map(str, fault['loc'])) or reply.__name__}: {fault['msg']}" for fault in error.errors()]
    return "; ".join(faults[:8])
