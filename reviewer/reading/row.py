"""A paper from a row of parsed text: title, abstract, body, refs, appendix."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reviewer.reading.outline import read_lines
from reviewer.schema import Paper

_PARTS = (("Abstract", "abstract"), ("", "body"), ("References", "refs"), ("Appendix", "appendix"))
_MARKUP = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)|\bURLTOK\b")


def read_row(row: Mapping[str, Any]) -> Paper:
    """Build a Paper of a mapping with texts under `title`, `abstract`, `body`, `refs`, `appendix`; any may be absent.

    Marks of bold and italics, page breaks (-----) and URLTOK, which stands for a link, are taken out.
    """
    return read_lines(list(_lines(row)), title=_plain(str(row.get("title") or "")))


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    for heading, name in _PARTS:
        text = _plain(str(row.get(name) or ""))
        if text.strip():
            yield from (heading, *text.splitlines())


def _plain(text: str) -> str:
    return re.sub(r"^-{5,}$", "", _MARKUP.sub("", text), flags=re.M)
