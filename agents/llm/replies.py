"""From the text of a reply to a typed record. Long texts travel in fenced blocks of their own, since models write
backslashes and line breaks wrongly inside JSON strings."""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from agents.llm.fences import Block, find_blocks
from agents.llm.lenient_json import read_objects, unwrap
from agents.schema import Record

R = TypeVar("R", bound=Record)

BLOCKS = {
    "code": ("code", "experiment.py", "python", "py"),
    "text": ("text", "latex", "tex"),
    "experiment": ("experiment", "experiment.py"),
    "evaluator": ("evaluator", "evaluate.py"),
    "data_module": ("data_module", "data", "data.py"),
    "edits": ("edits", "diff", "patch"),
}
"""Field names whose value comes as a fenced block, and the block's possible labels; the first are the surest."""
_THOUGHTS = re.compile(r"<(/?)(?:think|thinking|reasoning)>", re.IGNORECASE)
_MOST_TRIED = 8


class MalformedReply(ValueError):
    """A reply that does not fit the asked form; the text says what is wrong, for the model to mend."""


def block_fields(reply: type[Record]) -> tuple[str, ...]:
    """Fields of a reply that come as fenced blocks."""
    return tuple(name for name in reply.model_fields if name in BLOCKS)


def json_schema(reply: type[Record]) -> dict[str, Any]:
    """JSON schema of a reply without its block fields; the caller's own."""
    return json.loads(_schema_text(reply))


@cache
def _schema_text(reply: type[Record]) -> str:
    """Made once: pydantic takes milliseconds."""
    schema = reply.model_json_schema()
    for name in block_fields(reply):
        schema["properties"].pop(name)
        schema["required"] = [field for field in schema.get("required", ()) if field != name]
    return json.dumps(schema)


@cache
def describe_form(reply: type[Record]) -> str:
    """Tell a model in which form to reply."""
    lines: list[str] = []
    if json_schema(reply)["properties"]:
        schema = json.dumps(_bare(json_schema(reply)), indent=1, ensure_ascii=False)
        lines.append(f"One JSON object in a block fenced by ```json, valid under this schema:\n\n{schema}")
    fences = [
        f"`{name}`: its whole text, as it is, in a block opened by ````{name}, closed by ````."
        + ("" if _is_required(reply, name) else " It may be left out.")
        for name in block_fields(reply)
    ]
    return "\n\n".join(lines + fences)


def _bare(schema: Any) -> Any:
    """A schema without what pydantic adds for programmers: names made from names, and docstrings."""
    if isinstance(schema, list):
        return [_bare(each) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    known = cast("dict[str, Any]", schema)
    is_record = "properties" in known
    dropped = ("title", "description") if is_record else ("title",)
    return {key: _bare(value) for key, value in known.items() if key not in dropped or not isinstance(value, str)}


def parse_reply(text: str, reply: type[R]) -> R:
    """Return the record in a reply's text, from fenced blocks or bare JSON; raises MalformedReply."""
    text = strip_thoughts(text)
    blocks = find_blocks(text)
    longs = _find_longs(blocks, reply)
    faults: list[ValidationError] = []
    objects = _find_objects(text, blocks, reply)
    if not objects and not longs and not any(_is_required(reply, name) for name in reply.model_fields):
        raise MalformedReply("it holds nothing of the form asked for")
    for fields in objects or [{}]:
        try:
            return _validate({**longs, **fields}, reply)
        except ValidationError as error:
            faults.append(error)
    raise MalformedReply(_describe(faults[0], reply)) from faults[0]


def _validate(fields: dict[str, Any], reply: type[R]) -> R:
    """The record in these fields; those that nobody asked for are passed over, whatever depth they are at."""
    try:
        return reply.model_validate(fields)
    except ValidationError as error:
        faults = error.errors()
        if any(fault["type"] != "extra_forbidden" for fault in faults):
            raise
        for fault in faults:
            *path, name = fault["loc"]
            part: Any = fields
            for step in path:
                part = part[step]
            part.pop(name)
        return reply.model_validate(fields)


def strip_thoughts(text: str) -> str:
    """A reply without the thinking aloud before it, whose opening mark some servers swallow."""
    mark = _THOUGHTS.search(text)
    if mark is None:
        return text
    if mark[1] == "/":
        return text[mark.end() :]
    if text[: mark.start()].strip():
        return text
    closing = next((found for found in _THOUGHTS.finditer(text, mark.end()) if found[1] == "/"), None)
    return text[closing.end() :] if closing else ""


def _find_objects(text: str, blocks: Sequence[Block], reply: type[Record]) -> list[dict[str, Any]]:
    """JSON objects that share a field name with the reply: those that share most first, and the later ones of these."""
    known = set(reply.model_fields)
    fenced = [block.body for block in blocks if not block.labels or _is_json(block)]
    for sources in (fenced, [text]):  # the text may hold braces of code: it is asked last
        whole = [found for source in sources for outer in read_objects(source) for found in unwrap(outer)]
        fitting = [found for found in whole if known & found.keys()]
        if fitting:
            fitting.reverse()
            return sorted(fitting, key=lambda found: -len(known & found.keys()))[:_MOST_TRIED]
    return []


def _find_longs(blocks: Sequence[Block], reply: type[Record]) -> dict[str, str]:
    """The bodies of block fields: by label, by a file that is named, or because nothing else is left for either."""
    fields = block_fields(reply)
    free = [block for block in blocks if not _is_json(block)]
    longs: dict[str, str] = {}
    for name in fields:
        others = {label for other in fields if other != name for label in BLOCKS[other]}
        for label in (label for label in BLOCKS[name] if label not in others):
            bodies = [block.body for block in free if label in block.labels or label == block.file]
            if bodies and name not in longs:  # of several pieces of edits none is dropped
                longs[name] = "\n".join(bodies) if name == "edits" else max(bodies, key=len)
    missing = [name for name in fields if name not in longs and (len(fields) == 1 or _is_required(reply, name))]
    missing = missing or ([] if longs else list(fields[:1]))
    rest = [block.body for block in free if block.body not in longs.values()]
    return {**longs, missing[0]: rest[0]} if len(missing) == len(rest) == 1 else longs


def _is_json(block: Block) -> bool:
    """Whether a block is the reply's JSON, labelled so or not."""
    body = block.body.strip()
    return block.labels[0].startswith("json") if block.labels else body.startswith("{") and body.endswith("}")


def _is_required(reply: type[Record], name: str) -> bool:
    return reply.model_fields[name].is_required()


def _describe(error: ValidationError, reply: type[Record]) -> str:
    faults = [f"{'.'.join(map(str, fault['loc'])) or reply.__name__}: {fault['msg']}" for fault in error.errors()]
    return "; ".join(faults[:8])
