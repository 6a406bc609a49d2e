"""One file that a run can be repeated from: what is in it, what is not, and what is not believed of a stranger's."""

import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from agents.errors import UserError
from agents.schema import ModelCall
from agents.settings import FreeSettings, Settings, dump_settings
from agents.store.calls import CallLog
from agents.store.database import sqlite_url
from agents.store.recordings import read_recording, unpack_inputs, write_recording

KEY = "sk-very-secret-key"


def make_run(home: Path) -> Path:
    folder = home / "workspace" / "run"
    (folder / "template" / "toy").mkdir(parents=True)
    (folder / "template" / "toy" / "template.toml").write_text('title = "toy"\n')
    (folder / "given").mkdir()
    (folder / "given" / "ideas.json").write_text("[]")
    settings = Settings(
        topic="Does it help?", template="toy", model="openai/mine", api_base="http://gpu-7.example:8000/v1",
        workspace=home / "workspace", papers=home / "papers", ideas_file=home / "ideas.json", data=(home / "data",),
    )  # fmt: skip
    (folder / "settings.toml").write_text(dump_settings(settings))
    (folder / "literature.jsonl").write_text('{"query": "q", "count": 1, "found": {}}\n')
    prompt = json.dumps([{"role": "user", "content": f'File "{folder}/experiment.py"\nkey {KEY}'}])
    with closing(CallLog(sqlite_url(folder / "calls.db"))) as calls:
        calls.add(ModelCall(task="t", model="openai/mine", prompt_sha256="0", prompt=prompt, reply='"yes"'))
    return folder


def test_a_file_holds_what_is_needed_without_keys_and_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", KEY)
    out = tmp_path / "run.zip"
    write_recording(make_run(tmp_path), out)
    with zipfile.ZipFile(out) as archive:
        everything = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(everything) == {
        "settings.toml", "calls.jsonl", "literature.jsonl", "template/toy/template.toml", "ideas_given.json"
    }  # fmt: skip
    for text in everything.values():
        assert KEY not in text and str(tmp_path) not in text and "gpu-7" not in text
    recorded = read_recording(out)
    assert recorded.settings.model == "openai/mine" and recorded.settings.api_base == ""
    assert [call.reply for call in recorded.calls] == ['"yes"']
    assert '"query": "q"' in recorded.literature


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    for name in ("one.zip", "two.zip"):
        write_recording(folder, tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_inputs_come_from_the_file_or_from_the_run(tmp_path: Path) -> None:
    folder, out, inside = make_run(tmp_path), tmp_path / "run.zip", tmp_path / "inside"
    write_recording(folder, out)
    assert unpack_inputs(folder, inside) == {
        "template": folder / "template" / "toy",
        "ideas_file": folder / "given" / "ideas.json",
    }
    assert unpack_inputs(out, inside) == {
        "template": inside / "template" / "toy",
        "ideas_file": inside / "ideas_given.json",
    }
    assert (inside / "template" / "toy" / "template.toml").read_text() == 'title = "toy"\n'


def test_a_template_that_was_written_for_a_study_is_written_again(tmp_path: Path) -> None:
    folder = make_run(tmp_path)
    free = read_recording(folder).settings.model_copy(update={"template": None, "free": FreeSettings(is_on=True)})
    (folder / "settings.toml").write_text(dump_settings(free))
    assert "template" not in unpack_inputs(folder, tmp_path / "inside")
    write_recording(folder, tmp_path / "run.zip")
    assert "template" not in unpack_inputs(tmp_path / "run.zip", tmp_path / "inside")


def pack(path: Path, settings: str, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"settings.toml": settings, "calls.jsonl": "", "literature.jsonl": "", **files}.items():
            archive.writestr(name, text)
    return path


def test_a_file_of_a_stranger_reaches_nothing_of_this_machine(tmp_path: Path) -> None:
    told = 'topic = "x"\ndata = ["/etc"]\n[sandbox]\nbackend = "process"\nis_weak_allowed = true\n'
    settings = read_recording(pack(tmp_path / "a.zip", told)).settings
    assert settings.data == () and not settings.sandbox.is_weak_allowed and settings.sandbox.backend == "auto"
    with pytest.raises(UserError, match="a search policy of its own, subprocess:call"):
        read_recording(pack(tmp_path / "b.zip", 'topic = "x"\n[search]\npolicy = "subprocess:call"\n'))
    slip = pack(tmp_path / "c.zip", 'topic = "x"\n', **{"template/../../evil/x.py": "no", "template/t/ok.py": "yes"})
    unpack_inputs(slip, tmp_path / "inside")
    assert not (tmp_path / "evil").exists() and (tmp_path / "inside" / "template" / "t" / "ok.py").exists()


@pytest.mark.parametrize("content", [b"", b"PK nonsense", b"[]"])
def test_what_is_no_recording_is_told_in_a_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    for source in (tmp_path / "x.zip", tmp_path, tmp_path / "missing.zip"):
        with pytest.raises(UserError) as caught:
            read_recording(source)
        assert "\n" not in str(caught.value)
