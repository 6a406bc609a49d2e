"""Human-reviewed papers and published scores of them, one JSON object a line: what reviewers are fitted on."""

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from reviewer.errors import ReviewerError

Split: TypeAlias = Literal["train", "calibration", "test"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True, allow_inf_nan=False)

    id: str = Field(min_length=1)


_Found = TypeVar("_Found", bound=_Row)


class ReviewedPaper(_Row):
    """A paper, blinded, with what people decided: `accept` 1, 0, or None if withdrawn, and ratings in [1, 10].

    Texts may be empty, `split` and `mean_score` absent: `part` and `human_score` fill them in.
    """

    title: str
    abstract: str
    accept: Literal[0, 1] | None
    ratings: tuple[float, ...]
    body: str = ""
    refs: str = ""
    appendix: str = ""
    mean_score: float | None = Field(default=None, ge=1, le=10)
    split: Split | None = None
    venue: str = ""
    year: int | None = None

    @property
    def part(self) -> Split:
        """The split that the row names, else the one of its id."""
        return self.split or split_of(self.id)

    @property
    def human_score(self) -> float | None:
        """The mean score of the human reviewers in [1, 10], None if there were none."""
        if self.mean_score is not None or not self.ratings:
            return self.mean_score
        return sum(self.ratings) / len(self.ratings)


class LlmScores(_Row):
    """What one configuration of a language model's reviewer gave a paper, in the NeurIPS form's scales."""

    config: str = Field(min_length=1)
    overall: float = Field(ge=1, le=10)
    soundness: float
    presentation: float
    contribution: float
    confidence: float
    originality: float
    quality: float
    clarity: float
    significance: float
    decision: str
    split: Split | None = None


def split_of(id: str) -> Split:
    """Return the split of a paper: 60 % train, 20 % calibration, 20 % test, by a hash of its id."""
    share = int(sha256(f"reviewer-v1:{id}".encode()).hexdigest()[:8], 16) % 100
    return "train" if share < 60 else "calibration" if share < 80 else "test"


def read_rows(path: Path) -> list[ReviewedPaper]:
    """Read papers from .jsonl, .jsonl.gz or .jsonl.xz; unknown fields are ignored, blank lines skipped.

    Raises ReviewerError, one line with file and line, for a row that is not of the form, an id given twice, no rows.
    """
    return _gather(path, ReviewedPaper, lambda row: row.id)


def read_llm_scores(path: Path) -> list[LlmScores]:
    """Read scores as `read_rows` reads papers; an id may come once for each configuration."""
    return _gather(path, LlmScores, lambda row: f"{row.id} ({row.config})")


def _gather(path: Path, kind: type[_Found], name: Callable[[_Found], str]) -> list[_Found]:
    found: dict[str, _Found] = {}
    for number, line in _read_lines(path):
        row = _parse(path, number, line, kind)
        if found.setdefault(name(row), row) is not row:
            raise ReviewerError(f"{path}:{number}: id {name(row)} comes twice; keep one row")
    if not found:
        raise ReviewerError(f"{path}: no rows; expected one JSON object a line")
    return list(found.values())


def _read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    try:
        with _open(path) as file:
            yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ReviewerError(f"{path}: cannot be read ({reason})") from error


def _open(path: Path) -> AbstractContextManager[Iterable[bytes]]:
    if path.suffix == ".xz":
        return lzma.open(path, "rb")
    if path.suffix == ".gz":
        return gzip.open(path, "rb")
    if path.suffix != ".jsonl":
        raise ReviewerError(f"{path}: expected a file that ends in .jsonl, .jsonl.xz or .jsonl.gz")
    return path.open("rb")


def _parse(path: Path, number: int, line: bytes, kind: type[_Found]) -> _Found:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ReviewerError(f"{path}:{number}: {f'{field}: ' if field else ''}{first['msg']}") from error
