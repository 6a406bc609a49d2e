"""Lines of all pages to the lines of an outline: headings told by their type, asides put after the sentence that they
interrupt, entries of the list of references parted by blank lines."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.reading import outline
from reviewer.reading.layout import Line
from reviewer.text import count_words

_CAPTION = re.compile(r"^(?:Figure|Fig\.|Table|Algorithm)\s+\w{1,4}\s*[:.]", re.I)
_REFERENCES = re.compile(r"^(?:(?:\d{1,2}|[IVX]+)\.?\s+)?(?:references|bibliography)$", re.I)
_ENDS = re.compile(r"[.!?:][\"')\]’”]*$")
_LABEL = re.compile(r"^(?:\[[\w+-]{1,12}\]|\d{1,3}\.)\s")
_HYPHENED = ("self", "well", "non", "fine", "cross", "low", "high", "short", "long", "end", "one", "two", "state")
_BROKEN = re.compile(r"([^\W\d_]+)-$")
_LEAST_HEADINGS = 3
_MOST_LABEL_WORDS = 4


def body_size(lines: Sequence[Line]) -> float:
    """The size that most letters have, in points."""
    counts = Counter[float]()
    for line in lines:
        counts[round(line.size, 1)] += len(line.text)
    return counts.most_common(1)[0][0] if counts else 10.0


def read_flow(lines: Sequence[Line]) -> list[outline.Line]:
    """Lines of an outline from the lines of all pages in reading order."""
    body = body_size(lines)
    roles = _roles(lines, body)
    start = next((at + 1 for at, line in enumerate(lines) if _REFERENCES.match(line.text)), len(lines))
    end = next((at for at in range(start, len(lines)) if roles[at] == "heading"), len(lines))
    before = _settle(lines[:start], roles[:start], body)
    after = _settle(lines[end:], roles[end:], body)
    return list(_mend([*before, *_part_references(lines[start:end]), *after]))


# --- headings ------------------------------------------------------


def _roles(lines: Sequence[Line], body: float) -> list[outline.Role]:
    """Where the named headings of a paper are set apart by their type, only lines so set can be headings."""
    named = [line for line in lines if outline.is_named(line.text)]
    styles = Counter(_style(line) for line in named if _is_apart(line, body))
    is_styled = sum(styles.values()) >= max(_LEAST_HEADINGS, 0.6 * len(named))
    main = {style for style, _ in styles.most_common(2)} if is_styled else set[tuple[float, bool, bool]]()
    roles: list[outline.Role] = [_role(line, body, main) for line in lines]
    for at in _labels(lines, roles):
        roles[at] = "row"
    return roles


def _labels(lines: Sequence[Line], roles: Sequence[outline.Role]) -> Iterator[int]:
    """Lines of few words above the caption of a figure: what is written in the figure."""
    for caption, line in enumerate(lines):
        if not re.match(r"^Fig(?:ure|\.)\s+\w{1,4}\s*[:.]", line.text):
            continue
        for at in range(caption - 1, -1, -1):
            above = lines[at]
            is_prose = count_words(above.text) > _MOST_LABEL_WORDS or _ENDS.search(above.text)
            if above.page != line.page or is_prose or roles[at] == "heading" or outline.is_named(above.text):
                break
            yield at


def _role(line: Line, body: float, main: set[tuple[float, bool, bool]]) -> outline.Role:
    if line.cells >= 3:
        return "row"
    if not main:
        return "unknown"
    if not _is_apart(line, body) or len(line.text) > 100:
        return "text"
    is_headed = _style(line) in main and bool(re.match(r"(?:[A-Z]|\d{1,2}\.?|[IVX]+\.)[\w.]*\s|[A-Z]\w+$", line.text))
    return "heading" if is_headed and not _CAPTION.match(line.text) and line.size >= 0.95 * body else "unknown"


def _is_apart(line: Line, body: float) -> bool:
    """Set in larger or bold type, or in capitals."""
    return line.size >= 1.08 * body or line.is_bold or _is_upper(line.text)


def _style(line: Line) -> tuple[float, bool, bool]:
    return round(line.size * 2) / 2, line.is_bold, _is_upper(line.text)


def _is_upper(text: str) -> bool:
    letters = re.sub(r"[\W\d_]", "", text)
    return len(letters) >= 4 and letters.isupper()


# --- asides --------------------------------------------------------


def _settle(lines: Sequence[Line], roles: Sequence[outline.Role], body: float) -> list[outline.Line]:
    """Captions, footnotes and rows wait until the sentence they stand in has ended."""
    settled: list[outline.Line] = []
    waiting: list[outline.Line] = []
    is_open = False
    for line, role, is_aside in _asides(lines, roles, body):
        if is_aside and role != "heading":
            (waiting if is_open else settled).append(outline.Line(line.text, role))
            continue
        if role == "heading":
            settled, waiting = settled + waiting, []
        settled.append(outline.Line(line.text, role))
        is_open = role != "heading" and not _ENDS.search(line.text)
        if not is_open:
            settled, waiting = settled + waiting, []
    return settled + waiting


def _asides(
    lines: Sequence[Line], roles: Sequence[outline.Role], body: float
) -> Iterator[tuple[Line, outline.Role, bool]]:
    """Each line with its role and whether it is of a caption, a table or figure, or a footnote."""
    above: Line | None = None
    was_caption = was_row = was_table = is_open = False
    for line, role in zip(lines, roles, strict=True):
        goes_on = above is not None and _goes_on(above, line)
        still_caption = was_caption and goes_on and not (was_table and line.cells > 1)
        is_caption = bool(_CAPTION.match(line.text)) or still_caption
        is_prose = (
            is_caption
            or role == "heading"
            or outline.may_head(line.text)
            or (is_open and line.cells < 2 and (goes_on or line.gap is None))
        )
        is_row = role == "row" or (
            not is_prose
            and (outline.is_row(line.text) or (was_table and _is_in_table(line, goes_on and was_row, body)))
        )
        is_aside = is_row or is_caption or _is_note(line, body)
        yield line, "row" if is_row else "prose" if role == "unknown" else role, is_aside
        is_open = is_open if is_aside else role != "heading" and not _ENDS.search(line.text)
        above, was_caption, was_row = line, is_caption, is_row
        was_table = is_row or (is_caption and (was_table or line.text.startswith("Table")))


def _is_in_table(line: Line, goes_on: bool, body: float) -> bool:
    """Cells after a caption or a row; in small type also a row whose cells lie close."""
    return line.cells > 1 or (goes_on and line.size < 0.97 * body)


def _goes_on(above: Line, line: Line) -> bool:
    """Whether a line continues the one above it: on the same page, in the same size, no further than lines are."""
    is_near = line.gap is not None and line.gap < 1.45 * max(line.size, above.size)
    return is_near and above.page == line.page and abs(above.size - line.size) < 0.6


def _is_note(line: Line, body: float) -> bool:
    return line.size < 0.88 * body and not re.match(r"^\W*$", line.text)


# --- references ----------------------------------------------------


def _part_references(lines: Sequence[Line]) -> list[outline.Line]:
    """Put a blank line before each entry of the list: by labels, else hanging indents, else wider gaps."""
    made: list[outline.Line] = []
    for line, is_first in zip(lines, _begins(lines), strict=True):
        made += [outline.Line("", "text")] if is_first else []
        made.append(outline.Line(line.text, "text"))
    return made


def _begins(lines: Sequence[Line]) -> list[bool]:
    if not lines:
        return []
    labelled = [bool(_LABEL.match(line.text)) for line in lines]
    if sum(labelled) >= max(2, len(lines) / 12):
        return labelled
    indents = [line.left - line.column for line in _with_list_edges(lines)]
    hanging = [indent > 4 for indent in indents]
    if 0.15 < sum(hanging) / len(lines) < 0.97:
        return [not is_hanging for is_hanging in hanging]
    return _wide_gaps(lines)


def _with_list_edges(lines: Sequence[Line]) -> list[Line]:
    """The lines with the left edge of their column taken from the list itself, on each page."""
    edges: dict[tuple[int, int], float] = {}
    for line in lines:
        key = (line.page, round(line.column / 100))
        edges[key] = min(edges.get(key, line.left), line.left)
    return [line._replace(column=edges[line.page, round(line.column / 100)]) for line in lines]


def _wide_gaps(lines: Sequence[Line]) -> list[bool]:
    """An entry begins after a gap wider than most, and at the top of a column if the last one had ended."""
    gaps = sorted(line.gap for line in lines if line.gap is not None)
    usual = gaps[len(gaps) // 4] if gaps else 0.0
    begins: list[bool] = []
    for index, line in enumerate(lines):
        has_ended = index == 0 or lines[index - 1].text.rstrip().endswith(".")
        begins.append(has_ended if line.gap is None else line.gap > 1.15 * usual)
    return begins


# --- words ---------------------------------------------------------


def _mend(lines: Sequence[outline.Line]) -> Iterator[outline.Line]:
    """Keep the hyphen of a word broken at a line's end where the paper writes it with one elsewhere, or most would."""
    words = " ".join(line.text for line in lines).lower()
    hyphened = Counter(re.findall(r"[^\W\d_]+-[^\W\d_]+", words))
    texts = [line.text for line in lines]
    for index in range(len(texts) - 1):
        broken, rest = _BROKEN.search(texts[index]), re.match(r"([^\W\d_]+)\S*\s?", texts[index + 1])
        if broken and rest and (broken[1] in _HYPHENED or hyphened[f"{broken[1]}-{rest[1]}".lower()]):
            texts[index] += rest[0].strip()
            texts[index + 1] = texts[index + 1][rest.end() :]
    for text, line in zip(texts, lines, strict=True):
        yield line._replace(text=text)
