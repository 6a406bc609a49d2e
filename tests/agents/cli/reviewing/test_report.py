import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agents.cli.reviewing.app import reviewer_app
from agents.errors import UserError
from reviewer.data import ReviewedPaper
from reviewer.estimate.shipped import load_reviewer
from tests.reviewer.report.papers import WordCounter, make_papers, make_scores


@pytest.fixture(scope="module")
def reviewer() -> WordCounter:
    return WordCounter(make_papers(60, seed=1))


def write_rows(folder: Path, papers: tuple[ReviewedPaper, ...] | list[ReviewedPaper]) -> Path:
    path = folder / "papers.jsonl"
    path.write_text("".join(paper.model_dump_json() + "\n" for paper in papers), encoding="utf-8")
    return path


def run(reviewer: WordCounter, *arguments: str | Path) -> Result:
    return CliRunner().invoke(reviewer_app, ["report", *map(str, arguments)], obj=reviewer)


@pytest.mark.slow
def test_writes_a_report_and_says_where(reviewer: WordCounter, tmp_path: Path) -> None:
    papers = [p.model_copy(update={"body": ""}) if p.id == "p5" else p for p in make_papers(42)]
    papers[7] = papers[7].model_copy(update={"accept": None})
    data = write_rows(tmp_path, papers)
    scores = tmp_path / "scores.jsonl"
    scored = (*make_scores(papers), *make_scores(papers[1:]))
    scores.write_text("".join(one.model_dump_json() + "\n" for one in scored), encoding="utf-8")
    result = run(reviewer, data, "--llm-scores", scores, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "report.md").is_file()
    lines = result.stdout.splitlines()
    assert lines[-1] == f"report  {tmp_path / 'out' / 'report.md'}"
    assert "40 papers, " in lines[0]
    assert any(line.startswith("14 of them are of the training split") for line in lines)
    assert lines[-3:-1] == ["no full text: 1", "withdrawn: 1"]
    assert any(line.split()[:2] == ["metric", "reviewer,"] for line in lines)
    assert any("reviewer, fused with LLM scores" in line for line in lines)
    assert any(line.strip().startswith(("met", "missed")) and "AUC at least 0.70" in line for line in lines)


def test_json_is_the_report_by_the_shipped_reviewer_on_the_split_that_was_asked_for(tmp_path: Path) -> None:
    papers = list(make_papers(60))
    papers[1] = papers[1].model_copy(update={"body": ""})
    papers[4] = papers[4].model_copy(update={"accept": None})
    data, shipped = write_rows(tmp_path, papers), load_reviewer()
    options = ["--split", "calibration", "--out", str(tmp_path / "out"), "--json", "--acceptance-rate", "0.3"]
    result = CliRunner().invoke(reviewer_app, ["report", str(data), *options])
    found = json.loads(result.stdout)
    meta = found["provenance"]
    assert meta["data_sha256"] == sha256(data.read_bytes()).hexdigest()
    assert (meta["key"], meta["level"], meta["thresholds"]) == (shipped.key, shipped.level, dict(shipped.thresholds))
    assert meta["acceptance_rate"] == meta["baseline_threshold"] == 0.3
    assert (meta["without_text"], meta["withdrawn"]) == (1, 1)
    assert found["cohorts"][0]["splits"] == {"calibration": 18}
    assert found["report"] == str(tmp_path / "out" / "report.md")


@pytest.mark.parametrize("rate", ["0", "1", "1.5", "-0.2"])
def test_a_rate_that_is_no_share_is_a_usage_error(reviewer: WordCounter, tmp_path: Path, rate: str) -> None:
    result = run(reviewer, tmp_path / "none.jsonl", "--acceptance-rate", rate)
    assert result.exit_code == 2
    assert "between 0 and 1" in result.output


def test_what_cannot_be_judged_is_one_line(reviewer: WordCounter, tmp_path: Path) -> None:
    papers = [p for p in make_papers(12) if p.split == "train"]
    data = write_rows(tmp_path, papers)
    for arguments, message in (
        ((tmp_path / "none.jsonl",), "none.jsonl"),
        ((data, "--split", "test"), "no papers of the split test, only of train"),
        ((write_rows(tmp_path, [p.model_copy(update={"body": ""}) for p in papers]),), "no paper to report on"),
    ):
        result = run(reviewer, *arguments, "--out", tmp_path / "out")
        assert isinstance(result.exception, UserError)
        assert message in str(result.exception)
        assert "\n" not in str(result.exception)


def test_a_folder_without_a_fitted_reviewer_is_one_line(tmp_path: Path) -> None:
    data = write_rows(tmp_path, make_papers(6))
    result = CliRunner().invoke(reviewer_app, ["report", str(data), "--fitted", str(tmp_path / "none")])
    assert isinstance(result.exception, UserError) and "no fitted reviewer in" in str(result.exception)
    assert "\n" not in str(result.exception)


def test_help_loads_nothing_heavy() -> None:
    heavy = {"numpy", "scipy", "sklearn", "matplotlib", "pydantic"}
    code = f"import sys, agents.cli.reviewing.app; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
