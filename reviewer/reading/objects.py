"""What a PDF says beside its pages: metadata, notes, alternative texts, names of layers, scripts. Not the pages' text.

Every string of every object is looked at, so a place that nobody thought of is looked at too.
"""

import html
import logging
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

_MOST_OBJECTS = 50_000
_MOST_BYTES = 2**20  # of a stream of metadata or script
_LEAST_LETTERS = 12
_LITERAL = re.compile(rb"\(((?:[^()\\]|\\.){12,4000})\)", re.S)


def said_beside(content: bytes) -> tuple[str, ...]:
    """Strings of 12 characters and more in the objects of a PDF; in a file too damaged, those that stand open."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it remarks on every oddity
    try:
        return tuple(dict.fromkeys(_strings(content)))
    except Exception:
        # pypdf fails on damage with any error of Python's, and PDFium has read the pages already.
        return tuple(match[1].decode("latin-1") for match in _LITERAL.finditer(content))


def _strings(content: bytes) -> Iterator[str]:
    from pypdf import PdfReader
    from pypdf.generic import IndirectObject

    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        return
    numbers = [(number, generation) for generation, known in reader.xref.items() for number in known]
    numbers += [(number, 0) for number in reader.xref_objStm]
    for number, generation in numbers[:_MOST_OBJECTS]:
        yield from _strings_of(reader.get_object(IndirectObject(number, generation, reader)), 0)
    if reader.metadata:
        yield from (str(value) for value in reader.metadata.values())


def _strings_of(value: Any, depth: int) -> Iterator[str]:
    """Strings in an object, not following references: each object is visited by itself."""
    from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, StreamObject, TextStringObject

    if isinstance(value, TextStringObject | ByteStringObject):
        text = value.decode("utf-8", errors="replace") if isinstance(value, bytes) else str(value)
        if len(text) >= _LEAST_LETTERS:
            yield text
    elif isinstance(value, ArrayObject | DictionaryObject) and depth < 20:
        parts: Any = value.values() if isinstance(value, DictionaryObject) else value
        for part in parts:
            yield from _strings_of(part, depth + 1)
    if isinstance(value, StreamObject) and _is_said(value):
        yield from _stream(value)


def _is_said(stream: Any) -> bool:
    """Whether a stream holds metadata (XML) or nothing that a page is made of: a script or a note."""
    kind, subtype = stream.get("/Type"), stream.get("/Subtype")
    is_of_a_page = kind in ("/XObject", "/ObjStm", "/XRef", "/Pattern") or subtype is not None or "/Length1" in stream
    return (
        kind == "/Metadata" or subtype == "/XML" or (kind == "/EmbeddedFile") or (not is_of_a_page and kind is not None)
    )


def _stream(stream: Any) -> Iterator[str]:
    data = bytes(stream.get_data()[:_MOST_BYTES]).decode("utf-8", errors="replace")
    yield html.unescape(re.sub(r"<[^>]*>", " ", data))
