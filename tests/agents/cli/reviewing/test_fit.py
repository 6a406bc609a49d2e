"""`naturalist reviewer fit`: what it fits on, prints, writes, and how it fails."""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agents.cli.main import app
from agents.errors import UserError
from tests.reviewer.estimate.corpus import CONFIGURATIONS, QUICK, make_corpus
from tests.reviewer.example_paper import plain_text
from tests.reviewer.pdf_files import draw


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["reviewer", "fit", *map(str, arguments)], obj=QUICK)


def failed(*arguments: str | Path) -> str:
    """The line that a run ends with, of which `main` makes an exit code of 2."""
    result = run(*arguments)
    assert result.exit_code != 0
    said = str(result.exception) if isinstance(result.exception, UserError) else result.stderr
    assert said.strip().count("\n") == 0
    return said


@pytest.mark.slow
def test_a_fit_is_told_written_and_used(tmp_path: Path) -> None:
    corpus = make_corpus(200)
    data, out = corpus._replace(scores=corpus.scores[:200]).write(tmp_path), tmp_path / "mine"
    result = run(data, "--llm-scores", tmp_path / "scores.jsonl", "--out", out)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[-2:] == [
        f"fitted on 200 papers and 0 abstracts: {out}",
        f"use it: naturalist review PAPER --fitted {out}",
    ]
    names = ("text only", f"text and {CONFIGURATIONS[0]}")
    assert all(any(line.startswith(name) for line in lines) for name in names)
    assert any(line.split()[:4] == ["out", "of", "fold", "AUC"] for line in lines)
    paper = draw(tmp_path / "p.pdf", plain_text())
    review = CliRunner().invoke(app, ["review", str(paper), "--fitted", str(out), "--json"])
    assert json.loads(review.stdout)["review"]["calibration"].startswith("calibrated on 200 papers of Made-Up Meeting")


@pytest.mark.slow
def test_json_is_one_object_of_the_split_that_was_asked_for(tmp_path: Path) -> None:
    rows = [
        row.model_copy(update={"split": ("train", "calibration", "test")[max(int(row.id[4:]) - 199, 0)]})
        for row in make_corpus(202).rows
    ]
    packed = tmp_path / "papers.jsonl.gz"
    packed.write_bytes(gzip.compress("".join(row.model_dump_json() + "\n" for row in rows).encode()))
    made = json.loads(run(packed, "--split", "train", "--out", tmp_path / "out", "--json").stdout)
    assert made["papers"] == sum(row.split == "train" for row in rows) == 200
    assert (made["abstracts"], made["out"], set(made["figures"])) == (0, str(tmp_path / "out"), {"none"})
    assert made["figures"]["none"]["auc"] > 0.6


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.jsonl", None, "cannot be read"),
        ("odd.jsonl", b"no json", "odd.jsonl:1: Invalid JSON"),
        ("odd.jsonl", b'{"id": "x"}\n', "odd.jsonl:1: title: Field required"),
        ("empty.jsonl", b"", "no rows"),
        ("odd.jsonl.xz", b"not xz", "cannot be read"),
        ("odd.csv", b"a,b", "expected a file that ends in .jsonl"),
    ],
)
def test_data_that_cannot_be_read_are_one_line(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert said in failed(tmp_path / name, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_too_few_papers_are_one_line(tmp_path: Path) -> None:
    data = make_corpus(20).write(tmp_path)
    assert "20 papers with text, decision and ratings; a fit needs 200" in failed(data, "--out", tmp_path / "out")


def test_scores_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    data = make_corpus(3).write(tmp_path)
    assert "gone.jsonl: cannot be read" in failed(data, "--llm-scores", tmp_path / "gone.jsonl")


def test_the_test_split_is_never_fitted_on(tmp_path: Path) -> None:
    result = run(make_corpus(3).write(tmp_path), "--split", "test")
    assert result.exit_code == 2 and "kept apart" in result.output


def test_without_data_it_is_a_usage_error() -> None:
    assert run().exit_code == 2
