"""OpenAlex (openalex.org), an open index of all fields. Without a key it answers some ten searches a day."""

from typing import Any

from agents.literature.fetching import Fetcher, find_key, find_mailto
from agents.literature.publication import Kind, Publication
from agents.literature.reading import MOST_RESULTS, Answer, content_words, list_of, read_items
from agents.schema import Source

_FIELDS = "id,doi,title,publication_year,type,is_retracted,authorships,primary_location,biblio,abstract_inverted_index"
_KINDS: dict[str, Kind] = {"article": "article", "review": "article", "book": "book"}
_LONGEST_ABSTRACT = 5000  # words


class _Author(Answer):
    display_name: str | None = None


class _Authorship(Answer):
    author: _Author | None = None


class _Journal(Answer):
    display_name: str | None = None
    type: str | None = None


class _Location(Answer):
    source: _Journal | None = None
    landing_page_url: str | None = None


class _Biblio(Answer):
    volume: str | None = None
    issue: str | None = None
    first_page: str | None = None
    last_page: str | None = None


class _Work(Answer):
    title: str | None
    publication_year: int | None
    doi: str | None = None
    type: str | None = None
    is_retracted: bool | None = None
    authorships: tuple[_Authorship, ...] = ()
    primary_location: _Location | None = None
    biblio: _Biblio | None = None
    abstract_inverted_index: dict[str, tuple[int, ...]] | None = None


class OpenAlex:
    """Searches titles, abstracts and some full texts; all words must occur, or any of them if nothing has all.

    A key comes from OPENALEX_API_KEY, an address from NATURALIST_MAILTO.
    """

    def __init__(
        self, base_url: str = "https://api.openalex.org", timeout_s: float = 12.0, interval_s: float = 0.2
    ) -> None:
        self._fetcher = Fetcher(base_url, interval_s=interval_s, timeout_s=timeout_s)

    def search(self, query: str, count: int) -> list[Source]:
        wanted = content_words(query, 12)
        if count < 1 or not wanted:
            return []
        found = self._ask(" ".join(wanted), count)
        return found if found or len(wanted) == 1 else self._ask(" OR ".join(wanted), count)

    def _ask(self, words: str, count: int) -> list[Source]:
        params = {"search": words, "per_page": str(min(count, MOST_RESULTS)), "select": _FIELDS}
        optional = {"api_key": find_key("OPENALEX_API_KEY"), "mailto": find_mailto()}
        answer = self._fetcher.get_json("/works", params | {name: value for name, value in optional.items() if value})
        return read_items(list_of(answer, "results"), _Work, _describe, "openalex")[:count]


def _describe(work: _Work) -> Publication | None:
    if not work.title or work.publication_year is None or work.is_retracted:
        return None
    location = work.primary_location or _Location()
    journal, biblio = location.source or _Journal(), work.biblio or _Biblio()
    kind: Kind = "inproceedings" if journal.type == "conference" else _KINDS.get(work.type or "", "misc")
    return Publication(
        title=work.title,
        year=work.publication_year,
        authors=tuple(
            each.author.display_name for each in work.authorships if each.author and each.author.display_name
        ),
        venue=journal.display_name or "",
        abstract=rebuild_abstract(work.abstract_inverted_index or {}),
        url=location.landing_page_url or "",
        doi=work.doi or "",
        kind=kind,
        volume=biblio.volume or "",
        number=biblio.issue or "",
        pages="-".join(page for page in (biblio.first_page, biblio.last_page) if page),
    )


def rebuild_abstract(index: dict[str, Any]) -> str:
    """Text from an inverted index, word -> its places."""
    placed = [(place, word) for word, places in index.items() for place in places[:_LONGEST_ABSTRACT]]
    return " ".join(word for _, word in sorted(placed)[:_LONGEST_ABSTRACT])
