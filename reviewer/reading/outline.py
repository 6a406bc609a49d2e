"""Lines of text, in reading order, to a Paper: headings, captions, rows of tables, the list of references."""

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from reviewer.schema import Paper
from reviewer.text import Part, count_citations, count_words, kind_of, nest, tidy

_NUMBERING = r"(?:(?:\d{1,2}(?:\.\d{1,2})*|[A-H]|[IVX]{1,5})\.?\s+)?"
_NAMED = re.compile(
    rf"^{_NUMBERING}(abstract|introduction|motivation|background|related work|prior work|methods?|approach|data|setup|"
    r"experiments?|experimental (?:setup|results)|evaluation|results?|analysis|ablations?(?: stud(?:y|ies))?|"
    r"negative results?|discussion|limitations?|(?:discussion and )?limitations|conclusions?|reproducibility|"
    r"appendix|acknowledge?ments?|references|bibliography)$",
    re.I,
)
_NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2})*\.?|[A-H]\.?)\s+[A-Z][A-Za-z,:' -]{2,60}$")
_ENTRY_END = re.compile(r"(?<=\b(?:19|20)\d\d\.)\n(?=[^\W\d_a-z])|(?<=\b(?:19|20)\d\d[a-z]\.)\n(?=[^\W\d_a-z])")
_CAPTION = re.compile(r"^(Figure|Fig\.|Table)\s+(\d+)\s*[:.]", re.I)


Role: TypeAlias = Literal["unknown", "heading", "prose", "text", "row"]


class Line(NamedTuple):
    """A line and what its type or its place show it to be. Of an unknown one its words decide; one of prose is a
    heading by its words or text, but no row of a table."""

    text: str
    role: Role = "unknown"


def read_lines(lines: Sequence[str], title: str, hidden: tuple[str, ...] = ()) -> Paper:
    """Build a Paper of lines in reading order. A blank line may part references; elsewhere it says nothing."""
    return read_outline([Line(line) for line in lines], title, hidden)


def read_outline(marked: Sequence[Line], title: str, hidden: tuple[str, ...] = ()) -> Paper:
    """Build a Paper of lines in reading order, of which some are known to be headings, rows or plain text."""
    lines = [Line(line.text.strip(), line.role) for line in marked]
    parts = _split(lines)
    sections = nest(_part(heading, body, is_appendix) for heading, body, is_appendix in parts)
    entries = [line.text for heading, body, _ in parts if _is_list(heading) for line in body if line.role != "row"]
    listed = split_entries(entries)
    kept = tuple(part for part in sections if part.kind != "references")
    prose = " ".join(part.text for part in kept)
    numbers = {(match[1][0].upper(), match[2]) for line in lines if (match := _CAPTION.match(line.text))}
    return Paper(
        title=tidy(title),
        sections=kept,
        figures=sum(kind == "F" for kind, _ in numbers),
        tables=sum(kind == "T" for kind, _ in numbers),
        floats_referenced=_share_referenced(prose, numbers),
        equations=len({match[1] for line in lines if (match := re.search(r"\((\d{1,2})\)$", line.text))}),
        references=_count_references(listed),
        citations=count_citations(prose),
        unresolved=prose.count("[?]") + prose.count("??"),
        hidden=hidden,
        rows=tuple(row for part in parts for row in _rows(part)),
        bibliography=listed,
    )


class _Part(NamedTuple):
    heading: str
    lines: list[Line]
    is_appendix: bool = False


def _split(lines: Sequence[Line]) -> list[_Part]:
    """Parts by heading lines; what stands before the first (title, authors) is left out. Where that would be half of
    all words, a numbered heading may come first, and if there is none either, all is text."""
    for is_first in (_is_named_heading, _is_numbered_heading):
        front, parts = _split_from(lines, is_first)
        words = count_words(" ".join(line.text for line in lines))
        if 2 * count_words(" ".join(front)) <= words and any(not _is_list(part.heading) for part in parts):
            return parts
    listed = next((at for at, line in enumerate(lines) if is_named(line.text) and _is_list(line.text)), len(lines))
    return [_Part("Text", list(lines[:listed])), *_split_from(lines[listed:], _is_named_heading)[1]]


def _split_from(lines: Sequence[Line], is_first: Callable[[str], bool]) -> tuple[list[str], list[_Part]]:
    """What stands before the first heading, and the parts. What follows the list of references, or a heading that says
    so, is appendix."""
    front: list[str] = []
    parts: list[_Part] = []
    for line in lines:
        last = parts[-1] if parts else None
        if _begins_part(line, last.heading) if last else line.role not in ("text", "row") and is_first(line.text):
            is_after = bool(last and (last.is_appendix or (_is_list(last.heading) and not _is_list(line.text))))
            is_named_so = bool(re.match(r"^(?:[A-Z]\.?\s+)?appendi", line.text, re.I))
            parts.append(_Part(line.text, [], is_after or is_named_so))
        elif run_in := re.match(r"^Abstract\s*[—.:-]\s*(.+)$", line.text):
            parts.append(_Part("Abstract", [Line(run_in[1], "text")]))
        elif last:
            last.lines.append(line)
        else:
            front.append(line.text)
    return front, parts


_APPENDED = re.compile(r"(?:[A-Z]|\d{1,2}|[IVX]+)(?:\.\d+)*\.?\s+[A-Z](?!.*(?:[,;]|\w{2}\.(?:\s|$)))")
"""A heading after the references; a name with its initial ("F. Harper and J. Konstan. The films.") may look like it."""


def _begins_part(line: Line, within: str) -> bool:
    if line.role in ("text", "row"):
        return False
    if _is_heading(line.text, within):
        return True
    return line.role == "heading" and not (_is_list(within) and not _APPENDED.match(line.text))


def _is_named_heading(line: str) -> bool:
    """Before the first heading only a named one counts: an author's line may look like another."""
    return len(line) <= 80 and is_named(line)


def _is_numbered_heading(line: str) -> bool:
    return len(line) <= 80 and may_head(line)


def _rows(part: _Part) -> tuple[str, ...]:
    """The lines of a part that are of a table or drawing; among the references only those known to be."""
    is_list = _is_list(part.heading)
    return tuple(tidy(line.text) for line in part.lines if (line.role == "row" if is_list else _is_row(line)))


def _is_row(line: Line) -> bool:
    return line.role == "row" or (line.role == "unknown" and is_row(line.text))


def _part(heading: str, lines: list[Line], is_appendix: bool) -> Part:
    """A heading like 4.1 is below a section."""
    kept = "\n".join(line.text for line in lines if line.text and not _is_row(line))
    return Part(_bare(heading), not re.match(r"^\w+\.\d", heading), tidy(kept), is_appendix)


def _bare(heading: str) -> str:
    return re.sub(rf"^{_NUMBERING}(?=\w)", "", heading)


def _is_list(heading: str) -> bool:
    return kind_of(_bare(heading)) == "references"


def is_row(line: str) -> bool:
    """Rows of tables, tick labels, page numbers: lines with numerals and hardly a word."""
    return any(char.isdigit() for char in line) and count_words(line) < 3


def split_entries(lines: Sequence[str]) -> tuple[str, ...]:
    """The entries of a list of references: parted by [1], [2], ..., else by blank lines, else where a year ends one.

    Blank lines may be those between pages alone: then there are few to the ends that are seen.
    """
    text = "\n".join(lines).strip()
    blank = re.split(r"\n\s*\n", text)
    ended = _ENTRY_END.split(re.sub(r"\n\s*\n", "\n", text))
    if len(re.findall(r"^\[\d+\]", text, re.M)) > 1:
        pieces = re.split(r"\n(?=\[\d+\])", text)
    elif len(blank) > 1 and 2 * len(blank) >= len(ended):
        pieces = blank
    else:
        pieces = ended if len(ended) > 1 else text.splitlines()
    return tuple(entry for piece in pieces if (entry := tidy(piece)))


def is_named(line: str) -> bool:
    """Whether a line is a heading that papers have by custom."""
    match = _NAMED.match(line)
    return bool(match and match[1][0].isupper())


def may_head(line: str) -> bool:
    """Whether a line has the words of a heading, by custom or by number."""
    return is_named(line) or bool(_NUMBERED.match(line))


def _is_heading(line: str, within: str) -> bool:
    """Among the references a named heading counts, or a lettered one of an appendix; elsewhere a numbered one too."""
    if len(line) > 80:
        return False
    lettered = r"^[A-H]\.? [A-Z][a-z]+(?: [A-Za-z]+){0,5}$"
    return is_named(line) or bool(re.match(lettered, line) if _is_list(within) else _NUMBERED.match(line))


def _count_references(entries: Sequence[str]) -> int:
    """Numbers that entries begin with, where they are numbered, else entries with a year."""
    numbered = {match[1] for entry in entries if (match := re.match(r"\[(\d+)\]", entry))}
    return len(numbered) or sum(bool(re.search(r"\b(?:19|20)\d\d[a-z]?\b", entry)) for entry in set(entries))


def _share_referenced(prose: str, numbers: set[tuple[str, str]]) -> float:
    """Share of figures and tables that are named once more than by their caption."""
    if not numbers:
        return 1.0
    names = {"F": r"(?:Figures?|Figs?\.)", "T": r"Tables?"}
    counts = [len(re.findall(rf"{names[kind]}\s*{number}\b", prose, re.I)) for kind, number in numbers]
    return sum(count >= 2 for count in counts) / len(counts)
