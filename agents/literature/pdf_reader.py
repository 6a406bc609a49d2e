"""A program of its own: reads PDFs named on its command line and prints a JSON object a line for each, in order.

It runs apart since PDFium is C++ and the PDFs come from anywhere. It imports nothing of Naturalist.
"""

import json
import re
import signal
import sys
from datetime import date
from itertools import groupby
from typing import Any

_PAGES = 2
_MOST_SIGNS = 20_000
_MEMORY_BYTES = 2 * 2**30
_SECONDS_PER_PDF = 10
_NO_TITLE = re.compile(r"(?i)untitled|microsoft word|\.(?:dvi|docx?|tex|pdf|indd|ps)\b|^[\W\d_]*$|^arxiv:")
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
        printed = _largest_lines(pages[0]) if pages else ""
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


def _largest_lines(page: Any) -> str:
    """The first run of lines on a page in its largest type; a stamp up the margin is seldom the largest."""
    import pypdfium2.raw as raw

    sizes: list[tuple[float, str]] = []
    for place in range(min(page.count_chars(), 4000)):
        sign = chr(raw.FPDFText_GetUnicode(page, place))
        sizes.append((round(raw.FPDFText_GetFontSize(page, place), 1), sign))
    letters = [size for size, sign in sizes if sign.isalpha()]
    if not letters:
        return ""
    largest = max(size for size in set(letters) if letters.count(size) >= 8 or size == max(letters))
    kept = [(size if not sign.isspace() else largest, sign) for size, sign in sizes]
    for size, run in groupby(kept, key=lambda pair: pair[0]):
        text = " ".join("".join(sign for _, sign in run).split())
        if size == largest and _is_title(text):
            return text
    return ""


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
