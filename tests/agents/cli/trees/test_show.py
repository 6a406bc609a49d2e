"""`tree` and `compare` from outside, and what reports say of the cheap baselines."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.cli.trees.compare import name_apart
from agents.cli.trees.show import text_lines
from agents.schema import Experiment
from agents.settings import Settings, dump_settings
from agents.store.database import sqlite_url
from agents.store.journal import SqlJournal
from tests.agents.cli.trees.searches import node, small_tree, tree_of
from tests.agents.store.samples import make_plan

SEARCH = [node(0, 0.5), node(1, 0.6), node(2, 0.55), node(3, None), node(4, 0.7, 1), node(5, 0.65, 1), node(6, 0.72, 4)]


def keep_run(workspace: Path, name: str, nodes: Sequence[Experiment], metric: str = "accuracy") -> Path:
    folder = workspace / name
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text(dump_settings(Settings(topic="Does smoothing help?")))
    journal = SqlJournal(sqlite_url(folder / "journal.db"))
    plan = make_plan()
    claim = plan.idea.hypothesis.model_copy(update={"metric": metric})
    journal.register(plan.model_copy(update={"idea": plan.idea.model_copy(update={"hypothesis": claim})}))
    for each in nodes:
        journal.record(each)
    journal.close()
    return folder


class Shell:
    """Runs commands on a workspace as a pipe would see them."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    def __call__(self, *arguments: str) -> "Shell":
        result = CliRunner().invoke(app, [*arguments, "--workspace", str(self.workspace)])
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr
        return self


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    keep_run(tmp_path / "w", "20260101-000000-first", SEARCH)
    return Shell(tmp_path / "w")


class TestTree:
    def test_a_small_tree_reads_as_ever(self, golden: Callable[[str, str], None]) -> None:
        golden("cli/tree.txt", "\n".join(text_lines(small_tree(), 100)) + "\n")

    def test_the_tree_is_told_with_its_best_and_what_baselines_would_reach(self, shell: Shell) -> None:
        shell("tree", "latest")
        assert shell.code == 0
        assert "└─ 6 0.72 best improve change 6" in shell.out
        assert "3 crash ✗ draft" in shell.out
        assert "fresh drafts about 0.5" in shell.out
        assert "expected (estimate from 3 drafts)" in shell.out
        assert "(estimate from 6 edits)" in shell.out

    def test_a_long_tree_is_folded_and_says_how_to_see_it_whole(self, shell: Shell) -> None:
        assert "… 4 more; --lines 0 shows all" in shell("tree", "--lines", "4").out
        assert "more;" not in shell("tree", "--lines", "0").out

    def test_text_of_an_experiment_cannot_steer_the_terminal(self) -> None:
        lines = text_lines(tree_of(node(0, 0.5), node(1, 0.6, change="\x1b]0;owned\x07wide\nfake")), 9)
        assert any(line.endswith("draft wide fake") for line in lines)

    def test_files_are_written_where_they_are_wanted(self, shell: Shell, tmp_path: Path) -> None:
        svg, html = tmp_path / "a" / "t.svg", tmp_path / "t.html"
        shell("tree", "--svg", str(svg), "--html", str(html))
        assert shell.out.splitlines() == [str(svg), str(html)]
        assert svg.read_text().startswith("<svg ")
        assert html.read_text().startswith("<!doctype html>")

    def test_json_holds_nodes_curve_and_estimates(self, shell: Shell) -> None:
        found = json.loads(shell("tree", "--json").out)
        assert (found["best"], found["best_path"]) == ("s1-0006", ["s1-0006", "s1-0004", "s1-0001"])
        assert len(found["nodes"]) == len(found["best_so_far"]) == found["expected"]["experiments"] == 7

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--study", "s9"), "has no study 's9' with experiments; it has s1"),
            (("--svg", "/proc/nowhere/t.svg"), "cannot write /proc/nowhere/t.svg"),
            (("--text", "--svg", "t.svg"), "--text goes without"),
        ],
    )
    def test_a_mistake_is_told_and_exits_2(self, shell: Shell, arguments: tuple[str, ...], words: str) -> None:
        shell("tree", "latest", *arguments)
        assert shell.code == 2
        assert words in shell.err
        assert "Traceback" not in shell.err

    def test_a_run_without_experiments_says_so(self, shell: Shell) -> None:
        keep_run(shell.workspace, "20260102-000000-empty", [])
        assert "has made no experiment yet" in shell("tree", "20260102").err

    def test_show_sets_the_search_beside_the_baselines(self, shell: Shell) -> None:
        assert "baselines   s1: the search found 0.72 in 7 experiments" in shell("show", "latest").out
        expected = json.loads(shell("show", "latest", "--json").out)["expected"]["s1"]
        assert (expected["repeated"]["seen"], expected["keep_discard"]["seen"]) == (3, 6)


class TestCompare:
    def test_runs_stand_side_by_side_at_round_numbers(self, shell: Shell, tmp_path: Path) -> None:
        keep_run(shell.workspace, "20260102-000000-second", SEARCH[:4])
        shell("compare", "20260101", "20260102", "--svg", str(tmp_path / "c.svg"))
        rows = [line.split() for line in shell.out.splitlines() if line[:1].isdigit() and ":" not in line]
        assert rows == [["1", "0.5", "0.5"], ["2", "0.6", "0.6"], ["5", "0.7", "-"], ["7", "0.72", "-"]]
        assert "7 experiments, 10 s of experiments, $0.00" in shell.out
        assert (tmp_path / "c.svg").read_text().count('class="curves"') == 2

    def test_json_has_a_curve_for_each_run(self, shell: Shell) -> None:
        found = json.loads(shell("compare", "latest", "latest", "--json").out)
        assert [run["best_at"]["5"] for run in found["runs"]] == [0.7, 0.7]

    def test_other_metrics_cannot_be_compared(self, shell: Shell) -> None:
        keep_run(shell.workspace, "20260102-000000-second", SEARCH, metric="loss")
        shell("compare", "20260101", "20260102")
        assert (shell.code, shell.out, shell.err.count("\n")) == (2, "", 1)
        assert "accuracy (maximize)" in shell.err
        assert "loss (maximize)" in shell.err

    def test_one_run_alone_is_no_comparison(self, shell: Shell) -> None:
        assert "two runs at least" in shell("compare", "latest").err

    def test_names_are_as_short_as_tells_them_apart(self) -> None:
        trees = [tree_of(folder=Path(name)) for name in ("20260101-000000-a", "20260101-000000-b")]
        assert name_apart(trees) == ["20260101-000000-a", "20260101-000000-b"]
        assert name_apart([trees[0], trees[0]]) == ["20260101-000000 (1)", "20260101-000000 (2)"]
        apart = [tree_of(folder=Path(name)) for name in ("20260101-000000-same", "20260102-000000-same")]
        assert name_apart(apart) == ["20260101-000000", "20260102-000000"]
