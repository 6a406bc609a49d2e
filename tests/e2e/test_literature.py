"""What a run does with its literature sources: its own, the user's, and services that fail."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from agents.literature.arxiv import Arxiv
from agents.literature.openalex import OpenAlex
from agents.nodes.artefacts import read_records
from agents.schema import Source
from tests.agents.literature import records
from tests.agents.literature.records import SMOOTHING
from tests.agents.literature.web import Reply, serve
from tests.e2e.toy import TOY, logged, start

pytestmark = pytest.mark.slow
TEMPLATE_KEYS = {
    source.strip().split("{")[1].split(",")[0] for source in (TOY / "references.bib").read_text().split("\n@")
}
WHERE = {"openalex": "", "arxiv": ""}


class LocalOpenAlex(OpenAlex):
    def __init__(self) -> None:
        super().__init__(WHERE["openalex"], 2.0, 0.0)


class LocalArxiv(Arxiv):
    def __init__(self) -> None:
        super().__init__(WHERE["arxiv"], 2.0, 0.0)


def found_by(folder: Path) -> dict[str, str]:
    return {source.key: source.origin for source in read_records(folder / "sources.json", Source)}


def test_without_a_key_only_what_is_here_is_asked(tmp_path: Path) -> None:
    (tmp_path / "mine.bib").write_text("@misc{mine, title={Toy scores and their boost}, year=2020}\n@misc{broken, ")
    folder = start(tmp_path, gates=("idea",), library=(tmp_path / "mine.bib",)).folder
    stored = tomllib.loads((folder / "settings.toml").read_text())
    assert stored["literature"] == ["template", "library"]
    assert found_by(folder) == dict.fromkeys(TEMPLATE_KEYS, "template") | {"mine": "library"}
    assert [event.what for event in logged(folder, "degraded")] == ["library mine.bib"]
    assert not (tmp_path / "workspace" / ".cache").exists()


def test_a_service_that_refuses_for_ever_does_not_keep_a_run_from_the_others(tmp_path: Path) -> None:
    names = ("template", f"{__name__}:LocalOpenAlex", f"{__name__}:LocalArxiv")
    with serve(records.openalex(SMOOTHING)) as good, serve(Reply(b"", 429, {"retry-after": "60"})) as limited:
        WHERE.update(openalex=good.url, arxiv=limited.url)
        folder = start(tmp_path, gates=("idea",), literature=names).folder
    origins = found_by(folder)
    assert origins.keys() > TEMPLATE_KEYS
    assert "openalex" in origins.values()
    [told] = [event for event in logged(folder, "degraded") if event.what.startswith("literature")]
    assert "LocalArxiv" in told.what and "429" in told.consequence


def test_the_answers_of_one_run_serve_the_next(tmp_path: Path) -> None:
    with serve(records.openalex(SMOOTHING)) as web:
        WHERE.update(openalex=web.url)
        found, asked = list[Any](), list[int]()
        for _ in range(2):
            run = start(tmp_path, gates=("idea",), literature=(f"{__name__}:LocalOpenAlex",))
            found.append(found_by(run.folder))
            asked.append(len(web.asked))
    assert found[0] == found[1] and len(found[0]) == 1
    assert asked[0] == asked[1] > 0
