"""The picture of a tree: the same every time, well-formed whatever a node is called, large enough to read."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from agents.cli.trees.picture import draw_svg
from agents.cli.trees.study import StudyTree
from tests.agents.cli.trees.searches import large_tree, node, small_tree, tree_of

SVG = "{http://www.w3.org/2000/svg}"


def shapes(svg: str) -> list[ElementTree.Element]:
    group = ElementTree.fromstring(svg).find(f".//{SVG}g[@class='nodes']")
    assert group is not None
    return list(group)


def legend(svg: str) -> str:
    group = ElementTree.fromstring(svg).find(f".//{SVG}g[@class='legend']")
    assert group is not None
    return " ".join(group.itertext())


def test_a_small_tree_is_drawn_as_ever(golden: Callable[[str, str], None]) -> None:
    golden("cli/tree.svg", draw_svg(small_tree()))


@pytest.mark.parametrize("tree", [tree_of(node(0, status="open")), tree_of(node(0)), large_tree(300)])
def test_every_node_is_drawn_once(tree: StudyTree) -> None:
    assert len(shapes(draw_svg(tree))) == len(tree.nodes)


def test_what_an_experiment_calls_itself_stays_text() -> None:
    svg = draw_svg(small_tree())
    assert {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(svg).iter()} == {
        "svg", "title", "rect", "g", "path", "text",
    }  # fmt: skip
    told = shapes(svg)[8].findtext(f"{SVG}title")
    assert told is not None
    assert "<script>" in told


def test_the_legend_explains_what_is_there_and_nothing_else() -> None:
    whole, plain = legend(draw_svg(small_tree())), legend(draw_svg(tree_of(node(0, 0.5), node(1, 0.6))))
    for word in ("draft", "debug", "improve", "rewrite", "cross", "repeat", "failed", "not finished", "alpha", "beta"):
        assert word in whole
    for word in ("debug", "failed", "not finished", "same node"):
        assert word not in plain
    assert "Validation accuracy (%)" in whole


def test_a_failed_node_is_crossed_and_the_best_is_larger() -> None:
    drawn = shapes(draw_svg(small_tree()))
    assert drawn[2].attrib["d"].count("M") == 3
    assert drawn[6].attrib["stroke-width"] == "3"


def test_a_thousand_nodes_fit_a_page_that_can_be_read() -> None:
    root = ElementTree.fromstring(draw_svg(large_tree(1000)))
    assert float(root.attrib["width"]) < 4000
    assert float(root.attrib["height"]) < 4000
