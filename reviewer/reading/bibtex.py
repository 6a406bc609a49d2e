"""The references of a LaTeX source, an entry each, and citations as they print: (Surname et al., 2020) or [3]."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from reviewer.reading.tex import group, plain, read_beside
from reviewer.text import tidy

_CITE = re.compile(r"\\(cite\w*|Cite\w*)\*?((?:\s*\[[^\]]*\])*)\s*\{([^{}]*)\}")
_ITEM = re.compile(r"\\bibitem\s*(?=[\[{])")
_VENUES = ("journal", "journaltitle", "booktitle", "school", "institution", "howpublished", "publisher")
_IN_ORDER = re.compile(r"\\bibliographystyle\{[^}]*(?:unsrt|ieee|acm)[^}]*\}", re.I)


class Entry(NamedTuple):
    """`name` and `year` make its citation; without them `number` does, its place in the list from 1."""

    key: str
    text: str
    name: str = ""
    year: str = ""
    number: int = 0


def read_entries(folder: Path, stem: str, body: str) -> dict[str, Entry]:
    """Entries by key: those that the source itself lists, those of its .bib files, else those of its .bbl."""
    named = re.findall(r"\\(?:bibliography|addbibresource)\{([^{}]*)\}", body)
    names = [name.strip().removesuffix(".bib") for group_of in named for name in group_of.split(",")]
    entries = {entry.key: entry for name in names for entry in _of_bib(read_beside(folder, f"{name}.bib"))}
    entries |= {entry.key: entry for entry in _of_items(body)}
    return entries or {entry.key: entry for entry in _of_items(read_beside(folder, f"{stem}.bbl"))}


def cited_keys(body: str) -> list[str]:
    """Keys in the order in which they are cited first."""
    groups = [match[3] for match in _CITE.finditer(body)] + re.findall(r"\\nocite\{([^{}]*)\}", body)
    keys = (key.strip() for keys in groups for key in keys.split(","))
    return list(dict.fromkeys(key for key in keys if key and key != "*"))


def print_list(entries: Mapping[str, Entry], body: str) -> tuple[str, ...]:
    """The list as it prints: what the source lists itself, else what is cited, by name or in the order of citing."""
    if any(entry.number for entry in entries.values()) or re.search(r"\\nocite\{\*\}", body):
        return tuple(entry.text for entry in entries.values())
    cited = [entries[key] for key in cited_keys(body) if key in entries]
    ordered = cited if _IN_ORDER.search(body) else sorted(cited, key=lambda entry: (entry.name.lower(), entry.year))
    return tuple(entry.text for entry in ordered)


def print_citations(source: str, entries: Mapping[str, Entry]) -> str:
    """The source with citations as they print; one without an entry prints [?]."""

    def cite(match: re.Match[str]) -> str:
        keys = [key.strip() for key in match[3].split(",") if key.strip()]
        notes = [plain(note) for note in re.findall(r"\[([^\]]*)\]", match[2])]
        before, after = (notes[0], notes[1]) if len(notes) > 1 else ("", notes[0] if notes else "")
        return _printed(match[1].lower(), [entries.get(key) for key in keys], before, after)

    return _CITE.sub(cite, source)


def _printed(command: str, cited: list[Entry | None], before: str, after: str) -> str:
    if command in ("citeauthor", "citeyear", "citeyearpar"):
        shown = [(one.name if command == "citeauthor" else one.year) if one else "?" for one in cited]
        return f"({', '.join(shown)})" if command == "citeyearpar" else " and ".join(shown)
    if all(one and one.name and one.year for one in cited):
        known = [one for one in cited if one]
        if command in ("citet", "citealt", "textcite"):
            return " and ".join(
                f"{one.name} ({', '.join(part for part in (one.year, after) if part)})" for one in known
            )
        inner = "; ".join(f"{one.name}, {one.year}" for one in known)
        inner = " ".join(part for part in (before, inner) if part) + (f", {after}" if after else "")
        return inner if command == "citealp" else f"({inner})"
    shown = [str(one.number or one.key) if one else "?" for one in cited]
    return f"[{', '.join(shown)}]"


# --- .bib ----------------------------------------------------------


def _of_bib(source: str) -> Iterator[Entry]:
    for match in re.finditer(r"@(\w+)\s*(?=\{)", source):
        if match[1].lower() in ("comment", "string", "preamble"):
            continue
        key, _, rest = group(source, match.end()).partition(",")
        fields = dict(_fields(rest))
        yield _entry(key.strip(), {name: tidy(plain(value)) for name, value in fields.items()}, fields)


def _fields(source: str) -> Iterator[tuple[str, str]]:
    """Names, in small letters, and values in braces, quotation marks or bare."""
    at = 0
    while match := re.compile(r"([\w-]+)\s*=\s*").search(source, at):
        start = match.end()
        if source[start : start + 1] == "{":
            value = group(source, start)
            at = start + len(value) + 2
        elif source[start : start + 1] == '"':
            end = re.compile(r'"\s*(?:,|$)').search(source, start + 1)
            value = source[start + 1 : end.start() if end else len(source)]
            at = end.end() if end else len(source)
        else:
            value = re.split(r"[,\n]", source[start:], maxsplit=1)[0]
            at = start + len(value)
        yield match[1].lower(), value


def _entry(key: str, fields: Mapping[str, str], raw: Mapping[str, str]) -> Entry:
    names = re.split(r"\s+and\s+", raw.get("author") or raw.get("editor") or "")
    people = [_person(name) for name in names if name.strip()]
    year = (re.findall(r"\d{4}[a-z]?", fields.get("year") or fields.get("date") or "") or [""])[0]
    venue = next((fields[name] for name in _VENUES if fields.get(name)), "")
    parts = (_joined([full for full, _ in people]), fields.get("title", ""), ", ".join(p for p in (venue, year) if p))
    text = ". ".join(part.rstrip(".") for part in parts if part)
    return Entry(key, f"{text}." if text else key, _cited_as([last for _, last in people]), year)


def _person(name: str) -> tuple[str, str]:
    """The full name and the surname of "Last, First" or "First von Last"; a name in braces is one."""
    name = " ".join(name.split())
    if name.lower() == "others":
        return "et al", "others"
    if name.startswith("{") and group(name, 0) == name[1:-1]:
        return tidy(plain(name)), tidy(plain(name))
    last, comma, first = (tidy(plain(part)) for part in name.partition(","))
    if comma:
        return f"{first} {last}".strip(), last
    words = last.split()
    start = next((at for at, word in enumerate(words[:-1]) if at and word[0].islower()), len(words) - 1)
    return last, " ".join(words[max(start, 0) :])


def _joined(people: list[str]) -> str:
    if people[-1:] == ["et al"]:
        return ", ".join(people)
    return " and ".join(people) if len(people) < 3 else f"{', '.join(people[:-1])}, and {people[-1]}"


def _cited_as(surnames: list[str]) -> str:
    if len(surnames) > 2 or surnames[-1:] == ["others"]:
        return f"{surnames[0]} et al."
    return " and ".join(surnames)


# --- \bibitem ------------------------------------------------------


def _of_items(source: str) -> Iterator[Entry]:
    """Entries as listed; natbib's labels read Name(Year)Full names, in braces or not."""
    marks = list(_ITEM.finditer(source))
    for number, match in enumerate(marks, start=1):
        end = marks[number].start() if number < len(marks) else len(source)
        label, key, text = _item(source[match.end() : end].partition("\\end{thebibliography}")[0])
        named = re.match(r"(.+?)\s*\(\s*(\d{4}[a-z]?)\s*\)", label)
        shown = tidy(plain(re.sub(r"\\newblock\b", " ", text)))
        if named:
            yield Entry(key, shown, tidy(plain(named[1])), named[2], number)
        else:
            yield Entry(key, f"[{number}] {shown}", number=number)


def _item(source: str) -> tuple[str, str, str]:
    """Label, key and text of what follows \\bibitem."""
    label = ""
    if source.startswith("["):
        depth = 0
        for at, char in enumerate(source):
            depth += (char == "{") - (char == "}")
            if char == "]" and depth == 0:
                label, source = source[1:at], source[at + 1 :]
                break
    start = source.find("{")
    key = group(source, start) if start >= 0 else ""
    return re.sub(r"[{}]|\\\w+", "", label), key.strip(), source[start + len(key) + 2 :]
