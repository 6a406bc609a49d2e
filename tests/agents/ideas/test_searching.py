"""Several queries as one search, and who answered them."""

import pytest

from agents.errors import ServiceError
from agents.ideas.searching import merge_sources, search_all
from agents.literature.bibtex import parse_bibtex
from agents.schema import Findings, Source
from tests.agents.ideas.records import make_source
from tests.fakes import FixedLiterature


class Telling:
    """A service that says who answered, even where nothing was found."""

    def __init__(self, *answers: Findings) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def find(self, query: str, count: int) -> Findings:
        self.asked.append(query)
        return self._answers.pop(0)

    def search(self, query: str, count: int) -> list[Source]:
        raise AssertionError("find says more")


class Down(Telling):
    def find(self, query: str, count: int) -> Findings:
        raise ServiceError("429")


def test_answers_of_all_queries_are_merged_and_nobody_is_asked_twice() -> None:
    service = Telling(
        Findings(sources=(make_source("a"),), answered=("arxiv",)),
        Findings(sources=(make_source("b"), make_source("a")), answered=("openalex",)),
    )
    found = search_all(service, ["one", "two", " one ", ""], 5)
    assert service.asked == ["one", "two"]
    assert [source.key for source in found.sources] == ["a", "b"]
    assert (found.queries, found.answered) == (("one", "two"), ("arxiv", "openalex"))


def test_an_empty_answer_is_an_answer_where_the_service_says_so() -> None:
    assert search_all(FixedLiterature(answered=("arxiv",)), ["x"], 5).answered == ("arxiv",)
    assert search_all(FixedLiterature(answered=()), ["x"], 5).answered == ()


def test_a_service_that_is_down_has_not_answered() -> None:
    assert search_all(Down(), ["x", "y"], 5).answered == ()


@pytest.mark.parametrize(("source", "reached"), [("template", ()), ("library", ()), ("arxiv", ("arxiv",))])
def test_a_bibliography_of_ones_own_is_no_search_of_the_literature(source: str, reached: tuple[str, ...]) -> None:
    assert search_all(FixedLiterature([make_source("a")], (source,)), ["x"], 5).reached == reached


def test_two_works_with_one_key_get_two_and_their_bibtex_follows() -> None:
    merged = merge_sources(
        [make_source("doe2014")], [make_source("doe2014", "Another"), make_source("doe2014", "Third")]
    )
    assert [source.key for source in merged] == ["doe2014", "doe2014b", "doe2014c"]
    assert [parse_bibtex(source.bibtex, "x", "x")[0].key for source in merged] == ["doe2014", "doe2014b", "doe2014c"]
    assert merge_sources(merged, [make_source("doe2014", "ANOTHER!")]) == merged
