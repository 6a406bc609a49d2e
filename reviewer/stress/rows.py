"""Rows of a data set: one JSON object a line, plain or xz."""

import json
import lzma
from pathlib import Path
from typing import Any

from reviewer.errors import ReviewerError

WANTED = "one paper a line as JSON with id, title, abstract, body, refs, appendix (.jsonl or .jsonl.xz)"


def read_stress_rows(path: Path) -> list[dict[str, Any]]:
    """Read all rows. Raises ReviewerError for a file that is absent or of another form."""
    if not path.is_file():
        raise ReviewerError(f"there is no file {path}; the bench wants data: {WANTED}")
    try:
        with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines if line.strip()]
    except (ValueError, lzma.LZMAError, EOFError) as error:
        raise ReviewerError(f"{path} is not what the bench wants, {WANTED}: {error}") from error
    if any(not isinstance(row, dict) or "id" not in row for row in rows):
        raise ReviewerError(f"{path} has a line without an id; the bench wants {WANTED}")
    return rows
