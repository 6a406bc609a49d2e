"""A topic file: Markdown with title, keywords, TL;DR and abstract, as AI-Scientist-v2 has it, or any plain text."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from agents.errors import UserError
from agents.own_material.reading import read_text

MOST_TITLE_CHARS, MOST_BRIEF_CHARS = 1000, 8000
_HEADING = re.compile(r"(#{1,6})\s*(?P<text>[^#\s].*?)\s*#*$")
_LABEL = re.compile(
    r"(?P<hashes>#{0,6})\s*(?P<bold>\*\*|__|\*)?\s*(?P<name>title|topic|key ?words?|tl;?\s?dr|summary|abstract)\s*"
    r"(?P<marks>[*_\s]*(?P<colon>:)?[*_\s]*)(?P<rest>.*?)\s*#*$",
    re.I,
)
_PARTS = {
    "title": "Title",
    "topic": "Title",
    "key": "Keywords",
    "tl": "TL;DR",
    "summary": "TL;DR",
    "abstract": "Abstract",
}
_ORDER = ("Keywords", "TL;DR", "Abstract")
_SENTENCE = re.compile(r"(.{10,}?[.?!])(?:\s|$)", re.S)


class Subject(NamedTuple):
    """What to study: the question on one line, what else there is to know of it, and how much of that did not fit."""

    title: str
    brief: str = ""
    left_out: int = 0

    def asked_as(self, question: str) -> "Subject":
        """The same subject with another question; the file's own title goes into the brief."""
        subject = _subject(question, f"Title: {self.title}\n\n{self.brief}".strip())
        return subject._replace(left_out=subject.left_out + self.left_out)


class _Part(NamedTuple):
    """A part of the file; `level` is that of its heading, 7 where a label without one started it."""

    name: str
    level: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def read_topic_file(path: Path) -> Subject:
    """Read a topic file; raises UserError, one line, for what is no text or has no words.

    Title, keywords, TL;DR and abstract are known by headings of any level, or by labels in bold or with a colon; what
    has another heading follows them. Without any of those the first heading or line is the title, the rest the brief.
    """
    text = re.sub(r"<!--.*?-->", "", read_text(path, "the topic file"), flags=re.S)
    parts = _split(text.splitlines())
    known = {part.name for part in parts} & {"Title", *_ORDER}
    subject = _labelled(parts) if known else _plain(text)
    if not re.search(r"\w", subject.title):
        raise UserError(f"the topic file {path.name} has no title; write one as its first line: # Title: ...")
    return subject


def bounded_title(text: str) -> str:
    """The text on one line of at most 1,000 characters: its first sentence, or a part of it, if it is longer."""
    line = " ".join(text.split())
    if len(line) <= MOST_TITLE_CHARS:
        return line
    sentence = _SENTENCE.match(line[:MOST_TITLE_CHARS])
    return sentence[1] if sentence else f"{_cut(line, MOST_TITLE_CHARS - 1)}…"


def _labelled(parts: list[_Part]) -> Subject:
    """The subject of a file with labels; its title is the first that is called so, else its first heading or words."""
    title, others = "", list[_Part]()
    for part in parts:
        if part.name == "Title" and not title:
            title, _, rest = part.text.partition("\n")
            part = _Part("", part.level, rest.splitlines())
        others.append(part)
    sections = {name: [part for part in others if part.name == name] for name in _ORDER}
    title = title or next((part.name for part in others if part.name and part.name not in sections), "")
    title = title or next((part.text for name in ("TL;DR", "Abstract", "Keywords") for part in sections[name]), "")
    rest = [part for part in others if part.name not in (*_ORDER, title)]
    ordered = [*(part for name in _ORDER for part in sections[name]), *rest]
    ordered += [_Part("", part.level, part.lines) for part in others if part.name == title]
    return _subject(title, "\n\n".join(_shown(ordered)))


def _plain(text: str) -> Subject:
    lines = [line for line in text.splitlines() if line.strip() != "---"]
    first = next((number for number, line in enumerate(lines) if re.search(r"\w", line)), 0)
    title = _bare(lines[first]) if lines else ""
    is_whole = len(title) <= MOST_TITLE_CHARS
    return _subject(title, "\n".join(lines[first + 1 :] if is_whole else lines).strip())


def _subject(title: str, brief: str) -> Subject:
    title = _bare(title)
    if len(brief) <= MOST_BRIEF_CHARS:
        return Subject(bounded_title(title), brief)
    kept = _cut(brief, MOST_BRIEF_CHARS)
    return Subject(bounded_title(title), kept, len(brief) - len(kept))


def _split(lines: list[str]) -> list[_Part]:
    """The file's parts in order; headings below a part's own stay in its text, and so does what stands in code."""
    parts, is_code = [_Part("", 7, [])], False
    for line in lines:
        if line.lstrip().startswith("```"):
            is_code = not is_code
        begun = None if is_code else _begin(line, parts[-1])
        if begun:
            parts.append(begun)
        elif is_code or line.strip() != "---":
            parts[-1].lines.append(line.rstrip())
    return parts


def _begin(line: str, current: _Part) -> _Part | None:
    """The part that a line starts, with the rest of the line in it; None for an ordinary line."""
    label, heading = _LABEL.fullmatch(line.strip()), _HEADING.fullmatch(line.strip())
    if label and (label["colon"] or not label["rest"]):
        rest = [label["rest"].strip("*_ ")] if label["rest"] else []
        return _Part(_part_name(label["name"]), len(label["hashes"]) or 7, rest)
    if heading and (len(heading[1]) <= current.level or current.name == "Title"):
        return _Part(_bare(heading["text"]), len(heading[1]), [])
    return None


def _part_name(label: str) -> str:
    return next(part for start, part in _PARTS.items() if label.lower().startswith(start))


def _shown(parts: Iterable[_Part]) -> Iterable[str]:
    for part in parts:
        if part.text:
            yield f"{part.name}: {part.text}" if part.name in _ORDER else f"{part.name}\n{part.text}".strip()


def _bare(line: str) -> str:
    """A line without the marks of a heading or of bold print."""
    return " ".join(line.strip().lstrip("#").strip().strip("*_").split())


def _cut(text: str, most_chars: int) -> str:
    """The text up to the last blank that leaves it short enough."""
    kept = text[:most_chars]
    return kept.rsplit(None, 1)[0] if len(text) > most_chars and len(kept.split()) > 1 else kept
