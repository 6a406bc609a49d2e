"""Figures of whole studies: what is drawn, that it is clean, and that nothing else changes."""

import hashlib
import json
import threading
from pathlib import Path

import matplotlib as mpl
import pytest

from agents.figures import draw_figures
from agents.figures.curves import draw_curves
from agents.figures.data import best_node, search_nodes
from agents.figures.effects import draw_ablation, draw_forest
from agents.figures.lint import lint_figure
from agents.figures.style import house_style
from agents.figures.tree import draw_tree
from agents.paper.markup import find_keys, find_numerals
from agents.schema import Outcome
from tests.agents.paper.planted import Study, make_study, with_repeats


def _draw(study: Study, out: Path) -> list[str]:
    figures = draw_figures(study.evidence, study.template, study.experiments, study.experiments_folder, out)
    assert json.loads((out / "figures" / "lint.json").read_text()) == {}
    assert all((out / figure.path).read_bytes().startswith(b"%PDF") for figure in figures)
    return [figure.label for figure in figures]


@pytest.mark.slow
def test_two_factors_give_an_ablation_figure_and_no_gain_is_drawn_twice(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    labels = _draw(study, tmp_path / "paper")
    assert labels == ["fig:search-tree", "fig:dose", "fig:curves", "fig:effects", "fig:ablation"]
    with house_style():
        drawings = [draw(study.evidence, study.template, study.experiments) for draw in (draw_forest, draw_ablation)]
    keys = [key for drawing in drawings if drawing for key in drawing.keys]
    assert len(set(keys)) == len(keys) > 3


@pytest.mark.slow
def test_one_changed_factor_gives_the_paired_seeds_in_place_of_an_ablation_without_a_run(tmp_path: Path) -> None:
    """An ablation table with no run behind it was printed."""
    study = make_study(tmp_path, nodes=12, factors=("smoothing",))
    assert _draw(study, tmp_path / "paper")[-1] == "fig:pairs"


def test_without_a_winner_there_is_the_search_tree_alone_and_it_speaks_of_no_colours(tmp_path: Path) -> None:
    study, out = make_study(tmp_path, has_winner=False), tmp_path / "paper"
    assert _draw(study, out) == ["fig:search-tree"]
    (tree,) = draw_figures(study.evidence, study.template, study.experiments, study.experiments_folder, out)
    assert "Colour" not in tree.caption


@pytest.mark.slow
@pytest.mark.parametrize("nodes", [3, 16, 200])
def test_figures_are_clean_with_few_and_many_nodes_and_awkward_labels(tmp_path: Path, nodes: int) -> None:
    labels = _draw(make_study(tmp_path, nodes=nodes, odd_labels=True), tmp_path / "paper")
    assert "fig:search-tree" in labels


@pytest.mark.slow
def test_one_seed_gives_no_error_bars(tmp_path: Path) -> None:
    """Error bars were printed with one seed."""
    study = make_study(tmp_path, seeds=1)
    bare = {key: item.model_copy(update={"low": None, "high": None}) for key, item in study.evidence.quantities.items()}
    evidence = study.evidence.model_copy(update={"quantities": bare})
    figures = draw_figures(evidence, study.template, study.experiments, study.experiments_folder, tmp_path / "paper")
    assert "fig:effects" in [figure.label for figure in figures]


def test_captions_have_no_digits_and_only_known_keys(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=5)
    figures = draw_figures(study.evidence, study.template, study.experiments, study.experiments_folder, tmp_path / "p")
    assert [numeral for figure in figures for numeral in find_numerals(figure.caption)] == []
    used = {key for figure in figures for key in (*figure.keys, *find_keys(figure.caption))}
    assert used <= set(study.evidence.quantities)
    assert all(set(figure.experiments) <= {item.id for item in study.experiments} for figure in figures)


@pytest.mark.slow
def test_same_data_same_bytes_also_in_threads_and_settings_stay_untouched(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=5)
    before = dict(mpl.rcParams)

    def draw(name: str) -> None:
        draw_figures(study.evidence, study.template, study.experiments, study.experiments_folder, tmp_path / name)

    threads = [threading.Thread(target=draw, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _digests(tmp_path / "one") == _digests(tmp_path / "two") != {}
    assert dict(mpl.rcParams) == before


def test_figures_of_an_earlier_drawing_do_not_stay(tmp_path: Path) -> None:
    """A figure was attributed to the wrong study because an old file stood under its name."""
    stale = tmp_path / "paper" / "figures" / "effects.pdf"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"old")
    _draw(make_study(tmp_path, has_winner=False), tmp_path / "paper")
    assert not stale.exists()


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "figures").glob("*.pdf")}


def test_a_repeat_is_no_node_of_the_tree_but_a_ring_round_its_node(tmp_path: Path) -> None:
    study = with_repeats(make_study(tmp_path, nodes=7))
    repeats = [run.id for run in study.experiments if run.is_repeat]
    with house_style():
        drawing = draw_tree(study.evidence, study.template, study.experiments)
        assert drawing is not None
        assert list(lint_figure(drawing.canvas)) == []
    assert not set(repeats) & set(drawing.experiments)
    (legend,) = [axes.get_legend() for axes in drawing.canvas.axes if axes.get_legend()]
    assert legend and "repeated" in [text.get_text() for text in legend.get_texts()]


def test_the_winner_is_ringed_where_its_value_rests_on_repeats_too(tmp_path: Path) -> None:
    """The ledger names the winner first and after it the repeats; it was once looked for as the only one named."""
    study = with_repeats(make_study(tmp_path, nodes=7))
    best = study.evidence["search.best"].model_copy(update={"experiments": ("s1-0001", study.experiments[-2].id)})
    quantities = {**study.evidence.quantities, "search.best": best}
    evidence = study.evidence.model_copy(update={"quantities": quantities})
    found = best_node(evidence, study.template, search_nodes(study.experiments))
    assert found == study.experiments[1]


def test_a_value_far_out_leaves_the_colours_to_the_others_and_the_caption_says_so(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=8)
    far = study.experiments[0].model_copy(update={"outcome": Outcome(status="ok", metrics={"error": 900.0})})
    with house_style():
        drawing = draw_tree(study.evidence, study.template, (far, *study.experiments[1:]))
        even = draw_tree(study.evidence, study.template, study.experiments[:3])
    assert drawing is not None and even is not None
    assert "pointed" in drawing.caption and "pointed" not in even.caption
    assert drawing.canvas.axes[1].get_ylim()[1] < 10  # the colour bar


def test_few_nodes_have_the_numbers_by_which_tables_call_them_and_many_have_none(tmp_path: Path) -> None:
    for nodes, is_numbered in ((6, True), (200, False)):
        study = make_study(tmp_path / str(nodes), nodes=nodes)
        with house_style():
            drawing = draw_tree(study.evidence, study.template, study.experiments)
        assert drawing is not None
        assert ("end of its id" in drawing.caption) == is_numbered
        assert ("3" in [text.get_text() for text in drawing.canvas.axes[0].texts]) == is_numbered


def test_arms_whose_curves_lie_on_one_another_are_named(tmp_path: Path) -> None:
    study = make_study(tmp_path, nodes=4, seeds=2)
    for arm in ("control", "baseline"):
        for run in (run for run in study.experiments if run.arm == arm):
            (study.experiments_folder / run.id / "artefacts" / "curve.csv").write_text("x,y\n0,3\n10,1\n")
    with house_style():
        drawing = draw_curves(study.evidence, study.template, study.experiments, study.experiments_folder)
    assert drawing is not None
    assert drawing.caption.endswith("The curves of control and baseline coincide.")
