"""The template's bibliography, several sources as one, and the words by which they are ranked."""

from pathlib import Path
from threading import Event as Flag
from time import monotonic

import pytest

from agents.errors import ServiceError
from agents.literature.cascade import Cascade
from agents.literature.template_bibliography import TemplateBibliography, complete
from agents.literature.wording import joined_pairs, overlap, stems
from agents.schema import Findings, Source
from tests.fakes import FixedLiterature

BIB = """
@article{adam, title={Adam: A Method for Stochastic Optimization}, year=2015, author={Kingma, D.},
  abstract={A first-order gradient method.}}
@article{ls, title={When Does Label Smoothing Help?}, year=2019, author={M{\\"u}ller, R.},
  abstract={Smoothed labels improve calibration of networks.}}
@article{drop, title={Dropout}, year=2014, author={Srivastava, N.}, abstract={Prevents overfitting of networks.}}
"""


@pytest.fixture
def bibliography(tmp_path: Path) -> TemplateBibliography:
    path = tmp_path / "references.bib"
    path.write_text(BIB, encoding="utf-8")
    return TemplateBibliography(path)


class Hanging:
    def __init__(self) -> None:
        self.asked = 0
        self.release = Flag()

    def search(self, query: str, count: int) -> list[Source]:
        self.asked += 1
        self.release.wait()
        return []


class Failing:
    def search(self, query: str, count: int) -> list[Source]:
        raise ServiceError("answered HTTP status 429", retryable=True)


class Buggy:
    def search(self, query: str, count: int) -> list[Source]:
        raise ZeroDivisionError


def source(key: str, title: str) -> Source:
    return Source(key=key, title=title, authors=(), year=2000, bibtex="", origin="fake")


class Degradations(list[tuple[str, str]]):
    def __call__(self, what: str, consequence: str) -> None:
        self.append((what, consequence))


@pytest.mark.parametrize(
    ("query", "first"), [("smoothing of labels", "ls"), ("drop-out dropout", "drop"), ("optimisation", "adam")]
)
def test_the_bibliography_puts_the_nearest_first(query: str, first: str, bibliography: TemplateBibliography) -> None:
    found = bibliography.search(query, 3)
    assert found[0].key == first
    assert len(found) == 3
    assert found[0].origin == "template"


def test_a_bibliography_is_completed_by_what_knobs_may_cite(tmp_path: Path) -> None:
    (tmp_path / "references.bib").write_text(BIB, encoding="utf-8")
    found = complete([source("ls", "Its record elsewhere"), source("new", "New")], tmp_path / "references.bib")
    assert [each.key for each in found] == ["ls", "new", "adam", "drop"]


def test_a_source_that_hangs_for_ever_does_not_hang_the_search() -> None:
    hanging, noted = Hanging(), Degradations()
    cascade = Cascade([("slow", hanging), ("good", FixedLiterature([source("a", "A")]))], 0.5, noted)
    begin = monotonic()
    assert [each.key for each in cascade.search("q", 5)] == ["a"]
    assert [each.key for each in cascade.search("q", 5)] == ["a"]
    assert monotonic() - begin < 20
    hanging.release.set()
    assert noted == [("literature source slow", "no answer within 0.5 s; the search goes on without it")]
    assert hanging.asked == 1


def test_a_source_that_fails_is_reported_once_and_left_out() -> None:
    noted = Degradations()
    cascade = Cascade([("rate-limited", Failing()), ("good", FixedLiterature([source("a", "A")]))], 5.0, noted)
    assert [each.key for each in cascade.search("q", 5) + cascade.search("r", 5)] == ["a", "a"]
    assert [what for what, _ in noted] == ["literature source rate-limited"]
    assert "429" in noted[0][1]


def test_all_down_finds_nothing_and_says_so() -> None:
    noted = Degradations()
    findings = Cascade([("x", Failing()), ("y", Failing())], 5.0, noted).find("q", 5)
    assert findings == Findings(failed=("x", "y"))
    assert [what for what, _ in noted] == ["literature source x", "literature source y", "literature"]


def test_findings_tell_who_answered_even_with_nothing() -> None:
    cascade = Cascade([("empty", FixedLiterature()), ("down", Failing())], 5.0, Degradations())
    assert cascade.find("q", 5) == Findings(answered=("empty",), failed=("down",))


def test_a_bug_in_a_source_is_not_taken_for_a_service_that_is_down() -> None:
    with pytest.raises(ZeroDivisionError):
        Cascade([("x", Buggy())], 5.0, Degradations()).search("q", 5)


def test_answers_are_interleaved_and_one_title_comes_once() -> None:
    one = FixedLiterature([source("a1", "Deep Nets"), source("a2", "Other")])
    two = FixedLiterature([source("b1", "deep  nets."), source("b2", "Third")])
    found = Cascade([("one", one), ("two", two)], 5.0, Degradations()).search("q", 5)
    assert [each.key for each in found] == ["a1", "a2", "b2"]


def test_words_meet_across_spelling_and_tense() -> None:
    assert stems("regularisation, optimisers") == stems("Regularization Optimizer")
    assert stems("smoothed labels") == stems("label_smoothing")
    assert "dropout" in joined_pairs("drop-out")
    assert overlap({"a", "b"}, {"b"}, {"a": 1.0, "b": 3.0}) == 0.75
    assert overlap(set(), {"b"}) == 0.0
