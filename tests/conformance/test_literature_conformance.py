"""What every literature source must do, whoever is behind it. A new adapter is one more line in ADAPTERS."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agents.errors import ServiceError
from agents.literature.arxiv import Arxiv
from agents.literature.bibtex import parse_bibtex
from agents.literature.cached import Cached
from agents.literature.cascade import Cascade
from agents.literature.crossref import Crossref
from agents.literature.guarded import Guarded
from agents.literature.library import Library
from agents.literature.openalex import OpenAlex
from agents.literature.semantic_scholar import SemanticScholar
from agents.literature.template_bibliography import TemplateBibliography
from agents.services import Literature, LiteratureSource
from tests.agents.literature import records
from tests.agents.literature.records import Told
from tests.agents.literature.web import Reply, serve
from tests.fakes import FixedLiterature

TOLD = [Told(f"Smoothing number {word}", 2000 + place, doi="", venue="") for place, word in enumerate("abcdef")]
BIB = "\n".join(f"@misc{{key{place}, title={{{told.title}}}, year={told.year}}}" for place, told in enumerate(TOLD))


def ignore(what: str, consequence: str) -> None:
    """The sources here are in order."""


class Desk(NamedTuple):
    """Where a source is opened: a folder, and servers that live as long as the test."""

    folder: Path
    stack: ExitStack

    def web(self, tell: Callable[..., Reply]) -> str:
        return self.stack.enter_context(serve(tell(*TOLD))).url

    def bib(self) -> Path:
        (self.folder / "some.bib").write_text(BIB, encoding="utf-8")
        return self.folder / "some.bib"


def _openalex(desk: Desk) -> LiteratureSource:
    return OpenAlex(desk.web(records.openalex), 5.0, 0.0)


def _cascade(desk: Desk) -> Cascade:
    return Cascade([("openalex", _openalex(desk)), ("template", TemplateBibliography(desk.bib()))], 5.0, ignore)


ADAPTERS: dict[str, Callable[[Desk], LiteratureSource]] = {
    "template": lambda desk: TemplateBibliography(desk.bib()),
    "library": lambda desk: Library([desk.bib()], desk.folder, ignore),
    "openalex": _openalex,
    "semantic_scholar": lambda desk: SemanticScholar(desk.web(records.semantic_scholar), 5.0, 0.0),
    "crossref": lambda desk: Crossref(desk.web(records.crossref), 5.0, 0.0),
    "arxiv": lambda desk: Arxiv(desk.web(records.arxiv), 5.0, 0.0),
    "guarded": lambda desk: Guarded(_openalex(desk)),
    "cached": lambda desk: Cached(_openalex(desk), "openalex", desk.folder, ignore),
    "cascade": _cascade,
    "fake": lambda desk: FixedLiterature(_openalex(desk).search("smoothing", 6)),
}
DOWN: dict[str, Callable[[str], Any]] = {
    "openalex": lambda url: OpenAlex(url, 1.0, 0.0),
    "semantic_scholar": lambda url: SemanticScholar(url, 1.0, 0.0),
    "crossref": lambda url: Crossref(url, 1.0, 0.0),
    "arxiv": lambda url: Arxiv(url, 1.0, 0.0),
    "guarded": lambda url: Guarded(Crossref(url, 1.0, 0.0)),
}


@pytest.fixture(params=ADAPTERS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiteratureSource]:
    with ExitStack() as stack:
        yield ADAPTERS[request.param](Desk(tmp_path, stack))


class TestEverySource:
    @pytest.mark.parametrize("count", [-1, 0, 1, 3, 50, 1000])
    def test_returns_at_most_what_was_asked_for(self, source: LiteratureSource, count: int) -> None:
        assert len(source.search("smoothing", count)) <= max(count, 0)

    def test_returns_publications_that_a_paper_can_cite(self, source: LiteratureSource) -> None:
        found = source.search("smoothing number", 50)
        assert len(found) >= len(TOLD)
        assert len({each.key for each in found}) == len(found)
        for each in found:
            [read] = parse_bibtex(each.bibtex, "x", each.origin)
            assert (read.key, read.title, read.year, read.authors) == (each.key, each.title, each.year, each.authors)

    def test_answers_alike_when_asked_again(self, source: LiteratureSource) -> None:
        assert source.search("smoothing", 4) == source.search("smoothing", 4)

    @pytest.mark.parametrize("query", ["", "\x00", "  ", "%s {} \\ \n", "smoothing " * 500, "深度学习", '"; DROP'])
    def test_takes_any_query(self, source: LiteratureSource, query: str) -> None:
        assert len(source.search(query, 2)) <= 2


@pytest.mark.parametrize("adapter", DOWN)
def test_a_service_that_is_down_is_a_service_error_of_one_line(adapter: str) -> None:
    with serve(Reply(status=500, headers={"retry-after": "9"})) as web, pytest.raises(ServiceError) as failure:
        DOWN[adapter](web.url).search("smoothing", 3)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize("adapter", ["cascade", "fake"])
def test_findings_are_what_search_returns_and_who_answered(adapter: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        source = ADAPTERS[adapter](Desk(tmp_path, stack))
        literature: Literature = source if isinstance(source, Cascade | FixedLiterature) else FixedLiterature()
        findings = literature.find("smoothing", 4)
        assert list(findings.sources) == literature.search("smoothing", 4)
    assert findings.answered and not findings.failed
