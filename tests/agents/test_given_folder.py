"""What may be given together, and the copy of it that a run keeps."""

import json
from pathlib import Path
from typing import Any

import pytest

from agents.errors import UserError
from agents.given_folder import IDEAS_FILE, check_given, fill_given
from agents.run import choose_template
from agents.run_folder import make_folder, settle_settings
from agents.schema import GivenIdea
from agents.settings import Settings, load_settings
from tests.agents.scripted import TOY


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("ideas.json").write_text('[{"Name": "n", "Title": "t", "Abstract": "a"}]')
    Path("a.csv").write_text("x\n1\n")
    Path("code").mkdir()
    Path("code", "main.py").write_text("print()\n")
    return tmp_path


def make_settings(**given: Any) -> Settings:
    return Settings(topic="t", workspace=Path("workspace"), papers=Path("papers"), **given)


OWN = [{"ideas_file": Path("ideas.json")}, {"data": (Path("a.csv"),)}, {"repo": Path("code")}]


@pytest.mark.parametrize("own", OWN)
def test_what_is_given_is_studied_without_a_template_by_a_model(own: dict[str, Any]) -> None:
    topic = "Does dropout help a small network on handwritten digits?"
    assert choose_template(topic, make_settings(model="openai/x", **own)) == (None, None)
    with pytest.raises(UserError, match="needs a language model; give one with --model"):
        choose_template(topic, make_settings(**own))


def test_data_and_code_go_to_a_template_that_is_named(home: Path) -> None:
    for own in OWN[1:]:
        template, _ = choose_template("t", make_settings(template=str(TOY), **own))
        assert template is not None
        with pytest.raises(UserError, match="the template toy_template takes no --"):
            check_given(make_settings(**own), template)


def test_ideas_do_not_go_with_a_template() -> None:
    with pytest.raises(UserError, match="leave out --template, or --ideas FILE"):
        choose_template("t", make_settings(template=str(TOY), model="openai/x", **OWN[0]))


def test_a_run_keeps_what_it_was_given_under_absolute_paths(home: Path) -> None:
    settings = make_settings(model="openai/x", **OWN[0], **OWN[1], **OWN[2])
    check_given(settings, None)
    folder = make_folder(settle_settings(settings, "t", None), None, None)
    assert {path.name for path in (folder / "given").iterdir()} == {"ideas.json", "data.json", "repo.json", "repo"}
    assert [GivenIdea.model_validate(item).name for item in json.loads((folder / IDEAS_FILE).read_text())] == ["n"]
    kept = load_settings(folder / "settings.toml")
    assert (kept.ideas_file, kept.data, kept.repo) == (home / "ideas.json", (home / "a.csv",), home / "code")


def test_a_run_that_was_given_nothing_has_no_such_folder(home: Path) -> None:
    fill_given(home / "run", make_settings())
    assert not (home / "run").exists()


def test_a_run_whose_data_went_away_is_not_there_at_all(home: Path) -> None:
    settings = make_settings(model="openai/x", **OWN[1])
    (home / "a.csv").unlink()
    with pytest.raises(UserError, match="is not there"):
        make_folder(settle_settings(settings, "t", None), None, None)
    assert list((home / "workspace").iterdir()) == []


@pytest.mark.parametrize("path", ["/", ".", "workspace"])
def test_data_that_holds_the_runs_is_refused(home: Path, path: str) -> None:
    (home / "workspace").mkdir()
    with pytest.raises(UserError, match=r"more than data|where runs write"):
        check_given(make_settings(data=(Path(path),)), None)


def test_the_home_folder_is_more_than_data(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(home / "code"))
    with pytest.raises(UserError, match="is more than data"):
        check_given(make_settings(data=(home / "code",)), None)
