"""Semantic Scholar (semanticscholar.org) through its Python package; the requests themselves are ours.

The package's own requester asks again after every 429, ten times with up to a minute between, reads answers of any
size, and takes statuses that it does not know for empty answers.
"""

import asyncio
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from agents.errors import ServiceError
from agents.literature.fetching import Fetcher, find_key
from agents.literature.publication import Kind, Publication
from agents.literature.reading import MOST_RESULTS, Answer, content_words, list_of, read_items
from agents.schema import Source

if TYPE_CHECKING:
    from semanticscholar import AsyncSemanticScholar

_FIELDS = ["title", "abstract", "year", "venue", "authors", "externalIds", "url", "publicationTypes", "journal"]


class _Author(Answer):
    name: str | None = None


class _Ids(Answer):
    DOI: str | None = None
    ArXiv: str | None = None


class _Journal(Answer):
    name: str | None = None
    volume: str | None = None
    pages: str | None = None


class _Paper(Answer):
    title: str | None
    year: int | None = None
    abstract: str | None = None
    venue: str | None = None
    authors: tuple[_Author, ...] | None = None
    externalIds: _Ids | None = None
    url: str | None = None
    publicationTypes: tuple[str, ...] | None = None
    journal: _Journal | None = None


class SemanticScholar:
    """Searches by the service's own relevance. Without a key (S2_API_KEY) all the world shares one small quota."""

    def __init__(
        self, base_url: str = "https://api.semanticscholar.org", timeout_s: float = 12.0, interval_s: float = 1.1
    ) -> None:
        key = find_key("S2_API_KEY")
        headers = {"x-api-key": key} if key else {}
        self._base_url = base_url.rstrip("/")
        self._fetcher = Fetcher(self._base_url, interval_s=interval_s, timeout_s=timeout_s, headers=headers)

    def search(self, query: str, count: int) -> list[Source]:
        wanted = content_words(query, 30)  # it knows no syntax, and a hyphen finds nothing
        if count < 1 or not wanted:
            return []
        asking = _make_client(self._base_url, self._fetcher).search_paper(
            " ".join(wanted), fields=_FIELDS, limit=min(count, MOST_RESULTS)
        )
        papers = cast("list[Any]", asyncio.run(asking).raw_data)
        return read_items(papers, _Paper, _describe, "semantic_scholar")[:count]


def _make_client(base_url: str, fetcher: Fetcher) -> "AsyncSemanticScholar":
    from semanticscholar import AsyncSemanticScholar
    from semanticscholar.ApiRequester import ApiRequester

    class Requester(ApiRequester):
        """Asks through our fetcher; what is no answer to a search is an error."""

        async def get_data_async(  # our fetcher has the headers, and a search has no payload
            self,
            url: str,
            parameters: str,
            headers: Any,  # noqa: ARG002
            payload: Any = None,  # noqa: ARG002
        ) -> Any:
            answer = fetcher.get_json(urlsplit(url).path, dict(parse_qsl(parameters)))
            return {"total": 0, "data": _well_formed(answer)}

    class Client(AsyncSemanticScholar):
        def __init__(self) -> None:
            super().__init__(api_url=base_url)
            self._requester = Requester(timeout=0, retry=False)

    return Client()


def _well_formed(answer: Any) -> list[Any]:
    """Papers of an answer, without those that the package would stumble over; raises ServiceError if none is left."""
    fields = cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
    given = list_of({"data": [] if "total" in fields else None} | fields, "data")
    papers = [paper for paper in given if _is_paper(paper)]
    if given and not papers:
        raise ServiceError("semantic_scholar answered in a form that is not known", retryable=True)
    return papers


def _is_paper(paper: Any) -> bool:
    try:
        _Paper.model_validate(paper)
    except ValidationError:
        return False
    return True


def _describe(paper: _Paper) -> Publication | None:
    if not paper.title or paper.year is None:
        return None
    ids, journal = paper.externalIds or _Ids(), paper.journal or _Journal()
    return Publication(
        title=paper.title,
        year=paper.year,
        authors=tuple(author.name for author in paper.authors or () if author.name),
        venue=paper.venue or journal.name or "",
        abstract=paper.abstract or "",
        url=f"https://arxiv.org/abs/{ids.ArXiv}" if ids.ArXiv else paper.url or "",
        doi=ids.DOI or "",
        kind=_kind(paper.publicationTypes or ()),
        volume=(journal.volume or "").strip(),
        pages="".join((journal.pages or "").split()),
    )


def _kind(types: tuple[str, ...]) -> Kind:
    if "Conference" in types:
        return "inproceedings"
    return "article" if {"JournalArticle", "Review"} & set(types) else "misc"
