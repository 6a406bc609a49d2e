"""Numbers of a finished PDF that no evidence explains. Figures are left out: their ticks are scales, not claims."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.schema import Evidence, format_number

_TOKEN = re.compile(r"\w*\d(?:[\w.,]*\w)?")
_AND = r"(?:\s*,\s*|\s*,?\s+(?:and|to|or)\s+)"
_FLOAT, _SECTION = r"\(?\d+\)?(?![.,]?\d|\w)", r"(?:\d+|[A-Z])(?:\.\d+)*(?![.,]?\d|\w)"
_REFERENCE = re.compile(
    rf"(?:Figures?|Tables?|Equations?)\s*{_FLOAT}(?:{_AND}{_FLOAT})*"
    rf"|(?:Sections?|Appendix|Appendices)\s*{_SECTION}(?:{_AND}{_SECTION})*"
)
_HYPHEN = re.compile(r"(?<=[A-Za-z])- (?=[a-z])")
"""Where a line broke inside a word, as in "Fig-ure"."""
_EXPERIMENT = re.compile(r"s\d+[a-z]*-\s*\d{4,}")


class PdfText(NamedTuple):
    """Text of each page without figures, and the numbered headings from the bookmarks."""

    pages: tuple[str, ...]
    headings: tuple[str, ...]


def read_pdf(pdf: Path) -> PdfText:
    from pypdf import PdfReader

    reader = PdfReader(pdf)
    pages = tuple(_text_without_figures(page) for page in reader.pages)
    return PdfText(pages, tuple(_titles(reader.outline)))


def unexplained_numbers(
    text: PdfText, evidence: Evidence, experiments: Iterable[str], names: Sequence[str], cited: Mapping[str, str]
) -> list[str]:
    """Numbers in the text that are neither in the ledger nor numbering.

    Numbering is: pages, headings, references to figures and tables, ids of `experiments`, the `names` that print as
    they are, and years of citations; the bibliography is left out. `cited` maps keys of cited sources to their BibTeX.
    """
    body = _without_bibliography(_without_page_numbers(text.pages))
    body = _without_ids(_squeezed(body), frozenset(experiments))
    for heading in text.headings:
        body = _without_heading_number(body, heading)
    for name in sorted(set(names), key=len, reverse=True):
        body = _without_name(body, name)
    body = _REFERENCE.sub(" ", _HYPHEN.sub("", body))
    allowed = ledger_numbers(evidence) | _years(cited.values())
    return sorted({token for token in _TOKEN.findall(body) if token not in allowed})


def ledger_numbers(evidence: Evidence) -> frozenset[str]:
    """Every number as the ledger prints it, without sign: value, ends of the interval, n, and what its terms hold."""
    found: set[str] = set()
    for item in evidence.quantities.values():
        found |= {item.shown, format_number(item.value, item.decimals), str(item.n), *(item.interval or ())}
        found |= set(_TOKEN.findall(item.unit))
    for term in evidence.terms.values():
        found |= set(_TOKEN.findall(term.text))
    return frozenset(number.lstrip("-<") for number in found)


def _text_without_figures(page: Any) -> str:
    """Text of a page whose embedded drawings are taken for pictures."""
    from pypdf.generic import DictionaryObject, NameObject

    resources = page.get("/Resources")
    embedded = resources.get_object().get("/XObject") if resources is not None else None
    if embedded is not None:
        table = embedded.get_object()
        for name in list(table):
            table[name] = DictionaryObject({NameObject("/Subtype"): NameObject("/Image")})
    return str(page.extract_text())


def _titles(outline: Any) -> Iterator[str]:
    for item in outline:
        if isinstance(item, list):
            yield from _titles(item)
        else:
            yield str(item.title)


def _without_page_numbers(pages: Sequence[str]) -> list[str]:
    """The page number stands first or last in the text of a page."""
    return [re.sub(rf"\A\s*{n}\s*\n|\n\s*{n}\s*\Z", "", text) for n, text in enumerate(pages, start=1)]


def _without_bibliography(pages: Sequence[str]) -> str:
    """Drop what stands between the heading of the references and the appendix, which starts a page."""
    text = "\f".join(pages)
    return re.sub(r"[\n\f]References\n.*?(?=\fA\s*\n?Reproducibility|\Z)", "\n", text, flags=re.S)


def _without_ids(text: str, experiments: frozenset[str]) -> str:
    return _EXPERIMENT.sub(lambda match: " " if match[0].replace(" ", "") in experiments else match[0], text)


def _without_heading_number(text: str, heading: str) -> str:
    """Remove the number of a heading where the heading's first word follows it."""
    number, _, title = heading.partition(" ")
    first = title.split(" ")[0]
    return re.sub(rf"(?<![\w.]){re.escape(number)}\s*(?={re.escape(first)})", " ", text) if first else text


def _without_name(text: str, name: str) -> str:
    """Remove a name, however the line breaks fell."""
    pattern = r"\s*".join(re.escape(char) for char in name if not char.isspace())
    return re.sub(rf"(?<!\w){pattern}(?!\w)", " ", text) if pattern else text


def _years(entries: Iterable[str]) -> frozenset[str]:
    years = {year for entry in entries for year in re.findall(r"\b(?:1[5-9]|20)\d\d\b", entry)}
    return frozenset(years | {year + letter for year in years for letter in "abcdef"})


def _squeezed(text: str) -> str:
    """One blank between words; soft hyphens and blanks around the dot of a number closed up."""
    return re.sub(r"\s+", " ", text.replace("\u00ad", ""))
