"""Records in Citation Style Language JSON: Crossref answers in a dialect of it, Zotero exports it."""

import re
from typing import Any, cast

from pydantic import Field, field_validator, model_validator

from agents.literature.publication import Kind, Publication
from agents.literature.reading import Answer

_KINDS: dict[str, Kind] = {
    "article-journal": "article", "journal-article": "article", "paper-conference": "inproceedings",
    "proceedings-article": "inproceedings", "chapter": "inproceedings", "book-chapter": "inproceedings",
    "book": "book", "monograph": "book",
}  # fmt: skip


class _Name(Answer):
    given: str | None = None
    family: str | None = None
    literal: str | None = None
    name: str | None = None

    @property
    def shown(self) -> str:
        return self.literal or self.name or " ".join(part for part in (self.given, self.family) if part)


class _Date(Answer):
    parts: tuple[tuple[int | str | None, ...], ...] = Field(default=(), alias="date-parts")
    raw: str = ""
    literal: str = ""

    @property
    def year(self) -> int | None:
        if self.parts and self.parts[0]:
            first = str(self.parts[0][0])
            return int(first) if first.isdecimal() else None
        match = re.search(r"\b\d{4}\b", self.raw or self.literal)
        return int(match.group()) if match else None


class CslItem(Answer):
    """One record. Crossref wraps titles in lists of one; a field that is null is as good as missing."""

    type: str = ""
    title: str = ""
    author: tuple[_Name, ...] = ()
    issued: _Date = Field(default_factory=lambda: _Date.model_validate({}))
    venue: str = Field(default="", alias="container-title")
    publisher: str = ""
    abstract: str = ""
    doi: str = Field(default="", alias="DOI")
    url: str = Field(default="", alias="URL")
    volume: str = ""
    issue: str = ""
    page: str = ""

    @model_validator(mode="before")
    @classmethod
    def _leave_out_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        fields = cast("dict[str, Any]", value)
        return {name: field for name, field in fields.items() if field is not None}

    @field_validator("title", "venue", mode="before")
    @classmethod
    def _first(cls, value: Any) -> Any:
        return next(iter(cast("list[Any]", value)), "") if isinstance(value, list) else value

    @field_validator("volume", "issue", "page", mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) else value


def describe_csl(item: CslItem) -> Publication | None:
    year = item.issued.year
    if not item.title or year is None:
        return None
    kind = _KINDS.get(item.type, "misc")
    return Publication(
        title=item.title,
        year=year,
        authors=tuple(name.shown for name in item.author if name.shown),
        venue=(item.publisher if kind == "book" else item.venue) or item.venue or item.publisher,
        abstract=item.abstract,
        url=item.url,
        doi=item.doi,
        kind=kind,
        volume=item.volume,
        number=item.issue,
        pages=item.page,
    )
