"""A first look at data, for a reader who has not seen it: header and first lines, shape and type, what is in a folder.

What it shows was written by others; nothing is unpickled, run or followed.
"""

import ast
import lzma
import zipfile
import zlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Literal, TypeAlias

from agents.own_material.walk import Found

DataKind: TypeAlias = Literal["table", "json", "text", "array", "image", "folder", "other"]
MOST_CHARS = 400
_KINDS: dict[str, DataKind] = {
    **dict.fromkeys((".csv", ".tsv", ".tab", ".dat"), "table"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "json"),
    **dict.fromkeys((".txt", ".md", ".log", ".xml", ".html", ".yaml", ".yml", ".bib", ".fasta", ".fa"), "text"),
    **dict.fromkeys((".npy", ".npz"), "array"),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"), "image"),
}
_LINES, _LINE_CHARS, _READ_BYTES = 4, 100, 65_536
_UNREADABLE = (
    OSError, EOFError, LookupError, TypeError, ValueError, SyntaxError, MemoryError, RuntimeError, zlib.error,
    lzma.LZMAError, zipfile.BadZipFile,
)  # fmt: skip
"""What a broken archive or header raises."""
_HEADER_BYTES, _MOST_ARRAYS, _MOST_NAMES = 10_000, 5, 3


def kind_of(path: Path) -> DataKind:
    """What a file is by the end of its name."""
    return _KINDS.get(path.suffix.lower(), "other")


def preview_of(path: Path, kind: DataKind, found: Sequence[Found]) -> str:
    """At most 400 characters; "" where there is nothing to show."""
    text = _folder(found) if kind == "folder" else _file(path, kind)
    return text if len(text) <= MOST_CHARS else f"{text[: MOST_CHARS - 1]}…"


def _file(path: Path, kind: DataKind) -> str:
    if kind == "array":
        return _arrays(path)
    if kind in ("table", "json", "text"):
        return _first_lines(path)
    return ""


def _folder(found: Sequence[Found]) -> str:
    """How many files of each kind, the names of the first, and a look at the first that can be looked into."""
    counts = Counter(each.path.suffix.lower() or "without suffix" for each in found)
    counted = ", ".join(f"{count} {suffix}" for suffix, count in sorted(counts.items(), key=lambda it: (-it[1], it[0])))
    names = ", ".join(_clean(each.name) for each in found[:_MOST_NAMES])
    shown = next((each for each in found if kind_of(each.path) in ("table", "json", "text", "array")), None)
    first = f"\n{_clean(shown.name)}:\n{_file(shown.path, kind_of(shown.path))}" if shown else ""
    more = ", ..." if len(found) > _MOST_NAMES else ""
    return f"files: {counted[:80]} ({names[:80]}{more}){first}"


def _first_lines(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(_READ_BYTES)
        count = raw.count(b"\n") + sum(block.count(b"\n") for block in iter(lambda: file.read(_READ_BYTES), b""))
    lines = raw.decode("utf-8-sig", "replace").splitlines()[:_LINES]
    shown = [line if len(line) <= _LINE_CHARS else f"{line[:_LINE_CHARS]}…" for line in map(_clean, lines)]
    return "\n".join([*shown, f"({count} line breaks in all)"] if count > _LINES else shown)


def _arrays(path: Path) -> str:
    """Shape and type of each array, from its header alone."""
    try:
        if path.suffix.lower() == ".npy":
            with path.open("rb") as file:
                return _header(file)
        with zipfile.ZipFile(path) as archive:
            return "; ".join(_member(archive, name) for name in archive.namelist()[:_MOST_ARRAYS])
    except _UNREADABLE:
        return "not readable as arrays without unpickling"


def _member(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as file:
        return f"{_clean(name).removesuffix('.npy')}: {_header(file)}"


def _header(file: IO[bytes]) -> str:
    """Shape and type from a header in NumPy's NPY format, versions 1 to 3."""
    if file.read(6) != b"\x93NUMPY":
        raise ValueError("no array")
    major = file.read(2)[0]
    length = int.from_bytes(file.read(2 if major == 1 else 4), "little")
    if length > _HEADER_BYTES:
        raise ValueError("a header too long")
    header = ast.literal_eval(file.read(length).decode("latin-1" if major < 3 else "utf-8"))
    return _clean(f"shape {header['shape']}, type {header['descr']}")


def _clean(text: str) -> str:
    """Text on one line that can be stored as UTF-8."""
    encodable = text.encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else " " for char in encodable).rstrip()
