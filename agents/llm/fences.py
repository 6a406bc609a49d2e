"""Fenced blocks of a reply, found line by line: in time linear in its length, whatever it holds."""

import re
from typing import NamedTuple

_OPENING = re.compile(r"(?P<lead>[^`~]*?)(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)\Z")
_WORD = re.compile(r"[\w.+-]+")
_FILE = re.compile(r"[\w-]+\.\w+")


_MOST_BLOCKS = 200
"""No reply has more; what repeats itself for ever is not looked through."""


class Block(NamedTuple):
    """A fenced block: the words of its label in lower case, the file that the text around names, and what it holds."""

    labels: tuple[str, ...]
    file: str
    body: str


class _Opening(NamedTuple):
    indent: int
    fence: str
    info: str


def find_blocks(text: str) -> list[Block]:
    """Blocks in order. One of its kind, as long or longer, closes a fence (CommonMark 4.5); the last may stay open."""
    blocks: list[Block] = []
    opening, body, before = None, list[str](), ""
    for line in text.splitlines(keepends=True):
        if len(blocks) >= _MOST_BLOCKS:
            return blocks
        if opening is None:
            opening = _read_opening(line)
            body = []
            before = line if opening is None and line.strip() else before
        elif _closes(line, opening.fence):
            blocks.append(_make_block(opening, body, before))
            opening, before = None, ""
        else:
            body.append(_dedent(line, opening.indent))
    return [*blocks, _make_block(opening, body, before)] if opening and body else blocks


def is_fence_open(text: str) -> bool:
    """Whether a text ends inside of a fenced block."""
    opening = None
    for line in text.splitlines():
        if opening is None:
            opening = _read_opening(line)
        elif _closes(line, opening.fence):
            opening = None
    return opening is not None


def _read_opening(line: str) -> _Opening | None:
    match = _OPENING.match(line.rstrip()) if "```" in line or "~~~" in line else None
    if match is None or (match["lead"].strip() and not match["info"].strip()):
        return None  # behind words only a label tells an opening from a closing
    return _Opening(0 if match["lead"].strip() else len(match["lead"]), match["fence"], match["info"])


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and not bare.strip(fence[0])


def _dedent(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" \t"))) :]


def _make_block(opening: _Opening, body: list[str], before: str) -> Block:
    labels = tuple(word.lower().strip(".") for word in _WORD.findall(opening.info))
    return Block(labels, _name_file(body[0] if body else "", before), "".join(body))


def _name_file(first: str, before: str) -> str:
    """A file that the block's first line names in a comment, or the line before the block, as headings do."""
    comment = first.strip().removeprefix("#").strip() if first.startswith("#") else ""
    if _FILE.fullmatch(comment):
        return comment.lower()
    named = _FILE.findall(before) if len(before) <= 100 else []
    return named[0].lower() if len(named) == 1 else ""
