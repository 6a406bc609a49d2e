"""A paper from plain text or Markdown: headings by # or by what they say, marks of emphasis and links taken out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from reviewer.errors import ReviewerError
from reviewer.reading.outline import read_lines
from reviewer.schema import Paper
from reviewer.text import ZERO_WIDTH, count_words, kind_of

_MAX_BYTES = 5 * 2**20
_LEAST_WORDS = 30
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINED = re.compile(r"^(?P<title>[^\s#>|-].*)\n(?P<line>=+|-{3,})[ \t]*$", re.M)
_UNSEEN = re.compile(r"<!--.*?-->|^ {0,3}(?P<fence>`{3,}|~{3,}).*?^ {0,3}(?P=fence)[ \t]*$", re.S | re.M)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^()\n]*\)")
_EMPHASIS = re.compile(r"(?<!\w)(?:\*{1,3}|_{1,3})(?=\S)|(?<=\S)(?:\*{1,3}|_{1,3})(?!\w)")


class _Line(NamedTuple):
    """A line and the depth of the heading it is, 0 for text."""

    text: str
    depth: int


def read_text(path: Path) -> Paper:
    """Read a .txt or .md file; the title is the first heading, or the first line. Raises ReviewerError."""
    lines = list(_lines(source := _read(path)))
    title, rest = _take_title(lines)
    unseen = len(ZERO_WIDTH.findall(source))
    hidden = (f"{unseen} characters without width",) if unseen >= 3 else ()
    return read_lines(list(_with_numbers(rest)), title=title, hidden=hidden)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ReviewerError(f"{path} is larger than {_MAX_BYTES // 2**20} MB; give the text of one paper")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReviewerError(f"{path} is not text in UTF-8; give a PDF, LaTeX, or plain text") from error
    except OSError as error:
        raise ReviewerError(f"cannot read {path}: {error.strerror}") from error
    if "\0" in text or count_words(text) < _LEAST_WORDS:
        raise ReviewerError(f"{path} has no text to review; a paper of {_LEAST_WORDS} words at least is expected")
    return text


def _lines(source: str) -> Iterator[_Line]:
    """Lines without comments, code blocks and marks. Underlined headings count as well as those with #."""
    seen = _UNSEEN.sub("", source.replace("\r\n", "\n"))
    seen = _UNDERLINED.sub(lambda match: f"{'#' if match['line'][0] == '=' else '##'} {match['title']}", seen)
    for line in seen.split("\n"):
        heading = _HEADING.match(line)
        yield _Line(_plain(heading[2] if heading else line), len(heading[1]) if heading else 0)


def _plain(line: str) -> str:
    text = _EMPHASIS.sub("", _LINK.sub(r"\1", line)).replace("`", "")
    return re.sub(r"^\s*(?:[-*+]\s+|>\s?)", "", re.sub(r"\s*\|\s*", " ", text)).strip()


def _take_title(lines: list[_Line]) -> tuple[str, list[_Line]]:
    """The title and the lines after it; a paper that opens with its abstract has none."""
    opening = next(number for number, line in enumerate(lines) if line.text)
    first = next((number for number, line in enumerate(lines) if line.depth and line.text), opening)
    is_section = kind_of(lines[first].text) == "abstract" and count_words(lines[first].text) == 1
    if is_section:
        return (lines[opening].text if opening < first else ""), lines[first:]
    return lines[first].text, lines[first + 1 :]


def _with_numbers(lines: list[_Line]) -> Iterator[str]:
    """Lines with their headings numbered as in print, 2 and 2.1, which is how an outline is recognised; after the list
    of references by letters, and an appendix by its name."""
    top = min((line.depth for line in lines if line.depth), default=0)
    main = below = 0
    is_after = False
    for line in lines:
        if not line.depth:
            yield line.text
            continue
        name = _bare(line.text)
        main, below = (main + 1, 0) if line.depth == top else (main, below + 1)
        if (main, below, is_after) == (1, 0, False) and not _is_named(name) and name.lower() != "introduction":
            yield "Introduction"  # an outline begins with a heading that has a known name
        number = chr(ord("A") + min(main - is_after, 7)) if is_after else str(main)
        yield name if _is_named(name) else f"{number}{f'.{below}' * bool(below)} {name}"
        if kind_of(name) == "references" and not below:
            is_after, main = True, 0


def _bare(heading: str) -> str:
    """A heading without its own number and without signs that no printed heading is recognised by."""
    words = re.sub(r"^(?:\d+(?:\.\d+)*|[A-H]|[IVX]+)[.:)]?\s+(?=\w)", "", heading)
    letters = re.sub(r"\s+([,:])", r"\1", " ".join(re.sub(r"[^A-Za-z,:' -]", " ", words).split()))[:60].strip(" ,:'-")
    return f"{letters[:1].upper()}{letters[1:]}" if len(letters) >= 3 else f"Part {letters}".strip()


def _is_named(name: str) -> bool:
    return bool(re.match(r"(?:abstract|references|bibliography|appendi\w+)\b", name, re.I))
