"""A program of its own: reads PDFs named on its command line and prints a JSON object a line for each, in order.

It runs apart since PDFium is C++ and the PDFs come from anywhere. It imports nothing of Naturalist.
"""

import json
import math
import re
import signal
import sys
from collections import Counter
from datetime import date
from itertools import groupby
from typing import Any

_PAGES = 2
_MOST_SIGNS = 20_000
_MEMORY_BYTES = 2 * 2**30
_SECONDS_PER_PDF = 10
_NO_TITLE = re.compile(
    r"(?i)untitled|microsoft word|\.(?:dvi|docx?|tex|pdf|indd|ps)\b|^[\W\d_]*$|^arxiv:"
    r"|^\d*\.?\s*(?:introduction|overview|abstract|contents|references)\b"
)
_ABSTRACT = re.compile(
    r"\bA\s?BSTRACT\b[\s.:—–-]*(?P<text>.{80,5000}?)"
    r"(?=\n\s*(?:(?:\d+|I)\.?\s*)?(?:I\s?NTRODUCTION|KEY\s?WORDS?|INDEX TERMS)\b|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_STAMP = re.compile(r"arXiv:(\d{2})(\d{2})\.\d{4,5}")
_DATED = re.compile(
    r"(?i)(?:©|\(c\)|copyright|published|proceedings|conference|workshop|accepted|journal|volume|vol\.)"
    r"[^\n]{0,80}?\b((?:19|20)\d\d)\b"
)
_DOI = re.compile(r"\b10\.\d{4,9}/[-._;()/:A-Za-z0-9]+")


def main(paths: list[str]) -> None:
    _limit_memory()
    for path in paths:
        _limit_time()
        sys.stdout.write(json.dumps(read_pdf(path)) + "\n")
        sys.stdout.flush()


def read_pdf(path: str) -> dict[str, Any]:
    """The fields of a Publication, or a `reason` why there are none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except (pypdfium2.PdfiumError, OSError) as error:
        return {"reason": f"it cannot be opened as a PDF ({error})"}
    try:
        told = {name: document.get_metadata_value(name).strip() for name in ("Title", "Author", "CreationDate")}
        pages = [document[number].get_textpage() for number in range(min(_PAGES, len(document)))]
        text = "\n".join(page.get_text_range(0, min(page.count_chars(), _MOST_SIGNS)) for page in pages)
        text = text.replace("\r\n", "\n").replace("\ufffe", "")
        printed = _find_title(pages[0]) if pages else ""
    except pypdfium2.PdfiumError as error:
        return {"reason": f"its first pages cannot be read ({error})"}
    title = told["Title"] if _is_title(told["Title"]) else printed
    if not _is_title(title):
        return {"reason": "no title can be found in it; give it an entry in a BibTeX file"}
    year = _year(text, told["CreationDate"])
    if year is None:
        return {"reason": "no year can be found in it; give it an entry in a BibTeX file"}
    abstract = _ABSTRACT.search(text)
    doi, stamp = _DOI.search(text), _STAMP.search(text)
    return {
        "title": title,
        "year": year,
        "authors": [name for part in re.split(r"[;,]|\band\b|&", told["Author"]) if (name := part.strip())],
        "abstract": _unbroken(abstract["text"]) if abstract else "",
        "doi": doi.group() if doi else "",
        "url": f"https://arxiv.org/abs/{stamp.group()[6:]}" if stamp else "",
    }


def _is_title(text: str) -> bool:
    return 8 <= len(text) <= 300 and len(text.split()) >= 2 and not _NO_TITLE.search(text)


def _find_title(page: Any) -> str:
    """The first text on a page in its largest upright type, or else its first line that could be a title."""
    signs = [_sized(page, place) for place in range(min(page.count_chars(), 4000))]
    letters = Counter(size for size, sign in signs if sign.isalpha() and size > 0)
    often = [size for size, count in letters.items() if count >= 8]
    largest = max(often, default=0.0)
    runs = groupby(signs, key=lambda pair: largest if pair[1].isspace() else pair[0])
    texts = [" ".join("".join(sign for _, sign in run).split()) for size, run in runs if size == largest]
    lines = "".join(sign for _, sign in signs).splitlines() if len(letters) < 2 else []
    return next((text for text in [*lines, *texts] if _is_title(text)), "")


def _sized(page: Any, place: int) -> tuple[float, str]:
    """A sign of the page with its height in points; 0 for what stands on its side, as a stamp up the margin does."""
    import pypdfium2.raw as raw

    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(page, place, matrix)
    is_upright = abs(matrix.a) >= abs(matrix.b)
    size = raw.FPDFText_GetFontSize(page, place) * math.hypot(matrix.c, matrix.d)
    return (round(size, 1) if is_upright else 0.0, chr(raw.FPDFText_GetUnicode(page, place)))


def _year(text: str, created: str) -> int | None:
    stamp = _STAMP.search(text)
    if stamp:
        return 2000 + int(stamp[1])
    dated = _DATED.search(text[:4000])
    made = re.match(r"(?:D:)?((?:19|20)\d\d)", created)
    found = dated or made
    year = int(found[1]) if found else None
    return year if year is not None and year <= date.today().year + 1 else None


def _unbroken(text: str) -> str:
    return " ".join(re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", text).split())


def _limit_time() -> None:
    """End this program if the next PDF takes longer: a signal reaches it inside PDFium too."""
    if hasattr(signal, "alarm"):  # not on Windows
        signal.alarm(_SECONDS_PER_PDF)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


if __name__ == "__main__":
    main(sys.argv[1:])
