"""A reader of BibTeX files: entries to `Source`s. Strict, since a broken entry would break the paper at its last step;
in a user's own library, whose entries papers never use as they are, a broken one is skipped and told of.

Grammar after Patashnik, "BibTeXing" (1988): @string and # concatenation, braces or parentheses, text between entries
is comment.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agents.errors import UserError
from agents.literature.latex_text import plain_text
from agents.schema import Source

_MONTHS = {month[:3].lower(): month for month in (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)}  # fmt: skip
_NAME = re.compile(r"[^\s\"#%'(),={}]+")
_SPACE = re.compile(r"\s*")
_LONGEST_VALUE = 1_000_000
VENUES = ("journal", "journaltitle", "booktitle", "howpublished", "publisher", "school", "institution")


def read_bibtex(path: Path, origin: str) -> list[Source]:
    """Read every entry of a .bib file in order; raises UserError naming the file and line of the first broken one."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read bibliography {path}: {error}") from error
    return parse_bibtex(text, str(path), origin)


def parse_bibtex(text: str, where: str, origin: str) -> list[Source]:
    """Read entries from text; `where` names it in errors. Keys that occur twice are refused."""
    sources: dict[str, Source] = {}
    for entry in _Reader(text, where).entries():
        if entry.key in sources:
            raise _broken(entry, where, "the key occurs twice; give every entry a key of its own")
        sources[entry.key] = _source(entry, where, origin)
    return list(sources.values())


def split_authors(field: str) -> tuple[str, ...]:
    """Names in reading order, "First Last"; " and " inside braces does not separate, "others" is left out."""
    names = [_reading_order(name) for name in _split_outside_braces(field, re.compile(r"\s+and\s+"))]
    return tuple(name for name in names if name and name != "others")


@dataclass(frozen=True)
class Entry:
    """An entry as it stands in the file: `kind` in lower case, `text` with its braces, `fields` in LaTeX."""

    key: str
    kind: str
    line: int
    text: str
    fields: dict[str, str]


def parse_entries(text: str, where: str, on_broken: Callable[[str], None]) -> list[Entry]:
    """Read what can be read; `on_broken` hears of every entry that cannot, in one line each."""
    return _Reader(text, where, on_broken).entries()


def _source(entry: Entry, where: str, origin: str) -> Source:
    fields = entry.fields
    year = re.search(r"\b\d{4}\b", fields.get("year") or fields.get("date") or "")
    if year is None or not fields.get("title", "").strip():
        raise _broken(entry, where, "it needs a title and a year of four digits")
    venue = next((fields[name] for name in VENUES if fields.get(name)), "")
    return Source(
        key=entry.key,
        title=plain_text(fields["title"]),
        authors=split_authors(fields.get("author") or fields.get("editor") or ""),
        year=int(year.group()),
        venue=plain_text(venue),
        abstract=plain_text(fields.get("abstract", "")),
        url=_address(fields),
        bibtex=entry.text,
        origin=origin,
    )


def _address(fields: dict[str, str]) -> str:
    if fields.get("url"):
        return fields["url"].strip()
    return f"https://doi.org/{fields['doi'].strip()}" if fields.get("doi") else ""


def _broken(entry: Entry, where: str, reason: str) -> UserError:
    return UserError(f"{where}, line {entry.line}: entry {entry.key!r}: {reason}")


def _reading_order(name: str) -> str:
    parts = [plain_text(part) for part in _split_outside_braces(name, re.compile(r","))]
    last, *first = parts
    if len(first) == 2:  # "Last, Jr, First"
        return f"{first[1]} {last} {first[0]}".strip()
    return " ".join([*first, last]).strip()


def _split_outside_braces(text: str, separator: re.Pattern[str]) -> list[str]:
    depths, depth = [], 0
    for character in text:
        depth += (character == "{") - (character == "}")
        depths.append(depth)
    pieces, start = [], 0
    for match in separator.finditer(text):
        if depths[match.start()] == 0:
            pieces.append(text[start : match.start()])
            start = match.end()
    return [*pieces, text[start:]]


class _Reader:
    """A cursor over the text of a .bib file."""

    def __init__(self, text: str, where: str, on_broken: Callable[[str], None] | None = None) -> None:
        self._text = text
        self._where = where
        self._on_broken = on_broken
        self._at = 0
        self._start = 0
        self._strings = dict(_MONTHS)

    def entries(self) -> list[Entry]:
        found: list[Entry] = []
        while (start := self._text.find("@", self._at)) >= 0:
            self._start, self._at = start, start + 1
            try:
                entry = self._entry(self._name("an entry type after @").lower())
            except UserError as error:
                if self._on_broken is None:
                    raise
                self._on_broken(str(error))
                self._skip()
                continue
            found += [entry] if entry else []
        return found

    def _skip(self) -> None:
        """Go on at the next line that begins with @."""
        following = self._text.find("\n@", self._start)
        self._at = following if following >= 0 else len(self._text)

    def _entry(self, kind: str) -> Entry | None:
        if kind == "comment":
            return None
        close = {"{": "}", "(": ")"}[self._expect("{(", f"a brace after @{kind}")]
        if kind in {"string", "preamble"}:
            if kind == "string":
                self._strings.update(self._fields(close))
            else:
                self._value()
            self._expect(close, f"{close!r} at the end of @{kind}")
            return None
        key = self._name(f"a key after @{kind}")
        self._expect("," + close, f"a comma after the key {key!r}", stay=close)
        fields = self._fields(close)
        self._expect(close, f"a comma or {close!r} in entry {key!r}")
        line = self._text.count("\n", 0, self._start) + 1
        return Entry(key, kind, line, self._text[self._start : self._at], fields)

    def _fields(self, close: str) -> dict[str, str]:
        fields: dict[str, str] = {}
        while self._peek() not in {close, ""}:
            name = self._name("a field name").lower()
            self._expect("=", f"'=' after the field {name!r}")
            fields[name] = self._value()
            if self._peek() != ",":
                break
            self._at += 1
        return fields

    def _value(self) -> str:
        parts = [self._piece()]
        while self._peek() == "#":
            self._at += 1
            parts.append(self._piece())
        return "".join(parts)

    def _piece(self) -> str:
        if self._peek() == "{":
            return self._balanced("}")
        if self._peek() == '"':
            return self._balanced('"')
        name = self._name("a value in braces or quotes")
        if not name.isdigit() and name.lower() not in self._strings:
            raise self._error(f"{name!r} is neither a number nor defined by @string; put the value in braces")
        return name if name.isdigit() else self._strings[name.lower()]

    def _balanced(self, end: str) -> str:
        """The text up to `end` outside inner braces; a backslash before a brace does not hide it, as in BibTeX."""
        depth, start = 0, self._at + 1
        for place in range(start, min(len(self._text), start + _LONGEST_VALUE)):
            character = self._text[place]
            if depth == 0 and character == end:
                self._at = place + 1
                return self._text[start:place]
            depth += (character == "{") - (character == "}")
        raise self._error("a value is never closed; check its braces and quotes")

    def _name(self, wanted: str) -> str:
        self._peek()
        match = _NAME.match(self._text, self._at)
        if match is None:
            raise self._error(f"expected {wanted}")
        self._at = match.end()
        return match.group()

    def _peek(self) -> str:
        match = _SPACE.match(self._text, self._at)
        self._at = match.end() if match else self._at
        return self._text[self._at : self._at + 1]

    def _expect(self, characters: str, wanted: str, stay: str = "") -> str:
        found = self._peek()
        if not found or found not in characters:
            raise self._error(f"expected {wanted}, found {found or 'the end of the file'!r}")
        self._at += found != stay
        return found

    def _error(self, reason: str) -> UserError:
        line = self._text.count("\n", 0, self._start) + 1
        return UserError(f"{self._where}, line {line}: broken entry: {reason}")
