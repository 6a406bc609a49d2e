"""A paper from its PDF: text, headings, captions, references, and text that no reader of the page would see."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from reviewer.errors import ReviewerError
from reviewer.reading.outline import read_lines
from reviewer.schema import Paper
from reviewer.text import ZERO_WIDTH, count_words, tidy

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

_MAX_PAGES = 100
_MAX_BYTES = 100 * 2**20
_LEAST_POINTS = 3.0


class _Fragment(NamedTuple):
    page: int
    text: str
    points: float
    is_invisible: bool


def read_pdf(path: Path) -> Paper:
    """Read a PDF of at most 100 pages; encrypted, broken, empty or scanned ones raise ReviewerError."""
    pages, fragments, named = _extract(path)
    lines = [line for page in pages for line in page.splitlines()]
    if count_words(" ".join(lines)) < 30:
        raise ReviewerError(f"{path} has no text to review (scanned pages?); give a PDF with a text layer")
    return read_lines(lines, title=named or _title(fragments, pages[0]), hidden=_hidden(fragments))


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


def _hidden(fragments: list[_Fragment]) -> tuple[str, ...]:
    """Runs of text without ink, too small to read, or made of characters without width."""
    unseen = tidy(
        " ".join(f.text for f in fragments if f.text.strip() and (f.is_invisible or f.points < _LEAST_POINTS))
    )
    found = [unseen[:120]] if count_words(unseen) >= 8 else []
    zero_width = sum(len(ZERO_WIDTH.findall(fragment.text)) for fragment in fragments)
    return (*found, *([f"{zero_width} characters without width"] if zero_width >= 3 else []))
