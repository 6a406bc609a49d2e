"""What stands beside the question on the command line, from the option to the settings that the engine gets."""

import itertools
import json
import textwrap
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.cli.inputs import count_or_file, models_by_role, read_topic
from agents.cli.main import app
from agents.errors import UserError
from tests.agents.cli.scenes import FakeEngine

DOCS = Path(__file__).parents[3] / "docs" / "your-own-material.md"


def run(*arguments: str, engine: FakeEngine | None = None) -> Any:
    return CliRunner().invoke(app, ["run", *arguments], obj=engine or FakeEngine([]))


def settings_of(engine: FakeEngine) -> Any:
    assert engine.settings is not None
    return engine.settings


def write_ideas(path: Path, *titles: str) -> Path:
    path.write_text(json.dumps([{"Title": title, "Short Hypothesis": "h"} for title in titles]))
    return path


def test_a_number_of_ideas_is_no_file() -> None:
    assert count_or_file("4") == (4, None)
    assert count_or_file("ideas.json") == (None, Path("ideas.json"))
    assert count_or_file(None) == (None, None)


def test_a_typed_question_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "topic.md"
    path.write_text("# Title: From the file\n## Abstract\nmore")
    assert read_topic("", path, None).title == "From the file"
    both = read_topic("Typed?", path, None)
    assert (both.title, both.brief) == ("Typed?", "Title: From the file\n\nAbstract: more")


def test_ideas_name_the_topic_where_nothing_else_does(tmp_path: Path) -> None:
    one, two = write_ideas(tmp_path / "one.json", "First"), write_ideas(tmp_path / "two.json", "First", "Second")
    assert read_topic("", None, one).title == "First"
    assert read_topic("", None, two).title == "2 given ideas: First; Second"
    assert read_topic("Asked?", None, two).title == "Asked?"
    assert len(read_topic("", None, write_ideas(tmp_path / "many.json", *["long title " * 9] * 20)).title) <= 1000


def test_nothing_to_study_is_one_line() -> None:
    with pytest.raises(UserError, match="give a topic"):
        read_topic("", None, None)


def test_models_are_kept_by_role_in_their_order() -> None:
    assert models_by_role(["code=a", "judge=b", "code=c"]) == {"models.code": ("a", "c"), "models.judge": ("b",)}
    with pytest.raises(UserError, match="is not ROLE=MODEL"):
        models_by_role(["cook=a"])


def test_options_become_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("topic.md").write_text("# Title: T\n## Abstract\nA")
    write_ideas(Path("ideas.json"), "First")
    Path("a.csv").write_text("x\n1\n")
    Path("code").mkdir()
    Path("code", "main.py").write_text("print()\n")
    engine = FakeEngine([])
    told = run(
        "--topic-file", "topic.md", "--ideas", "ideas.json", "--data", "a.csv", "--repo", "code", "--model", "openai/x",
        engine=engine,
    )  # fmt: skip
    assert told.exit_code == 0, told.stderr
    made = settings_of(engine)
    assert (made.topic, made.brief) == ("T", "Abstract: A")
    assert (made.ideas_file, made.data, made.repo) == (Path("ideas.json"), (Path("a.csv"),), Path("code"))
    assert "data: a.csv, 1 file, 4 bytes, read-only for experiments" in told.stdout
    assert "code: code, 1 file, 8 bytes, copied into the run" in told.stdout


def test_json_output_stays_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("x\n1\n")
    told = run("x", "--data", "a.csv", "--json")
    assert all(json.loads(line) for line in told.stdout.strip().splitlines() if line.startswith("{"))
    assert "a.csv" not in told.stdout
    assert "a.csv" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--topic-file", "gone.md"), "is not there"),
        (("--ideas", "gone.json"), "is not there"),
        (("--ideas", "bad.json"), "bad.json"),
        (("x", "--data", "gone"), "is not there"),
        (("x", "--repo", "gone"), "is not there"),
        (("x", "--repo", "bad.json"), "is a file"),
        (("x", "--repo", "empty"), "no Python file"),
        (("x", "--data", "empty"), "empty folder"),
    ],
)
def test_a_mistake_is_one_line_and_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text('[{"Title": 3}')
    Path("empty").mkdir()
    engine = FakeEngine([])
    told = run(*arguments, engine=engine)
    assert told.exit_code == 2
    assert said in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
    assert engine.settings is None


def example(heading: str) -> str:
    """The first indented block below a heading of docs/your-own-material.md."""
    text = DOCS.read_text(encoding="utf-8").partition(f"## {heading}\n")[2]
    lines = itertools.dropwhile(lambda line: not line.startswith("    "), text.splitlines())
    block = itertools.takewhile(lambda line: not line or line.startswith("    "), lines)
    return textwrap.dedent("\n".join(block)).partition("\nnaturalist run")[0]


def test_the_examples_of_the_documentation_work(tmp_path: Path) -> None:
    topic, ideas = tmp_path / "forgetting.md", tmp_path / "ideas.json"
    topic.write_text(example("A topic file"))
    ideas.write_text(example("Ideas"))
    subject = read_topic("", topic, ideas)
    assert subject.title == "Why do small networks forget?"
    assert subject.brief.startswith("Keywords: continual learning, small networks\n\nTL;DR: Does width")
    assert read_topic("", None, ideas).title == "Width, not depth, decides what is forgotten"
