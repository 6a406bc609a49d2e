"""What a venue asks of its reviewers: rubrics/NAME.md, or a user's own file (docs/panel.md)."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from reviewer.errors import ReviewerError
from reviewer.schema import Record

FOLDER = Path(__file__).resolve().parent / "rubrics"
_MARK = "+++"
_MAX_BYTES = 200_000


class Criterion(Record):
    name: str
    question: str


class Rubric(Record):
    """A venue's rubric. `framing` says what to do when unsure: the same paper goes from 3 to 7 of 10 by it (Lu et al.,
    The AI Scientist, 2024), so it stands in the file and is part of the key that a calibration is kept under.

    `overall` says what marks on the form's scale of ten mean there; `personas` are what reviewers look at by turns;
    `text` is a jinja2 template with these fields, put into the prompt.
    """

    venue: str = Field(min_length=1)
    framing: str = Field(min_length=1)
    overall: dict[str, str] = Field(min_length=2)
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    questions: tuple[str, ...] = ()
    personas: tuple[str, ...] = ("",)
    text: str

    @property
    def scale(self) -> list[tuple[str, str]]:
        """Marks of the overall scale with their meanings, best first."""
        return sorted(self.overall.items(), key=lambda mark: -float(mark[0]))


def list_venues() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.md")))


def load_rubric(venue: str) -> Rubric:
    """Load the rubric of a known venue, or from the path of a file. Raises ReviewerError that says what is wrong."""
    known, own = FOLDER / f"{venue.lower()}.md", Path(venue)
    if venue.lower() in list_venues():
        return parse_rubric(known.read_text(encoding="utf-8"), str(known))
    if not own.is_file():
        raise ReviewerError(f"unknown venue {venue!r}: expected {', '.join(list_venues())}, or a rubric file")
    try:
        if own.stat().st_size > _MAX_BYTES:
            raise ReviewerError(f"{own} is no rubric: larger than {_MAX_BYTES // 1000} kB")
        return parse_rubric(own.read_text(encoding="utf-8"), venue)
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewerError(f"cannot read the rubric {own}: {error}") from error


def parse_rubric(source: str, where: str) -> Rubric:
    """TOML between two lines +++, then the text."""
    opening, _, rest = source.partition(f"{_MARK}\n")
    front, found, text = rest.partition(f"\n{_MARK}\n")
    if opening.strip() or not found:
        raise ReviewerError(f"{where} is no rubric: expected TOML between two lines {_MARK}, then the text")
    try:
        return _checked(Rubric(**tomllib.loads(front), text=text.strip()))
    except tomllib.TOMLDecodeError as error:
        raise ReviewerError(f"{where}: the front matter is no TOML: {error}") from error
    except (ValidationError, TypeError, ValueError) as error:
        raise ReviewerError(f"{where} is no rubric: {_first(error)}") from error


def _checked(rubric: Rubric) -> Rubric:
    strange = [mark for mark in rubric.overall if not mark.isdecimal() or not 1 <= int(mark) <= 10]
    if strange:
        raise ValueError(f"overall.{strange[0]}: marks are whole numbers from 1 to 10")
    return rubric


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    fault: Any = error.errors()[0]
    return f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
