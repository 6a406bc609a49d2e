"""Crossref (crossref.org), the registry of DOIs: every publisher's metadata, abstracts of some."""

from agents.literature.csl import CslItem, describe_csl
from agents.literature.fetching import Fetcher, find_mailto
from agents.literature.publication import Publication
from agents.literature.reading import MOST_RESULTS, content_words, list_of, read_items
from agents.schema import Source

_FIELDS = "DOI,URL,type,title,author,issued,container-title,publisher,abstract,volume,issue,page"
_NO_PUBLICATIONS = frozenset({"component", "peer-review", "journal", "journal-issue", "journal-volume", "grant"})


class Crossref:
    """Searches bibliographic metadata. An address in NATURALIST_MAILTO is answered from a better pool of servers."""

    def __init__(
        self, base_url: str = "https://api.crossref.org", timeout_s: float = 12.0, interval_s: float = 1.0
    ) -> None:
        self._fetcher = Fetcher(base_url, interval_s=interval_s, timeout_s=timeout_s)

    def search(self, query: str, count: int) -> list[Source]:
        wanted = content_words(query, 30)
        if count < 1 or not wanted:
            return []
        params = {"query.bibliographic": " ".join(wanted), "rows": str(min(count, MOST_RESULTS)), "select": _FIELDS}
        mailto = find_mailto()
        answer = self._fetcher.get_json("/works", params | ({"mailto": mailto} if mailto else {}))
        return read_items(list_of(answer, "message", "items"), CslItem, _describe, "crossref")[:count]


def _describe(item: CslItem) -> Publication | None:
    return None if item.type in _NO_PUBLICATIONS else describe_csl(item)
