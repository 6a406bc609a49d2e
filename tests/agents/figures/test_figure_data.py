"""Reading what experiments left for figures."""

import os
from pathlib import Path

import pytest

from agents.figures.data import CURVE_LIMIT_BYTES, arm_experiments, best_node, curve_band, dose_lines, read_curve
from agents.figures.tree import lay_out
from agents.schema import Experiment, Outcome
from tests.agents.paper.planted import make_study


@pytest.mark.parametrize(
    "text",
    ["", "x,y\n", "x,y\n1,2\n", "a,b\n1,2\n2,3\n", "x,y\n1,2\n2\n", "x,y\n1,two\n2,3\n", "x,y\n1,nan\n2,inf\n3,1\n"],
)
def test_a_malformed_curve_is_no_curve(tmp_path: Path, text: str) -> None:
    (tmp_path / "curve.csv").write_text(text)
    assert read_curve(tmp_path / "curve.csv") is None


def test_a_curve_is_read_in_order_of_x(tmp_path: Path) -> None:
    (tmp_path / "curve.csv").write_text("x,y\n2,20\n1,10\n3,nan\n")
    assert read_curve(tmp_path / "curve.csv") == [(1.0, 10.0), (2.0, 20.0)]


def test_links_pipes_and_huge_files_are_no_curves(tmp_path: Path) -> None:
    real = tmp_path / "real.csv"
    real.write_text("x,y\n1,2\n2,3\n")
    (tmp_path / "link.csv").symlink_to(real)
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "huge.csv").write_bytes(b"x,y\n" + b"1,2\n" * (CURVE_LIMIT_BYTES // 4))
    assert [read_curve(tmp_path / f"{name}.csv") for name in ("link", "pipe", "huge", "missing")] == [None] * 4


def test_curves_with_other_steps_are_averaged_where_all_have_values(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=4, seeds=2)
    pair = arm_experiments(study.evidence, "treatment", study.experiments)
    for item, text in zip(pair, ("x,y\n0,0\n10,10\n", "x,y\n5,7\n10,12\n20,22\n"), strict=True):
        (study.experiments_folder / item.id / "artefacts" / "curve.csv").write_text(text)
    band = curve_band(pair, study.experiments_folder)
    assert band is not None
    assert (band.x.tolist(), band.mean.tolist(), band.seeds) == ([5.0, 10.0], [6.0, 11.0], 2)


def test_an_arm_without_runs_of_its_own_uses_those_that_the_ledger_names(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=8, factors=("smoothing",))
    shared = arm_experiments(study.evidence, "without_smoothing", study.experiments)
    assert {item.arm for item in shared} == {"control"}
    assert len(shared) == 10


def test_the_winner_has_a_factor_away_from_its_default(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=8)
    best = best_node(study.evidence, study.template, [n for n in study.experiments if n.stage == "search"])
    assert best is not None
    assert best.index > 0


def test_every_node_of_the_tree_has_a_place_of_its_own_under_its_parent(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=200)
    nodes = [node for node in study.experiments if node.stage == "search"]
    places = lay_out(nodes)
    assert len(set(places.values())) == len(nodes) == 200
    assert all(places[n.id][1] == places[n.parent][1] + 1 for n in nodes if n.parent)


def test_a_chain_of_thousands_of_nodes_can_be_laid_out(tmp_path: Path) -> None:
    first = make_study(tmp_path, nodes=2).experiments[0]
    chain: list[Experiment] = []
    for index in range(5000):
        parent = chain[-1].id if chain else None
        chain.append(first.model_copy(update={"id": f"s1-{index:04d}", "index": index, "parent": parent}))
    assert lay_out(chain)[chain[-1].id] == (0.0, 4999)


def test_a_line_over_levels_joins_only_nodes_that_are_alike_in_all_else(tmp_path: Path) -> None:
    """The mean of a level was joined over nodes with other settings too, and looked like the knob's own doing."""
    node = make_study(tmp_path, nodes=4).experiments[0]

    def tried(smoothing: float, width: int, error: float, code: str = node.code_sha256) -> Experiment:
        config = node.config | {"smoothing": smoothing, "width": width}
        outcome = Outcome(status="ok", metrics={"error": error})
        return node.model_copy(update={"config": config, "code_sha256": code, "outcome": outcome})

    nodes = [tried(0.2, 64, 3.0), tried(0.0, 64, 5.0), tried(0.2, 64, 4.0)]
    others = [tried(0.1, 32, 1.0), tried(0.1, 64, 2.0, "b" * 64)]
    assert dose_lines("smoothing", "error", [*nodes, *others]) == [[(0.0, 5.0), (0.2, 3.5)]]
