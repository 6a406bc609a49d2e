"""`naturalist reviewer stress`: what it reads, prints, writes and how it ends."""

import json
import lzma
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.cli.reviewing.stress import stress
from agents.errors import UserError
from tests.reviewer.stress.papers import rows


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


def test_without_data_it_says_which_are_wanted() -> None:
    with pytest.raises(UserError, match=r"give a file of reviewed papers \(docs/reviewer.md\)"):
        stress(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "odd.jsonl:1: Invalid JSON"),
        ('{"title": 1}', "odd.jsonl:1: id: Field required"),
        (json.dumps(rows()[0] | {"ratings": "five"}), "odd.jsonl:1: ratings: "),
        (f"{json.dumps(rows()[0])}\n" * 2, "odd.jsonl:2: id paper0 comes twice"),
        ("", "no rows"),
    ],
)
def test_data_of_another_form_are_refused_in_a_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_text(text)
    with pytest.raises(UserError, match=said) as caught:
        stress(path)
    assert "\n" not in str(caught.value)


def test_data_that_are_not_there_are_refused_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none.jsonl: cannot be read \(No such file"):
        stress(tmp_path / "none.jsonl")


def test_papers_without_a_body_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(row | {"body": row["body"] * (row["id"] != "paper1")}) + "\n" for row in rows()))
    stress(path, operators="synonyms", as_json=True, workers=1)
    assert json.loads(capsys.readouterr().out)["papers"] == 4


def test_unknown_operator_is_refused_with_those_there_are(data: Path) -> None:
    with pytest.raises(UserError, match="unknown operator 'x'; there are"):
        stress(data, operators="proofs, x")


def test_figures_are_printed_and_written_and_a_failed_criterion_is_one(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code = stress(data, papers=2, operators="limitations,reflow", out=out, workers=1)
    text = capsys.readouterr().out
    report = json.loads((out / "stress.json").read_text())
    assert [effect["operator"] for effect in report["effects"]] == ["limitations", "reflow"]
    assert code == int(any(each["is_met"] is False for each in report["criteria"]))
    assert "limitations" in text and str(out / "stress.md") in text
    assert (out / "stress.md").read_text().startswith("# Planted flaws")


def test_split_is_kept_to(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stress(data, split="train", operators="synonyms", as_json=True, workers=1)
    assert json.loads(capsys.readouterr().out)["papers"] == 5
    with pytest.raises(UserError, match="no papers"):
        stress(data, split="test", operators="synonyms", workers=1)


def test_json_is_one_object_and_says_whether_all_is_well(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = stress(data, operators="synonyms", as_json=True, workers=1)
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is (code == 0) and told["papers"] == 5


def test_xz_is_read_and_the_command_ends_with_the_code(data: Path, tmp_path: Path) -> None:
    packed = tmp_path / "papers.jsonl.xz"
    packed.write_bytes(lzma.compress(data.read_bytes()))
    command = ["reviewer", "stress", str(packed), "--papers", "1", "--operators", "renumber", "--json"]
    result = CliRunner().invoke(app, command)
    assert result.stdout, result.output
    assert result.exit_code == int(not json.loads(result.stdout)["ok"])


def test_missing_data_end_with_the_code_of_usage() -> None:
    result = CliRunner().invoke(app, ["reviewer", "stress"])
    assert result.exit_code == 2 and "the bench needs papers" in result.output
