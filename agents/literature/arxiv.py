"""arXiv (arxiv.org), preprints of physics, mathematics, computer science and their neighbours, by its Atom feed."""

import re
from xml.etree import ElementTree

from agents.errors import ServiceError
from agents.literature.fetching import Fetcher
from agents.literature.publication import Publication
from agents.literature.reading import MOST_RESULTS, Answer, content_words, read_items
from agents.schema import Source

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"


class _Entry(Answer):
    id: str
    title: str
    published: str
    summary: str = ""
    authors: tuple[str, ...] = ()
    doi: str = ""
    journal: str = ""


class Arxiv:
    """Searches all fields for any of the query's words, best match first; one question in three seconds, as it asks."""

    def __init__(
        self, base_url: str = "https://export.arxiv.org", timeout_s: float = 12.0, interval_s: float = 3.0
    ) -> None:
        self._fetcher = Fetcher(base_url, interval_s=interval_s, timeout_s=timeout_s)

    def search(self, query: str, count: int) -> list[Source]:
        wanted = content_words(query, 12)
        if count < 1 or not wanted:
            return []
        params = {
            "search_query": " OR ".join(f"all:{word}" for word in wanted),
            "max_results": str(min(count, MOST_RESULTS)),
            "sortBy": "relevance",
        }
        entries = [_fields(entry) for entry in _read_feed(self._fetcher.get("/api/query", params))]
        return read_items(entries, _Entry, _describe, "arxiv")[:count]


def _read_feed(raw: bytes) -> list[ElementTree.Element]:
    """Entries of a feed. Declarations of types and entities are refused, so none can be opened or blown up."""
    try:
        text = raw.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise ServiceError("arxiv answered XML with a document type, which is not read")
        feed = ElementTree.fromstring(text)
    except (ValueError, ElementTree.ParseError) as error:
        raise ServiceError("arxiv answered something that is not XML", retryable=True) from error
    if feed.tag != f"{_ATOM}feed":
        raise ServiceError("arxiv answered something that is no Atom feed", retryable=True)
    return feed.findall(f"{_ATOM}entry")


def _fields(entry: ElementTree.Element) -> dict[str, str | tuple[str, ...]]:
    texts = {
        "id": entry.findtext(f"{_ATOM}id"),
        "title": entry.findtext(f"{_ATOM}title"),
        "published": entry.findtext(f"{_ATOM}published"),
        "summary": entry.findtext(f"{_ATOM}summary"),
        "doi": entry.findtext(f"{_ARXIV}doi"),
        "journal": entry.findtext(f"{_ARXIV}journal_ref"),
    }
    authors = tuple(author.findtext(f"{_ATOM}name") or "" for author in entry.findall(f"{_ATOM}author"))
    return {name: text for name, text in texts.items() if text} | {"authors": authors}


def _describe(entry: _Entry) -> Publication | None:
    if "/api/errors" in entry.id:
        raise ServiceError(f"arxiv refused the question: {' '.join(entry.summary.split())[:200]}")
    year = re.match(r"\d{4}", entry.published.strip())
    if year is None:
        return None
    number = re.search(r"/abs/([\w./-]+?)(?:v\d+)?$", entry.id.strip())
    return Publication(
        title=entry.title,
        year=int(year.group()),
        authors=entry.authors,
        venue=entry.journal or (f"arXiv preprint arXiv:{number[1]}" if number else "arXiv preprint"),
        abstract=entry.summary,
        url=f"https://arxiv.org/abs/{number[1]}" if number else "",
        doi=entry.doi,
        kind="article" if entry.journal else "misc",
    )
