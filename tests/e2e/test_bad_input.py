"""What a user can get wrong: one line on stderr, the right exit code, and nothing spent."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.errors import NaturalistError, ServiceError, UserError
from agents.run import start_run
from tests.e2e.toy import TOY, command_line, copy_template, ignore, toy_settings


def refusal(home: Path, **flags: object) -> NaturalistError:
    """The error with which a run is refused; it is one line, and no run folder is left behind."""
    with pytest.raises(NaturalistError) as caught:
        start_run(toy_settings(home, **flags), ignore)
    assert "\n" not in str(caught.value)
    assert not [path for path in (home / "workspace").glob("*") if path.is_dir()]
    return caught.value


@pytest.mark.parametrize("topic", ["", "   \n ", "?!"])
def test_an_empty_topic_is_refused(tmp_path: Path, topic: str) -> None:
    error = refusal(tmp_path, topic=topic)
    assert isinstance(error, UserError)
    assert str(error).startswith("the topic is empty; give a question")


def test_a_topic_of_ten_thousand_characters_is_refused_without_being_repeated(tmp_path: Path) -> None:
    error = refusal(tmp_path, topic="why? " * 2000)
    assert "9999 characters" in str(error)
    assert len(str(error)) < 200


def test_a_topic_that_fits_no_template_lists_the_templates(tmp_path: Path) -> None:
    error = refusal(tmp_path, topic="Who painted the ceiling of the Sistine Chapel?", template=None)
    assert isinstance(error, UserError)
    for name in ("char_transformer", "digits_classifier", "seir_epidemic"):
        assert name in str(error)


def test_an_unknown_template_names_the_nearest(tmp_path: Path) -> None:
    assert "did you mean digits_classifier?" in str(refusal(tmp_path, template="digit_clasifier"))


def without_evaluator(folder: Path) -> object:
    return (folder / "evaluate.py").unlink()


def in_another_encoding(folder: Path) -> object:
    return (folder / "experiment.py").write_bytes(b"\xff\xfe")


def spoil(text: str, replacement: str) -> Callable[[Path], object]:
    def edit(folder: Path) -> object:
        path = folder / "template.toml"
        return path.write_text(path.read_text().replace(text, replacement))

    return edit


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (spoil('title = "A toy', 'title = A "toy'), "template.toml is not TOML"),
        (spoil("timeout_s = 10.0", 'timeout_s = "soon"'), "timeout_s"),
        (spoil("default = 0.0", "default = 0.1"), "knob boost: default 0.1"),
        (spoil('label = "boost"', 'label = "boost 9000"'), "has a digit"),
        (spoil("[metric]", "[metrics]"), "metric"),
        (without_evaluator, "evaluate.py is missing"),
        (in_another_encoding, "cannot be read"),
    ],
)
def test_a_broken_template_names_file_and_field(tmp_path: Path, edit: Callable[[Path], object], words: str) -> None:
    folder = copy_template(tmp_path)
    edit(folder)
    error = refusal(tmp_path, template=str(folder))
    assert isinstance(error, UserError)
    assert str(error).startswith("template toy_copy: ")
    assert words in str(error)


@pytest.mark.parametrize(
    ("flag", "kind"), [("sandbox.backend", "sandbox"), ("search.policy", "policy"), ("literature", "literature")]
)
def test_an_unknown_adapter_is_refused_before_there_is_a_run(tmp_path: Path, flag: str, kind: str) -> None:
    value = ("hearsay",) if flag == "literature" else "hearsay"
    assert f"unknown {kind} 'hearsay'; known: " in str(refusal(tmp_path, **{flag: value}))


def test_a_workspace_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = refusal(tmp_path, workspace=tmp_path / "file" / "workspace")
    assert isinstance(error, UserError)
    assert "cannot write in" in str(error)
    assert "--workspace" in str(error)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
def test_a_workspace_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    assert "cannot write in /proc" in str(refusal(tmp_path, workspace=Path("/proc/naturalist")))


def test_without_tex_nothing_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    error = refusal(tmp_path, **{"paper.is_typeset": True})
    assert isinstance(error, ServiceError)
    assert "latexmk" in str(error)
    assert "paper.is_typeset = false" in str(error)


def test_runs_that_start_in_the_same_second_have_folders_of_their_own(tmp_path: Path) -> None:
    folders = {start_run(toy_settings(tmp_path, gates=("idea",), seed=seed), ignore).folder for seed in range(4)}
    assert len(folders) == 4
    assert all((folder / "run.json").is_file() for folder in folders)
    assert not list((tmp_path / "workspace").glob(".*"))


@pytest.mark.slow
class TestTheCommandLine:
    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            ((" ",), 2, "the topic is empty"),
            (("why? " * 2000,), 2, "9999 characters"),
            (("Who painted the ceiling of the Sistine Chapel?",), 2, "no template fits"),
            (("x", "--template", "digit_clasifier"), 2, "did you mean digits_classifier?"),
            (("x", "--template", "broken"), 2, "template broken: "),
            (("x", "--template", str(TOY), "--workspace", "file/workspace"), 2, "cannot write in"),
        ],
    )
    def test_tells_a_mistake_in_one_line_and_exits_2(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, words: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "file").write_text("")
        (copy_template(tmp_path, name="broken") / "template.toml").write_text("title = ")
        done = CliRunner().invoke(app, ["run", *arguments])
        assert (done.exit_code, done.stdout) == (code, "")
        assert done.stderr.startswith("naturalist: ")
        assert done.stderr.count("\n") == 1
        assert words in done.stderr
        assert not (tmp_path / "workspace").exists()

    def test_tells_that_tex_is_missing_and_exits_1(self, tmp_path: Path) -> None:
        (tmp_path / "bin").mkdir()
        done = command_line(tmp_path, "run", "x", "--template", str(TOY), PATH=str(tmp_path / "bin"))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "latexmk" in done.stderr
        assert not (tmp_path / "workspace").exists()
