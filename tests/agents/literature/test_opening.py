"""From settings to sources, and all of them at once against servers that fail in every way."""

import tomllib
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest

from agents.errors import UserError
from agents.literature import LITERATURE
from agents.literature.arxiv import Arxiv
from agents.literature.cached import Cached
from agents.literature.cascade import Cascade
from agents.literature.crossref import Crossref
from agents.literature.guarded import Guarded
from agents.literature.openalex import OpenAlex
from agents.literature.opening import Surroundings, open_sources, settle_literature
from agents.literature.semantic_scholar import SemanticScholar
from agents.registry import find_adapter
from agents.run_folder import settle_settings
from agents.schema import Source
from agents.services import LiteratureSource
from agents.settings import Settings, dump_settings
from tests.agents.literature import records
from tests.agents.literature.records import CALIBRATION, SMOOTHING
from tests.agents.literature.web import Reply, Web, serve
from tests.fakes import FixedLiterature

ALL = ("semantic_scholar", "openalex", "arxiv", "crossref")


class Degradations(list[tuple[str, str]]):
    def __call__(self, what: str, consequence: str) -> None:
        self.append((what, consequence))


def around(folder: Path, bibliography: Path | None = None, told: Degradations | None = None) -> Surroundings:
    return Surroundings(bibliography, (), folder / "cache", told or Degradations())


def all_services(*replies: Reply, stack: ExitStack) -> tuple[Web, list[tuple[str, LiteratureSource]]]:
    """The four services against one server that gives `replies` by turns of asking, the last for ever."""
    given = list(replies)
    web = stack.enter_context(serve(lambda _: given.pop(0) if len(given) > 1 else given[0]))
    made = (SemanticScholar(web.url, 1.0, 0.0), OpenAlex(web.url, 1.0, 0.0), Arxiv(web.url, 1.0, 0.0))
    sources = [*made, Crossref(web.url, 1.0, 0.0)]
    return web, [(name, Guarded(source)) for name, source in zip(ALL, sources, strict=True)]


@pytest.mark.parametrize(
    ("fields", "has_template", "names"),
    [
        ({}, True, ("template",)),
        ({}, False, ()),
        ({"model": "openai/x"}, True, ("template", *ALL)),
        ({"model": "openai/x"}, False, ALL),
        ({"model": "openai/x", "literature": ("arxiv",)}, True, ("arxiv",)),
        ({"literature": ("crossref", "template")}, True, ("crossref", "template")),
    ],
)
def test_what_is_asked_suits_the_researcher(
    fields: dict[str, object], has_template: bool, names: tuple[str, ...], tmp_path: Path
) -> None:
    settings = Settings.model_validate({"topic": "t"} | fields)
    asked = {"has_template": has_template, "has_model": settings.model != "offline"}
    assert settle_literature(settings, **asked) == names
    (tmp_path / "a.bib").write_text("")
    with_library = settings.model_copy(update={"library": (tmp_path / "a.bib",)})
    assert settle_literature(with_library, **asked) == (*names, "library")


def test_the_run_folder_holds_the_settled_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.bib").write_text("")
    settings = Settings(topic="t", library=(Path("a.bib"),), model="openai/x")
    stored = tomllib.loads(dump_settings(settle_settings(settings, "t", None)))
    assert stored["literature"] == [*ALL, "library"]
    assert stored["library"] == [str(tmp_path / "a.bib")]


def test_a_library_that_is_not_there_is_refused_before_there_is_a_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not there"):
        settle_settings(Settings(topic="t", library=(tmp_path / "none",)), "t", None)


@pytest.mark.parametrize("name", LITERATURE)
def test_every_known_name_is_there(name: str) -> None:
    assert callable(find_adapter("literature", name, LITERATURE))


def test_services_are_cached_and_local_sources_are_not(tmp_path: Path) -> None:
    (tmp_path / "references.bib").write_text("@misc{a, title={Label}, year=2000}")
    opened = dict(open_sources(["template", *ALL], around(tmp_path, tmp_path / "references.bib")))
    assert list(opened) == ["template", *ALL]
    assert [name for name, source in opened.items() if isinstance(source, Cached)] == list(ALL)


def test_a_run_without_a_template_has_no_bibliography(tmp_path: Path) -> None:
    assert open_sources(["template"], around(tmp_path)) == []


class Mine(FixedLiterature):
    asked = 0

    def search(self, query: str, count: int) -> list[Source]:
        type(self).asked += 1
        found = SMOOTHING
        return [Source(key="mine", title=found.title, authors=(), year=found.year, bibtex="", origin="mine")]


def test_a_source_of_ones_own_is_named_by_its_path_and_cached(tmp_path: Path) -> None:
    name = f"{__name__}:Mine"
    for _ in range(2):
        [(named, source)] = open_sources([name], around(tmp_path))
        assert named == name
        assert [found.key for found in source.search("label", 3)] == ["mine"]
    assert Mine.asked == 1


def test_too_many_requests_for_ever_leaves_the_other_sources_their_say() -> None:
    told = Degradations()
    with ExitStack() as stack:
        limited = stack.enter_context(serve(Reply(b"{}", 429)))
        good = stack.enter_context(serve(records.openalex(SMOOTHING, CALIBRATION)))
        sources = [
            ("semantic_scholar", Guarded(SemanticScholar(limited.url, 2.0, 0.0))),
            ("openalex", Guarded(OpenAlex(good.url, 2.0, 0.0))),
        ]
        cascade, begin = Cascade(sources, 5.0, told), monotonic()
        findings = [cascade.find(f"label smoothing {word}", 5) for word in ("one", "two", "three")]
        assert monotonic() - begin < 8
    assert all(each.answered == ("openalex",) and each.failed == ("semantic_scholar",) for each in findings)
    assert all(len(each.sources) == 2 for each in findings)
    assert len(limited.asked) == 2
    assert [what for what, _ in told] == ["literature source semantic_scholar"]


FAULTS = {
    "429 for ever": Reply(b"{}", 429),
    "500": Reply(b"{}", 500, {"retry-after": "60"}),
    "hangs": Reply(hangs=True),
    "html": Reply(b"<html>Sign in</html>"),
    "cut off": Reply(b'{"data": [', length=900),
    "away": Reply(status=302, headers={"location": "http://127.0.0.1:9/"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_when_all_are_down_a_hundred_questions_take_seconds(fault: str) -> None:
    told = Degradations()
    with ExitStack() as stack:
        web, sources = all_services(FAULTS[fault], stack=stack)
        cascade, begin = Cascade(sources, 5.0, told), monotonic()
        for number in range(100):
            findings = cascade.find(f"label smoothing {'abcdefghij'[number % 10]}", 5)
            assert findings.failed == ALL
            assert not findings.sources
        assert monotonic() - begin < 10
        assert len(web.asked) <= 8
    assert [what for what, _ in told] == [*(f"literature source {name}" for name in ALL), "literature"]


def test_one_publication_told_by_all_is_one_source() -> None:
    tell = (records.semantic_scholar, records.openalex, records.arxiv, records.crossref)
    makes = (SemanticScholar, OpenAlex, Arxiv, Crossref)
    with ExitStack() as stack:
        urls = [stack.enter_context(serve(each(SMOOTHING, CALIBRATION))).url for each in tell]
        sources = [(name, make(url, 2.0, 0.0)) for name, make, url in zip(ALL, makes, urls, strict=True)]
        findings = Cascade(sources, 5.0, Degradations()).find("label smoothing", 10)
    assert findings.answered == ALL
    assert [source.title for source in findings.sources] == [SMOOTHING.title, CALIBRATION.title]
