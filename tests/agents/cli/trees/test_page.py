"""The page is one file, tells what fits, and runs nothing but its own script whatever an experiment wrote."""

import base64
import hashlib
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from agents.cli.trees import details
from agents.cli.trees.page import write_page
from agents.cli.trees.study import StudyTree
from tests.agents.cli.trees.searches import HOSTILE, large_tree, node, small_tree, tree_of

OLD, NEW = "o" * 64, "n" * 64


class Page(HTMLParser):
    """Elements of a page in order, the texts of its scripts, and its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[str] = []
        self.scripts: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1] == "script" and data.strip():
            self.scripts.append(data)

    @property
    def facts(self) -> dict[str, Any]:
        return json.loads(self.scripts[0])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run folder in which node 8 of the small tree left everything that it could."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / f"{OLD}.py").write_text("rate = 1\nprint(rate)\n")
    (tmp_path / "code" / f"{NEW}.py").write_text(f"rate = 2\nprint(rate)  # {HOSTILE}\n")
    place = tmp_path / "experiments" / "s1-0008"
    (place / "artefacts").mkdir(parents=True)
    (place / "stdout.txt").write_text(f"\x1b[31mstart\rend\n{HOSTILE}\n")
    (place / "artefacts" / "plot.png").write_bytes(b"\x89PNG small")
    (place / "artefacts" / "big.png").write_bytes(b"\x89PNG" + bytes(300_000))
    (place / "artefacts" / "link.png").symlink_to("/etc/hostname")
    return tmp_path


@pytest.fixture
def tree(folder: Path) -> StudyTree:
    nodes = [each.model_copy(update={"code_sha256": OLD}) for each in small_tree().nodes]
    outcome = nodes[8].outcome
    assert outcome is not None
    named = dict.fromkeys(("plot.png", "big.png", "link.png", "../../s1-0000/x.png", "data.csv"), "")
    changes = {"code_sha256": NEW, "outcome": outcome.model_copy(update={"artefacts": named, "detail": HOSTILE})}
    nodes[8] = nodes[8].model_copy(update={**changes, "config": {"smoothing": HOSTILE}, "chosen_by": "bandit"})
    return tree_of(*nodes, folder=folder)


def test_what_an_experiment_wrote_cannot_run(tree: StudyTree) -> None:
    page = Page(write_page(tree))
    assert page.elements.count("script") == 2
    assert "img" not in page.elements
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert HOSTILE not in page.text
    assert page.facts["nodes"][8]["change"] == HOSTILE


def test_the_policy_allows_the_pages_own_script_alone(tree: StudyTree) -> None:
    page = Page(write_page(tree))
    digest = base64.b64encode(hashlib.sha256(page.scripts[1].encode()).digest()).decode()
    policy = next(value for _, value in page.attributes if value.startswith("default-src"))
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy


def test_nothing_is_fetched_from_anywhere(tree: StudyTree) -> None:
    page = Page(write_page(tree))
    assert not {name for name, _ in page.attributes} & {"src", "href", "xlink:href", "action"}
    assert "link" not in page.elements
    assert "http" not in page.text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_a_node_tells_its_code_log_and_small_figures(tree: StudyTree) -> None:
    facts = Page(write_page(tree)).facts
    told = facts["details"]["s1-0008"]
    assert "-rate = 1\n" in told["diff"]
    assert "+rate = 2\n" in told["diff"]
    assert told["log"] == f"end\n{HOSTILE}"
    assert [(figure["name"], figure["url"][:22]) for figure in told["figures"]] == [
        ("plot.png", "data:image/png;base64,")
    ]
    assert facts["nodes"][8]["arm"] == "bandit"
    assert facts["details"]["s1-0004"]["diff"] == "the same code as s1-0001"


def test_what_was_left_out_is_counted(tree: StudyTree, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "2 figures are left out" in write_page(tree)
    monkeypatch.setattr(details, "MOST_NODES", 3)
    page = Page(write_page(tree))
    assert list(page.facts["details"]) == ["s1-0006", "s1-0004", "s1-0001"]
    assert "code and logs of 7 nodes are left out" in page.text


def test_texts_are_cut_to_what_fits_in_all(tree: StudyTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(details, "MOST_TEXT", 100)
    facts = Page(write_page(tree)).facts
    assert 0 < len(facts["details"]) < 10
    assert sum(len(each["diff"]) + len(each["log"]) for each in facts["details"].values()) <= 100


def test_every_node_can_be_chosen_and_searched() -> None:
    page = Page(write_page(small_tree()))
    assert [value for name, value in page.attributes if name == "data-i"] == [str(place) for place in range(10)]
    assert [each["id"] for each in page.facts["nodes"]] == [f"s1-{place:04d}" for place in range(10)]
    assert [each["p"] for each in page.facts["nodes"]] == [-1, -1, 1, 2, 1, 4, 4, 4, 6, 6]
    assert page.facts["best"] == 6


def test_a_search_that_has_not_begun_is_a_page_too() -> None:
    facts = Page(write_page(tree_of(node(0, status="open")))).facts
    assert (facts["best"], facts["span"]) == (None, None)


def test_ten_thousand_nodes_stay_a_file_that_a_browser_opens() -> None:
    text = write_page(large_tree(10_000))
    assert len(text) < 8_000_000
    assert "8500 nodes are left out" in text
