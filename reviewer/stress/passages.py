"""Parsed text in pieces that join to the same text: sections by heading, blocks, sentences, rows of tables."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

_NUMBER = r"(?P<number>[1-9]\d?(?:\.\d{1,2}){0,3}|[A-H](?:\.\d{1,2}){0,3})"
_NUMBERED = re.compile(rf"^[*_#\s]*{_NUMBER}[.:]?\s+(?P<title>[A-Z][^\n]{{2,90}}?)[*_\s]*$")
_NAMED = re.compile(
    r"^[*_#\s]*(?P<title>abstract|introduction|related works?|(?:experimental )?results|"
    r"ablation stud(?:y|ies)|discussion|"
    r"(?-i:METHODS?|APPROACH|BACKGROUND|EXPERIMENTS?|EVALUATION|ANALYSIS)|"
    r"(?:discussion and |broader impacts? and )?limitations?(?: and future works?)?|future works?|conclusions?|"
    r"conclusions? and (?:future works?|limitations?|discussion)|(?:ethics|reproducibility|broader impact) statement|"
    r"broader impacts?|acknowledge?ments?|proofs?|appendix)[.:]?[*_\s]*$",
    re.I,
)
_BLANK = re.compile(r"(\n[ \t]*\n\s*)")
_END = re.compile(r"(?<=[.!?])[\"')\]*_”]*\s+(?=[A-Z(\[\"'*_“$\\])")
_NO_END = re.compile(
    r"(?:\b(?:et al|e\.g|i\.e|cf|vs|resp|w\.r\.t|Fig|Figs|Eq|Eqs|Sec|Tab|Thm|Lem|Prop|Def|App|No|Dr|Prof)|\b[A-Z])\.$"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_NUMERAL = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?")


class Passage(NamedTuple):
    """A heading with what stands below it up to the next one; `level` is 1 for sections, 0 for text before any."""

    title: str
    level: int
    text: str


def passages(text: str) -> list[Passage]:
    """Parts of a text by its heading lines; joined, they are the text."""
    found = [Passage("", 0, "")]
    for line in text.splitlines(keepends=True):
        if head := read_heading(line):
            found.append(Passage(head.title, head.level, line))
        else:
            found[-1] = found[-1]._replace(text=found[-1].text + line)
    return [each for each in found if each.text]


class Heading(NamedTuple):
    title: str
    level: int


def read_heading(line: str) -> Heading | None:
    """What a line says as a heading, "4.1 Set-up" or "CONCLUSION"; None where it is none."""
    if len(line) > 110:
        return None
    if match := _NUMBERED.match(line):
        title = match["title"]
        return Heading(title, match["number"].count(".") + 1) if _is_title(title) else None
    if (match := _NAMED.match(line)) and line.lstrip("*_# ")[0].isupper():
        return Heading(match["title"], 1)
    return None


def _is_title(title: str) -> bool:
    """Few words without figures, most of the long ones capital: no sentence, no row, no step of an algorithm."""
    found = _WORD.findall(title)
    words = [word for word in found if len(word) > 3] or found
    capital = sum(word[0].isupper() for word in words)
    if re.search(r"URLTOK|[=←∈{}|<>⌊]", title):
        return False
    is_calm = len(title.split()) <= 14 and len(re.findall(r"\d", title)) <= 2 and not re.search(r"[.,;=|]\s*$", title)
    return is_calm and bool(words) and capital >= 0.5 * len(words)


def drop_passages(text: str, is_dropped: Callable[[Passage], bool]) -> tuple[str, int]:
    """Leave out sections and all that is below them; also how many headings that were asked for went."""
    kept, below, count = list[str](), 99, 0
    for part in passages(text):
        if part.level <= below:
            below = part.level if part.level and is_dropped(part) else 99
            count += below != 99
        if below == 99:
            kept.append(part.text)
    return "".join(kept), count


def blocks(text: str) -> list[str]:
    """Blocks and the blank lines between them, by turns, blocks first; joined, they are the text."""
    return _BLANK.split(text)


def drop_blocks(text: str, is_dropped: Callable[[str], bool]) -> tuple[str, int]:
    """Leave out blocks with the blank lines that follow them."""
    parts = [*blocks(text), ""]
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    kept = [(block, gap) for block, gap in pairs if not block.strip() or not is_dropped(block)]
    return "".join(block + gap for block, gap in kept), len(pairs) - len(kept)


def sentences(block: str) -> list[str]:
    """Sentences and rows of a block, each with the space after it; joined, they are the block."""
    ends = {match.end() for match in _END.finditer(block) if not _NO_END.search(block[: match.start()][-12:])}
    start = 0
    for line in block.splitlines(keepends=True):
        end = start + len(line)
        if is_row(line) or read_heading(line):
            ends = {cut for cut in ends if not start < cut < end} | {start, end}
        start = end
    cuts = sorted(ends | {0, len(block)})
    return [block[a:b] for a, b in pairwise(cuts) if a < b]


def drop_sentences(text: str, is_dropped: Callable[[str], bool]) -> tuple[str, int]:
    """Leave out sentences; rows of tables and headings stay, and a block that is left empty goes."""
    kept, count = list[str](), 0
    for part in blocks(text):
        found = sentences(part) if part.strip() else [part]
        gone = [is_sentence(one) and is_dropped(one) for one in found]
        count += sum(gone)
        left = "".join(one for one, is_gone in zip(found, gone, strict=True) if not is_gone)
        kept.append(left if left.strip() or not part.strip() else "")
    return "".join(kept), count


def drop_rows(text: str, is_dropped: Callable[[str], bool]) -> tuple[str, int]:
    """Leave out rows of tables."""
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if not (is_row(line) and is_dropped(line))]
    return "".join(kept), len(lines) - len(kept)


def is_row(line: str) -> bool:
    """A row of a table: cells between bars, or more figures than words."""
    if line.lstrip().startswith("|"):
        return True
    figures = len(_NUMERAL.findall(line))
    return figures >= 2 and figures >= len(_WORD.findall(line))


def is_sentence(piece: str) -> bool:
    """Words enough to say something, and neither a row nor a heading."""
    return len(_WORD.findall(piece)) >= 3 and not is_row(piece) and not read_heading(piece)


def is_prose(block: str) -> bool:
    """A paragraph: several words a line, no row among its lines."""
    lines = block.splitlines()
    if not lines or any(is_row(line) or read_heading(line) for line in lines):
        return False
    return len(_WORD.findall(block)) >= max(8, 3 * len(lines))


def is_caption(block: str) -> bool:
    return bool(re.match(r"^[*_\s]*(?:Table|Figure|Fig\.)\s*\d+", block))
