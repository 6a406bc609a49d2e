"""A paper from its PDF: text, headings, captions, references, and text that no reader of the page would see.

PDFium parses in this process: it is fuzzed without end for Chrome, pages, objects and characters are bounded here, and
a process of its own would cost each paper a fifth of a second. It knows one thread, so a lock keeps others out.
"""

import re
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reviewer.errors import ReviewerError
from reviewer.reading.flow import body_size, read_flow
from reviewer.reading.furniture import without_author_notes, without_running_heads
from reviewer.reading.layout import Line, Segment, find_segments, read_pages
from reviewer.reading.objects import said_beside
from reviewer.reading.outline import Line as OutlineLine
from reviewer.reading.outline import is_named, read_outline
from reviewer.reading.sheets import Sheet, load, read_sheet
from reviewer.reading.whispers import find_addressed, find_unseen, is_readable, take_out_encoded
from reviewer.schema import Paper
from reviewer.text import count_words, tidy

_MAX_PAGES = 100
_MAX_BYTES = 100 * 2**20
_LEAST_WORDS = 30
_DRAWING_S = 20.0  # from here on pages are no longer drawn to see what hides on them
_ONE_AT_A_TIME = threading.Lock()


def read_pdf(path: Path) -> Paper:
    """Read a PDF of at most 100 pages.

    One that asks for a password, is damaged, empty or scanned raises ReviewerError. Names of authors are left out, and
    so is text that no reader sees: `hidden` quotes it.
    """
    content = _read(path)
    with _ONE_AT_A_TIME, _opened(path, content) as document:
        named = _metadata_title(document)
        sheets = _sheets(path, document)
    hidden = (*find_unseen(sheets), *find_addressed(said_beside(content)))
    return _paper(path, sheets, named, hidden)


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


@contextmanager
def _opened(path: Path, content: bytes) -> Generator[Any]:
    """The document as PDFium knows it; one with a password for its owner alone opens without."""
    pdfium = load()
    document = pdfium.FPDF_LoadMemDocument64(content, len(content), None)
    if not document:
        if pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise ReviewerError(f"{path} is encrypted; give a PDF without a password")
        raise ReviewerError(f"{path} cannot be read as a PDF (damaged or cut off?); export or download it again")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _sheets(path: Path, document: Any) -> list[Sheet]:
    pages = load().FPDF_GetPageCount(document)
    if not 0 < pages <= _MAX_PAGES:
        raise ReviewerError(f"{path} has {pages} pages; a paper of 1 to {_MAX_PAGES} pages is expected")
    ends = time.monotonic() + _DRAWING_S
    try:
        return [read_sheet(document, number, ends) for number in range(pages)]
    except ReviewerError as error:
        raise ReviewerError(f"{path} cannot be read as a PDF: {error}") from error


def _metadata_title(document: Any) -> str:
    import ctypes

    buffer = ctypes.create_string_buffer(2048)
    size = load().FPDF_GetMetaText(document, b"Title", buffer, 2048)
    return buffer.raw[: max(min(size, 2048) - 2, 0)].decode("utf-16-le", errors="replace")


def _paper(path: Path, sheets: Sequence[Sheet], named: str, hidden: tuple[str, ...]) -> Paper:
    readable = [sheet._replace(pieces=tuple(p for p in sheet.pieces if is_readable(p))) for sheet in sheets]
    pages = [find_segments(sheet) for sheet in readable]
    labels = [piece.text for sheet in readable for piece in sheet.pieces if piece.is_drawing]
    segments = without_running_heads(pages, [sheet.height for sheet in readable])
    if count_words(" ".join(one.text for page in segments for one in page)) < _LEAST_WORDS:
        raise ReviewerError(f"{path} has no text to review (scanned pages?); give a PDF with a text layer")
    title = _title(segments[0], named)
    lines = read_pages(_without_front(segments, readable))
    marked, encoded = _without_encoded(read_flow(lines))
    marked += [OutlineLine(label, "row") for label in labels if label.strip()]
    return read_outline(marked, title, hidden + encoded)


def _without_encoded(marked: Sequence[OutlineLine]) -> tuple[list[OutlineLine], tuple[str, ...]]:
    texts, encoded = take_out_encoded([line.text for line in marked])
    return [OutlineLine(text, line.role) for text, line in zip(texts, marked, strict=True)], encoded


def _without_front(pages: Sequence[Sequence[Segment]], sheets: Sequence[Sheet]) -> list[Sequence[Segment]]:
    """Leave out what stands above the first heading (title, authors) and notes about the authors at the foot."""
    body = body_size([line for number, page in enumerate(pages) for line in _as_lines(page, number)])
    first = without_author_notes(pages[0], sheets[0].height, body)
    heads = [one for one in first if is_named(one.text) or re.match(r"^Abstract\s*[—.:-]", one.text)]
    if heads:
        head = max(heads, key=lambda one: one.baseline)
        first = [one for one in first if one.baseline <= head.baseline + 1.2 * head.size]
    return [first, *pages[1:]]


def _as_lines(page: Sequence[Segment], number: int) -> list[Line]:
    return [Line(one.text, number, one.left, one.left, one.right, one.baseline, one.size, one.is_bold) for one in page]


def _title(page: Sequence[Segment], named: str) -> str:
    """The title that the file names if it stands on the first page, else the page's largest text of up to 40 words,
    else its first line."""
    text = _bare(" ".join(one.text for one in page))
    words = set(_bare(named).split())
    if count_words(named) >= 3 and sum(word in text for word in words) >= 0.9 * len(words):
        return named
    lettered = [one for one in page if count_words(one.text)]
    largest = max((round(one.size, 1) for one in lettered), default=0.0)
    ordered = sorted(lettered, key=lambda one: (-round(one.baseline), one.left))
    title = " ".join(one.text for one in ordered if one.size >= 0.97 * largest)
    return title if 0 < count_words(title) <= 40 else (ordered[0].text if ordered else "")


def _bare(text: str) -> str:
    return re.sub(r"\W+", " ", tidy(text).lower()).strip()
