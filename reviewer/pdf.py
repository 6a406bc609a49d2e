"""A paper from its PDF: text, headings, captions, references, and text that no reader of the page would see."""

import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reviewer.errors import ReviewerError
from reviewer.schema import Paper, Section
from reviewer.text import ZERO_WIDTH, Part, count_words, kind_of, nest, tidy

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_MAX_PAGES = 100
_MAX_BYTES = 100 * 2**20
_LEAST_POINTS = 3.0
_NUMBERING = r"(?:(?:\d{1,2}(?:\.\d{1,2})*|[A-H]|[IVX]{1,5})\.?\s+)?"
_NAMED = re.compile(
    rf"^{_NUMBERING}(abstract|introduction|motivation|background|related work|prior work|methods?|approach|data|setup|"
    r"experiments?|experimental (?:setup|results)|evaluation|results?|analysis|ablations?(?: stud(?:y|ies))?|"
    r"negative results?|discussion|limitations?|(?:discussion and )?limitations|conclusions?|reproducibility|"
    r"appendix|acknowledge?ments?|references|bibliography)$",
    re.I,
)
_NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2})*\.?|[A-H]\.?)\s+[A-Z][A-Za-z,:' -]{2,60}$")
_CAPTION = re.compile(r"^(Figure|Fig\.|Table)\s+(\d+)\s*[:.]", re.I)


class _Fragment(NamedTuple):
    page: int
    text: str
    points: float
    is_invisible: bool


def read_pdf(path: Path) -> Paper:
    """Read a PDF of at most 100 pages; encrypted, broken, empty or scanned ones raise ReviewerError."""
    pages, fragments, named = _extract(path)
    lines = [line.strip() for page in pages for line in page.splitlines() if line.strip()]
    if count_words(" ".join(lines)) < 30:
        raise ReviewerError(f"{path} has no text to review (scanned pages?); give a PDF with a text layer")
    sections = _split(lines)
    prose = " ".join(part.text for part in sections if part.kind != "references")
    numbers = {(match[1][0].upper(), match[2]) for line in lines if (match := _CAPTION.match(line))}
    return Paper(
        title=tidy(named or _title(fragments, pages[0])),
        sections=tuple(part for part in sections if part.kind != "references"),
        figures=sum(kind == "F" for kind, _ in numbers),
        tables=sum(kind == "T" for kind, _ in numbers),
        floats_referenced=_share_referenced(prose, numbers),
        equations=len({match[1] for line in lines if (match := re.search(r"\((\d{1,2})\)$", line))}),
        references=_count_references(sections),
        citations=len(re.findall(r"\[\d+(?:[,\s-]+\d+)*\]|\((?:[^()]*?\b(?:19|20)\d\d[a-z]?)+\)", prose)),
        unresolved=prose.count("[?]") + prose.count("??"),
        hidden=_hidden(fragments),
    )


def _extract(path: Path) -> tuple[list[str], list[_Fragment], str]:
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it remarks on every oddity; what matters raises
    content = _read(path)
    try:
        reader = PdfReader(BytesIO(content))
        _check(path, reader)
        fragments: list[_Fragment] = []
        pages = [_page_text(number, page, fragments) for number, page in enumerate(reader.pages)]
        return pages, fragments, (reader.metadata.title if reader.metadata else "") or ""
    except ReviewerError:
        raise
    except Exception as error:
        # A damaged file fails in pypdf wherever the damage shows, with any error of Python's; none can be gone on from.
        raise ReviewerError(f"{path} cannot be read as a PDF: {' '.join(str(error).split())}") from error


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ReviewerError(f"{path} is larger than {_MAX_BYTES // 2**20} MB; give the PDF of one paper")
        content = path.read_bytes()
    except OSError as error:
        raise ReviewerError(f"cannot read {path}: {error.strerror}") from error
    if b"%PDF-" not in content[:1024]:
        raise ReviewerError(f"{path} is not a PDF" if content else f"{path} is empty; expected a PDF")
    return content


def _check(path: Path, reader: "PdfReader") -> None:
    if reader.is_encrypted:
        raise ReviewerError(f"{path} is encrypted; give a PDF without a password")
    if not 0 < len(reader.pages) <= _MAX_PAGES:
        raise ReviewerError(f"{path} has {len(reader.pages)} pages; a paper of 1 to {_MAX_PAGES} pages is expected")


def _page_text(number: int, page: "PageObject", fragments: list[_Fragment]) -> str:
    """Text of a page; its fragments are noted with their size and whether they are drawn without ink."""
    ink = _Ink()

    def note(text: str, matrix: list[float], text_matrix: list[float], _font: Any, size: float) -> None:
        scale = abs(matrix[3] * text_matrix[3]) or abs(matrix[1] * text_matrix[2]) or 1.0
        fragments.append(_Fragment(number, text, float(size or 0) * scale, ink.was_invisible))

    return page.extract_text(visitor_operand_before=ink.watch, visitor_text=note)


class _Ink:
    """Follows fill colour and text rendering mode, and remembers both at the last stroke of text."""

    def __init__(self) -> None:
        self.mode = 0.0
        self.is_white = False
        self.was_invisible = False

    def watch(self, operator: bytes, operands: Any, _matrix: Any, _text_matrix: Any) -> None:
        if operator in (b"Tj", b"TJ", b"'", b'"'):
            self.was_invisible = self.is_white or self.mode == 3
        elif operator == b"Tr":
            self.mode = float(operands[0])
        elif operator in (b"g", b"rg"):
            self.is_white = all(float(value) > 0.97 for value in operands)
        elif operator == b"k":
            self.is_white = all(float(value) < 0.03 for value in operands)


def _title(fragments: list[_Fragment], first_page: str) -> str:
    """The largest text of the first page, where it is a line or three, else its first line."""
    first = [fragment for fragment in fragments if fragment.page == 0 and count_words(fragment.text)]
    largest = max((round(fragment.points, 1) for fragment in first), default=0.0)
    text = " ".join(fragment.text for fragment in first if round(fragment.points, 1) == largest)
    return text if 0 < count_words(text) <= 40 else first_page.strip().partition("\n")[0]


def _split(lines: list[str]) -> tuple[Section, ...]:
    """Parts by heading lines; what stands before the first (title, authors) is left out."""
    parts: list[tuple[str, list[str]]] = []
    for line in lines:
        if _is_heading(line, within=parts[-1][0] if parts else None):
            parts.append((line, []))
        elif run_in := re.match(r"^Abstract\s*[—.:-]\s*(.+)$", line):
            parts.append(("Abstract", [run_in[1]]))
        elif parts:
            parts[-1][1].append(line)
    return nest(_part(title, body) for title, body in parts or [("Text", lines)])


def _part(heading: str, lines: list[str]) -> Part:
    """A heading like 4.1 is below a section; among references every line is kept."""
    title = re.sub(rf"^{_NUMBERING}(?=\w)", "", heading)
    is_list = kind_of(title) == "references"
    kept = "\n".join(line for line in lines if is_list or not _is_drawing(line))
    return Part(title, not re.match(r"^\w+\.\d", heading), kept if is_list else tidy(kept))


def _is_heading(line: str, within: str | None) -> bool:
    """Before the first heading only a named one counts (an author may look like another), among the references a named
    one or a lettered one of an appendix."""
    if len(line) > 80:
        return False
    is_named = bool((match := _NAMED.match(line)) and match[1][0].isupper())
    if within is None:
        return is_named
    lettered = r"^[A-H]\.? [A-Z][a-z]+(?: [A-Za-z]+){0,5}$"
    return is_named or bool(re.match(lettered, line) if kind_of(within) == "references" else _NUMBERED.match(line))


def _is_drawing(line: str) -> bool:
    """Tick labels, table rows, page numbers: lines with numerals and hardly a word."""
    return any(char.isdigit() for char in line) and count_words(line) < 3


def _count_references(sections: tuple[Section, ...]) -> int:
    text = "\n".join(part.text for part in sections if part.kind == "references")
    numbered = set(re.findall(r"^\s*\[(\d+)\]", text, re.M))
    years = {line for line in text.splitlines() if re.search(r"\b(?:19|20)\d\d[a-z]?\b", line)}
    return len(numbered) or len(years)


def _share_referenced(prose: str, numbers: set[tuple[str, str]]) -> float:
    """Share of figures and tables that are named once more than by their caption."""
    if not numbers:
        return 1.0
    names = {"F": r"(?:Figures?|Figs?\.)", "T": r"Tables?"}
    counts = [len(re.findall(rf"{names[kind]}\s*{number}\b", prose, re.I)) for kind, number in numbers]
    return sum(count >= 2 for count in counts) / len(counts)


def _hidden(fragments: list[_Fragment]) -> tuple[str, ...]:
    """Runs of text without ink, too small to read, or made of characters without width."""
    unseen = tidy(
        " ".join(f.text for f in fragments if f.text.strip() and (f.is_invisible or f.points < _LEAST_POINTS))
    )
    found = [unseen[:120]] if count_words(unseen) >= 8 else []
    zero_width = sum(len(ZERO_WIDTH.findall(fragment.text)) for fragment in fragments)
    return (*found, *([f"{zero_width} characters without width"] if zero_width >= 3 else []))
