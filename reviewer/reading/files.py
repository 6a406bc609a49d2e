"""A paper from a file or folder, whatever form it is in: PDF, LaTeX, plain text, or a row of parsed text."""

import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from reviewer.errors import ReviewerError
from reviewer.evidence.ledger import Ledger
from reviewer.schema import Paper

_TEXT = ("", ".txt", ".text", ".md", ".markdown", ".rst")
_ROWS = (".jsonl", ".json", ".xz")
_ROW: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_MAX_LINE = 10 * 2**20  # characters


def read_file(path: Path, ledger: Ledger | None = None, row: str | None = None) -> Paper:
    """Read a paper by what the file is; `row` is the id of one among several in a .jsonl. Raises ReviewerError."""
    if not path.exists():
        raise ReviewerError(f"there is no file {path}")
    if row is not None and path.suffix.lower() not in _ROWS:
        raise ReviewerError(f"{path} holds one paper; an id is for files of rows, .jsonl")
    if path.is_dir() or path.suffix.lower() in (".tex", ".ltx"):
        from reviewer.reading.latex import read_latex

        return read_latex(path, ledger)
    if path.suffix.lower() == ".pdf" or _is_pdf(path):
        from reviewer.reading.pdf import read_pdf

        return read_pdf(path)
    return _read_by_name(path, row)


def _read_by_name(path: Path, row: str | None) -> Paper:
    if path.suffix.lower() in _ROWS:
        from reviewer.reading.row import read_row

        return read_row(_find_row(path, row))
    if path.suffix.lower() not in _TEXT:
        raise ReviewerError(
            f"{path} is no paper that can be read: expected .pdf, .tex or its folder, .md, .txt, .jsonl"
        )
    from reviewer.reading.plain import read_text

    return read_text(path)


def _is_pdf(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b"%PDF-" in file.read(1024)
    except OSError as error:
        raise ReviewerError(f"cannot read {path}: {error.strerror}") from error


def _find_row(path: Path, row: str | None) -> Mapping[str, Any]:
    """The one row of a file, or the one with this id."""
    found: Mapping[str, Any] | None = None
    for count, each in enumerate(_rows(path), start=1):
        if row is None and count > 1:
            example = f", for example {each['id']}" if each.get("id") else ""
            raise ReviewerError(f"{path} holds several papers; name one by its id (--id ID{example})")
        if row is None or str(each.get("id")) == row:
            found = each
        if row is not None and found:
            break
    if not found:
        raise ReviewerError(f"{path} holds no paper{f' with the id {row!r}' if row is not None else ''}")
    if not any(found.get(name) for name in ("abstract", "body")):
        raise ReviewerError(
            f"{path}: expected a row with title, abstract and body; it has {', '.join(found) or 'none'}"
        )
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows one by one; a .json may be spread over lines."""
    try:
        if path.suffix.lower() == ".json":
            yield _ROW.validate_python(json.loads(path.read_text(encoding="utf-8")))
            return
        opener = lzma.open if path.suffix == ".xz" else open
        with opener(path, "rt", encoding="utf-8") as file:
            while line := file.readline(_MAX_LINE):
                if line.strip():
                    yield _ROW.validate_python(json.loads(line))
    except (ValidationError, ValueError, RecursionError) as error:
        raise ReviewerError(f"{path} is no JSON object a line: {' '.join(str(error).split())[:120]}") from error
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise ReviewerError(f"cannot read {path}: {error}") from error
