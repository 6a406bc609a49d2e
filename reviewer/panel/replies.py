"""From a reply's text to a filled form: fences and talk around it are passed over, what does not fit is told."""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from reviewer.panel.errors import ModelRefused, ReplyMalformed
from reviewer.panel.form import FormPart

F = TypeVar("F", bound=FormPart)
_OBJECT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_REFUSAL = re.compile(
    r"\b(?:i(?:'m| am)? (?:sorry|unable|afraid)|i (?:can(?:no|')t|won't|will not|must decline)|as an ai)\b", re.I
)
_TRIES = 200  # braces at which an object may open, so that no reply takes long to read
_FAULTS = 8  # told to the model at most


def read_reply(text: str, form: type[F]) -> F:
    """Return the form in a reply. Raises ReplyMalformed, saying what to mend, or ModelRefused."""
    plain = text.replace("’", "'")
    objects = list(_objects(text))
    if not objects and _REFUSAL.search(plain[:400]):
        raise ModelRefused(f"it would not review: {' '.join(plain.split())[:160]!r}")
    if not objects:
        raise ReplyMalformed("there is no JSON object in the reply" if text.strip() else "the reply is empty")
    known = set(form.model_fields)
    try:
        return form.model_validate(max(objects, key=lambda found: len(known & found.keys())))
    except ValidationError as error:
        raise ReplyMalformed(_describe(error)) from error


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects in running text, outermost ones only, their names in lower case with underscores."""
    decoder, position = json.JSONDecoder(strict=False), 0
    for _ in range(_TRIES):
        if (position := text.find("{", position)) < 0:
            return
        try:
            found, position = decoder.raw_decode(text, position)
            yield {_name(key): value for key, value in _OBJECT.validate_python(found).items()}
        except (json.JSONDecodeError, ValidationError, RecursionError):
            position += 1


def _name(key: str) -> str:
    return re.sub(r"\W+", "_", key.strip().lower())


def _describe(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False)[:_FAULTS]
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'form'}: {fault['msg']}" for fault in faults)
