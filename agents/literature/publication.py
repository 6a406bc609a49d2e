"""A publication as any service describes it, checked and cleaned, and the Source with BibTeX that is made from it."""

import base64
import hashlib
import re
import time
from typing import Literal
from urllib.parse import quote

from agents.errors import UserError
from agents.literature.bibtex import parse_bibtex
from agents.literature.clean import clean_abstract, clean_text
from agents.literature.latex_text import latex_text
from agents.literature.wording import words
from agents.schema import Record, Source

Kind = Literal["article", "inproceedings", "book", "misc"]
_VENUE_FIELDS: dict[Kind, str] = {
    "article": "journal",
    "inproceedings": "booktitle",
    "book": "publisher",
    "misc": "howpublished",
}
_MOST_AUTHORS = 50
_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]+")
_NUMBER = re.compile(r"[0-9A-Za-z.,:–-]{1,30}")
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "inc", "ltd", "phd", "md"}
_NO_KEY_WORDS = frozenset({"and", "are", "can", "does", "for", "from", "how", "the", "what", "when", "why", "with"})


class Publication(Record):
    """What a service says of a publication; text as it came. `doi` may be an address that holds one."""

    title: str
    year: int
    authors: tuple[str, ...] = ()
    venue: str = ""
    abstract: str = ""
    url: str = ""
    doi: str = ""
    kind: Kind = "misc"
    volume: str = ""
    number: str = ""
    pages: str = ""


def make_source(found: Publication, origin: str, key: str = "") -> Source | None:
    """The source with BibTeX made from the record alone, under `key` or one that follows from author, year and title.

    None for a record without title or a sensible year. The entry is read back by our own reader before it is used.
    """
    title = clean_text(found.title, 400)
    if not re.search(r"\w", title) or not 1400 <= found.year <= time.gmtime().tm_year + 2:
        return None
    authors = tuple(name for name in map(_reading_order, found.authors[:_MOST_AUTHORS]) if name)
    has_more = len(found.authors) > _MOST_AUTHORS
    venue, doi = clean_text(found.venue, 300), find_doi(found.doi) or find_doi(found.url, is_address=True)
    source = Source(
        key=key or _make_key(title, authors, found.year),
        title=title,
        authors=authors,
        year=found.year,
        venue=venue,
        abstract=clean_abstract(found.abstract),
        url=f"https://doi.org/{doi}" if doi else clean_address(found.url),
        bibtex="",
        origin=origin,
    )
    bibtex = _write(source, found, doi, has_more)
    return source.model_copy(update={"bibtex": bibtex}) if _reads_back(bibtex, source.key) else None


def find_doi(text: str, *, is_address: bool = False) -> str:
    """The DOI in `text`, "" if none; with `is_address` only one that the DOI resolver or arXiv would resolve."""
    if is_address and (arxiv := re.search(r"arxiv\.org/(?:abs|pdf)/([\w./-]+?)(?:v\d+)?(?:\.pdf)?$", text)):
        return f"10.48550/arXiv.{arxiv[1]}"
    if is_address and "doi.org/" not in text:
        return ""
    match = _DOI.search(text)
    return match.group().rstrip(".;:(") if match else ""


def clean_address(url: str) -> str:
    """A web address that is safe in LaTeX and BibTeX; "" for anything else."""
    url = url.strip()
    if not re.match(r"https?://[\w.-]+(?::\d+)?(?:/|$)", url) or len(url) > 500:
        return ""
    return quote(url, safe=":/?&=,;+@~.-_()%")


def normalised_title(title: str) -> str:
    """Letters and digits alone, in lower case."""
    return re.sub(r"[\W_]+", "", title.casefold())


def surname(name: str) -> str:
    """The last word of a name that is more than a suffix, in plain lower case; "" if none is in Latin letters."""
    parts = [part for part in words(name) if part not in _SUFFIXES]
    return parts[-1] if parts else ""


def _reading_order(name: str) -> str:
    """ "Last, First" as "First Last"; a comma before a suffix or an institution's form stays."""
    name = clean_text(name, 150)
    last, comma, first = name.partition(",")
    is_whole = not comma or "," in first or first.strip(" .").lower() in _SUFFIXES or len(last.split()) > 3
    if is_whole or re.search(r"\b(?:and|for|of|the)\b", name):
        return "" if name.lower() in {"others", "et al.", "and"} else name
    return " ".join(f"{first} {last}".split())


def _make_key(title: str, authors: tuple[str, ...], year: int) -> str:
    """Readable, and unlike that of any other title or year; the same whichever service tells of the publication."""
    who = (surname(authors[0]) if authors else "") or "anon"
    what = next((word for word in words(title) if word not in _NO_KEY_WORDS and len(word) > 2), "work")
    digest = hashlib.sha256(f"{normalised_title(title)} {year}".encode()).digest()
    return f"{who}{year}{what}-{base64.b32encode(digest)[:6].decode().lower()}"


def _write(source: Source, found: Publication, doi: str, has_more: bool) -> str:
    kind: Kind = found.kind if source.venue else "misc"
    names = [_author(name) for name in source.authors] + (["others"] if has_more else [])
    fields = {
        "title": f"{{{latex_text(source.title)}}}",
        "author": " and ".join(names),
        "year": str(source.year),
        _VENUE_FIELDS[kind]: latex_text(source.venue),
        **{name: value for name in ("volume", "number", "pages") if (value := _number(getattr(found, name)))},
        "doi": doi,
        "url": "" if doi else source.url,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@{kind}{{{source.key},\n" + ",\n".join(lines) + "\n}"


def _author(name: str) -> str:
    """In braces where BibTeX would take the name apart wrongly."""
    is_whole = "," in name or re.search(r"(?i)(^|\s)and(\s|$)", name)
    return f"{{{latex_text(name)}}}" if is_whole else latex_text(name)


def _number(text: str) -> str:
    text = text.strip()
    return re.sub(r"-+|–", "--", text) if _NUMBER.fullmatch(text) else ""


def _reads_back(bibtex: str, key: str) -> bool:
    try:
        return [entry.key for entry in parse_bibtex(bibtex, "an entry", "")] == [key]
    except UserError:
        return False
