"""Harmless edits, which must not move a score: reflow, synonyms, renumbering."""

import re
import textwrap
from collections.abc import Callable
from random import Random

from reviewer.stress.operator import MAIN, Planted, Row, edited
from reviewer.stress.passages import blocks, is_prose, is_row, read_heading
from reviewer.stress.synonyms import OTHERS, VERBS

_NOUN = "".join(rf"(?<!\b{word}\s)" for word in ("the", "of", "in", "its", "our", "a", "an", "for", "this", "by", "no"))
_TERM = re.compile(rf"{_NOUN}\b(?:{'|'.join(VERBS)})\b|\b(?:{'|'.join(OTHERS)})\b", re.I)
"""A verb after an article or a preposition is a noun: "the use of"."""
_SAME = {**VERBS, **OTHERS}
_REFERENCE = re.compile(
    r"(?:(?:\b|(?<=_))(?:Sections?|Secs?\.|Tables?|Tabs?\.|Equations?|Eqs?\.|Eqn\.)|§)\s*\(?"
    r"(?P<number>[1-9]\d?)(?![\d%])",
    re.I,
)
_SECOND = re.compile(
    r"\b(?:(?:Sections|Tables|Equations|Eqs\.)\s*\(?\d+[.\d]*\)?(?:,| and| to| or)|"
    r"(?:Sections?|Tables?|Equations?|Eqs?\.)\s*\(?\d+[.\d]*\)?\s*[-–])\s*\(?(?P<number>[1-9]\d?)(?!\d)",
    re.I,
)
_LABEL = re.compile(r"(?<=\s)\((?P<number>[1-9]\d?)\)(?=[ \t]*$)", re.M)
_ITEM = re.compile(r"^[*_\s]*(?:(?:Table|Figure|Fig\.)\s*\d|[-•*]\s|\(?\d{1,2}[.)]\s)", re.M)
_HYPHENATED = 0.15
"""Share of lines that end within a word where the word is long enough."""


def reflow(row: Row, rng: Random) -> Planted | None:
    """Break the lines of paragraphs elsewhere and hyphenate some words at their ends."""
    width = rng.randint(68, 96)

    def wrap(block: str) -> str:
        return block if _ITEM.search(block) else _wrapped(block, width, rng)

    return edited(row, f"{{}} paragraphs broken at {width} characters", _in_prose(wrap))


def _wrapped(block: str, width: int, rng: Random) -> str:
    joined = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", block)
    lines = textwrap.wrap(joined, width, break_long_words=False, break_on_hyphens=False)
    for place in range(len(lines) - 1):
        word, _, rest = lines[place + 1].partition(" ")
        if len(word) >= 8 and word.isascii() and word.isalpha() and word.islower() and rng.random() < _HYPHENATED:
            lines[place : place + 2] = [f"{lines[place]} {word[:4]}-", f"{word[4:]} {rest}"]
    return "\n".join(line.rstrip() for line in lines)


def use_synonyms(row: Row, rng: Random) -> Planted | None:
    """Put other words for half of the plain ones; none of them bears on what is claimed or measured."""

    def swap(match: re.Match[str]) -> str:
        word = match[0]
        other = _SAME[word.lower()] if rng.random() < 0.5 else word
        return other[0].upper() + other[1:] if word[0].isupper() else other

    return edited(row, "other words in {} paragraphs", _in_prose(lambda block: _TERM.sub(swap, block)))


def _in_prose(change: Callable[[str], str]) -> Callable[[str], tuple[str, int]]:
    """An edit of paragraphs alone; it counts those that changed."""

    def edit(text: str) -> tuple[str, int]:
        old = blocks(text)
        new = [change(block) if is_prose(block) else block for block in old]
        return "".join(new), sum(a != b for a, b in zip(old, new, strict=True))

    return edit


def renumber(row: Row, rng: Random) -> Planted | None:
    """Count sections, tables and equations from a later number on, where they stand and where they are pointed to."""
    by = rng.randint(1, 3)

    def up(match: re.Match[str]) -> str:
        start, end = match.span("number")
        whole = match[0]
        return whole[: start - match.start()] + str(int(match["number"]) + by) + whole[end - match.start() :]

    def edit(text: str) -> tuple[str, int]:
        lines, count = list[str](), 0
        for line in text.splitlines(keepends=True):
            if (head := re.match(r"^[*_#\s]*(?P<number>[1-9]\d?)(?=[.\s])", line)) and read_heading(line):
                line, count = up(head) + line[head.end() :], count + 1
            elif not is_row(line):
                line, labels = _LABEL.subn(up, line)
                count += labels
            lines.append(line)
        text, pointed = _REFERENCE.subn(up, "".join(lines))
        text, second = _SECOND.subn(up, text)
        return text, count + pointed + second

    return edited(row, f"{{}} numbers of sections, tables and equations raised by {by}", edit, MAIN)
