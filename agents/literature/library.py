"""The user's own publications as a literature source: BibTeX files, Zotero's CSL JSON, PDFs, and folders of them.

Entries are read leniently and written anew for papers, under the key that the user gave them. What cannot be read is
left out and told of, once for each file.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from agents.errors import UserError
from agents.literature.bibtex import VENUES, Entry, parse_entries, split_authors
from agents.literature.csl import CslItem, describe_csl
from agents.literature.latex_text import plain_text
from agents.literature.merging import first_by_key
from agents.literature.pdf_folder import read_pdfs
from agents.literature.publication import Kind, Publication, find_doi, make_source
from agents.literature.word_index import WordIndex
from agents.schema import Source

_MOST_BYTES = 32 * 2**20
_MOST_FILES = 5000
_KINDS: dict[str, Kind] = {
    "article": "article", "inproceedings": "inproceedings", "conference": "inproceedings",
    "incollection": "inproceedings", "book": "book",
}  # fmt: skip
_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/+-]{0,99}")
"""Keys that every TeX takes in a citation; an entry under another gets one of our making."""
Report = Callable[[str], None]


class Library:
    """Reads `paths` when it is made, PDFs that have not changed from an index in `cache`; then ranks them by words.

    `on_degraded` hears at the first search of what was left out.
    """

    def __init__(self, paths: Iterable[Path], cache: Path, on_degraded: Callable[[str, str], None]) -> None:
        self._on_degraded = on_degraded
        self._left_out: dict[str, list[str]] = {}
        self._index = WordIndex(first_by_key(self._read(tuple(self._files(paths)), cache)))

    def search(self, query: str, count: int) -> list[Source]:
        """Return at most `count` publications that share words with the query, nearest first."""
        self._tell()
        return [source for source, similarity in self._index.rank(query)[: max(count, 0)] if similarity > 0]

    def _tell(self) -> None:
        while self._left_out:
            file, reasons = self._left_out.popitem()
            more = f" (and {len(reasons) - 1} more of its entries)" if len(reasons) > 1 else ""
            self._on_degraded(f"library {file}", f"left out: {reasons[0]}{more}")

    def _read(self, files: Sequence[Path], cache: Path) -> Iterator[Source]:
        for path in files:
            if path.suffix.lower() in _READERS:
                yield from _READERS[path.suffix.lower()](path, self._reporter(path))
        pdfs = [path for path in files if path.suffix.lower() == ".pdf"]
        for path, found in read_pdfs(pdfs, cache, lambda path, reason: self._reporter(path)(reason)).items():
            source = make_source(found, "library")
            if source is None:
                self._reporter(path)("its title or its year cannot be told; give it an entry in a BibTeX file")
            else:
                yield source

    def _files(self, paths: Iterable[Path]) -> Iterator[Path]:
        for path in paths:
            if not path.exists():  # it was there when the run was made
                self._reporter(path)("it is not there any more")
            inside = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
            yield from (each for each in inside[:_MOST_FILES] if each.exists())

    def _reporter(self, path: Path) -> Report:
        def report(reason: str) -> None:
            self._left_out.setdefault(path.name, []).append(reason)

        return report


def check_library(paths: Iterable[Path]) -> None:
    """Raise UserError for the first path that is not there."""
    for path in paths:
        if not path.exists():
            raise UserError(f"library {path} is not there; give BibTeX files, CSL JSON files, PDFs or folders of them")


def _read_bibtex(path: Path, report: Report) -> Iterator[Source]:
    text = _text_of(path, report)
    for entry in parse_entries(text, path.name, report):
        source = _source_of(entry)
        if source is None:
            report(f"{path.name}, line {entry.line}: entry {entry.key!r} needs a title and a year of four digits")
        else:
            yield source


def _source_of(entry: Entry) -> Source | None:
    fields = {name: plain_text(value) for name, value in entry.fields.items()}
    year = next((word[:4] for word in (fields.get("year", ""), fields.get("date", "")) if word[:4].isdecimal()), "0")
    found = Publication(
        title=fields.get("title", ""),
        year=int(year),
        authors=split_authors(entry.fields.get("author") or entry.fields.get("editor") or ""),
        venue=next((fields[name] for name in VENUES if fields.get(name)), ""),
        abstract=fields.get("abstract", ""),
        url=entry.fields.get("url", ""),
        doi=find_doi(entry.fields.get("doi", "").replace("\\_", "_")),
        kind=_KINDS.get(entry.kind, "misc"),
        volume=fields.get("volume", ""),
        number=fields.get("number", ""),
        pages=fields.get("pages", ""),
    )
    return make_source(found, "library", entry.key if _KEY.fullmatch(entry.key) else "")


def _read_csl(path: Path, report: Report) -> Iterator[Source]:
    try:
        items = json.loads(_text_of(path, report) or "[]")
    except (ValueError, RecursionError) as error:
        report(f"{path.name} is not JSON: {error}")
        return
    if not isinstance(items, list):
        report(f"{path.name} is no list of records; export the library as CSL JSON")
        return
    for place, item in enumerate(cast("list[Any]", items)):
        source = _source_of_csl(item)
        if source is None:
            report(f"{path.name}: record {place + 1} needs a title and a year")
        else:
            yield source


def _source_of_csl(item: object) -> Source | None:
    try:
        found = describe_csl(CslItem.model_validate(item))
    except ValidationError:
        return None
    return make_source(found, "library") if found else None


_READERS: dict[str, Callable[[Path, Report], Iterator[Source]]] = {".bib": _read_bibtex, ".json": _read_csl}


def _text_of(path: Path, report: Report) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            report(f"{path.name} is larger than {_MOST_BYTES // 2**20} MB; split it")
            return ""
        raw = path.read_bytes()
    except OSError as error:
        report(f"{path.name} cannot be read: {error.strerror}")
        return ""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
