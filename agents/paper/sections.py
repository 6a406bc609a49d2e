"""Writing, section by section: asks the researcher, keeps what a person edited, and goes on where a kill stopped it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from agents.files import sha256_text, write_atomic, write_json
from agents.schema import SECTIONS, Problem, Record, SectionName
from agents.tasks import Section, WriteSection

Ask = Callable[[WriteSection], tuple[Section, str]]
"""Returns a section and the name of who wrote it."""
MakeTask = Callable[[SectionName, dict[SectionName, str], str, tuple[Problem, ...]], WriteSection]


class Generated(Record):
    """What is known of a generated section: the question it answers, its author, every text ever written for it."""

    fingerprint: str
    sha256: str
    author: str = ""
    earlier: tuple[str, ...] = ()


_GENERATED: TypeAdapter[dict[SectionName, Generated]] = TypeAdapter(dict[SectionName, Generated])
_CHECKED: TypeAdapter[dict[SectionName, str]] = TypeAdapter(dict[SectionName, str])


def write_sections(
    ask: Ask, make_task: MakeTask, folder: Path, problems: tuple[Problem, ...] = ()
) -> dict[SectionName, str]:
    """Write or mend sections/<name>.tex in writing order and return their texts.

    A section is kept when a person edited it, or when it answers the same question already and has no problem. The
    question is the task without the other sections, so that mending one does not rewrite all. Safe to repeat after
    a kill.
    """
    written: dict[SectionName, str] = {}
    for name in SECTIONS:
        own = tuple(problem for problem in problems if problem.section == name)
        written[name] = _write_one(ask, make_task, folder, name, own, written)
    return written


def read_sections(folder: Path) -> dict[SectionName, str]:
    """Texts of the sections that are there, with a person's edits."""
    texts: dict[SectionName, str] = {}
    for name in SECTIONS:
        if (path := _path(folder, name)).is_file():
            texts[name] = path.read_text(encoding="utf-8")
    return texts


def edited_sections(folder: Path) -> tuple[SectionName, ...]:
    """Names of the sections whose text no researcher wrote: a person did."""
    known = _read_generated(folder)
    return tuple(name for name, text in read_sections(folder).items() if _is_edited(text, known.get(name)))


def authors_of(folder: Path) -> dict[SectionName, str]:
    """Who wrote each generated section, by name."""
    return {name: made.author for name, made in _read_generated(folder).items()}


def mark_checked(folder: Path, sections: Mapping[SectionName, str]) -> None:
    """Remember which texts were checked, so that a mend that was interrupted is not done twice."""
    write_json(folder / "sections" / ".checked.json", {name: sha256_text(text) for name, text in sections.items()})


def _write_one(
    ask: Ask,
    make_task: MakeTask,
    folder: Path,
    name: SectionName,
    problems: tuple[Problem, ...],
    written: dict[SectionName, str],
) -> str:
    path, known = _path(folder, name), _read_generated(folder)
    current = path.read_text(encoding="utf-8") if path.is_file() else None
    fingerprint = sha256_text(make_task(name, {}, "", ()).model_dump_json())
    if current is not None and _is_settled(folder, name, current, known.get(name), fingerprint, problems):
        return current
    task = make_task(name, dict(written), (current or "") if problems else "", problems)
    section, author = ask(task)
    text = _tidy(name, section.text)
    _store(folder, name, text, Generated(fingerprint=fingerprint, sha256=sha256_text(text), author=author), known)
    return text


def _is_settled(
    folder: Path,
    name: SectionName,
    current: str,
    known: Generated | None,
    fingerprint: str,
    problems: tuple[Problem, ...],
) -> bool:
    """Whether the text stays: a person's, or the answer to this very question without a problem found in it."""
    if known is None or _is_edited(current, known):
        return True
    is_answer = known.fingerprint == fingerprint and known.sha256 == sha256_text(current)
    was_checked = _read_checked(folder).get(name) in (None, sha256_text(current))
    return is_answer and not (problems and was_checked)


def _store(folder: Path, name: SectionName, text: str, made: Generated, known: dict[SectionName, Generated]) -> None:
    """Record first, then write: a kill in between leaves an older generated text, which is known and written anew."""
    old = known.get(name)
    earlier = (*old.earlier, old.sha256) if old else ()
    records = known | {name: made.model_copy(update={"earlier": earlier})}
    dumped = {key: record.model_dump(mode="json") for key, record in records.items()}
    write_json(folder / "sections" / ".generated.json", dumped)
    write_atomic(_path(folder, name), text)


def _is_edited(text: str, known: Generated | None) -> bool:
    return known is None or sha256_text(text) not in (known.sha256, *known.earlier)


def _tidy(name: SectionName, text: str) -> str:
    """One line for a title; other sections end with a line break."""
    return " ".join(text.split()) + "\n" if name == "title" else text.strip() + "\n"


def _path(folder: Path, name: SectionName) -> Path:
    return folder / "sections" / f"{name}.tex"


def _read_generated(folder: Path) -> dict[SectionName, Generated]:
    path = folder / "sections" / ".generated.json"
    try:
        return _GENERATED.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return {}


def _read_checked(folder: Path) -> dict[SectionName, str]:
    try:
        return _CHECKED.validate_python(json.loads((folder / "sections" / ".checked.json").read_bytes()))
    except (OSError, ValueError):
        return {}
