import sys
from pathlib import Path

import pytest

from agents.sandbox.environment import MARKER, clean_environment

ALLOWED = {
    "PATH", "HOME", "TMPDIR", "LANG", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "MPLBACKEND",
    "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    MARKER,
}  # fmt: skip


def test_only_allowed_names_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "planted")
    monkeypatch.setenv("LD_PRELOAD", "planted")
    environment = clean_environment({}, Path("/tmp/x"), "m")
    assert set(environment) == ALLOWED
    assert "planted" not in environment.values()


def test_the_interpreters_own_programs_come_first() -> None:
    assert clean_environment({}, Path("/tmp/x"), "m")["PATH"].startswith(str(Path(sys.executable).parent) + ":")


def test_home_and_temporary_files_go_to_the_scratch_folder() -> None:
    environment = clean_environment({}, Path("/tmp/x"), "m")
    assert environment["HOME"] == environment["TMPDIR"] == "/tmp/x"


def test_what_is_given_has_the_last_word_but_for_the_marker() -> None:
    environment = clean_environment({"OMP_NUM_THREADS": "8", "MINE": "1", MARKER: "forged"}, Path("/tmp/x"), "m")
    assert (environment["OMP_NUM_THREADS"], environment["MINE"], environment[MARKER]) == ("8", "1", "m")


def test_no_gpu_is_visible_unless_given() -> None:
    assert clean_environment({}, Path("/tmp/x"), "m")["CUDA_VISIBLE_DEVICES"] == ""
    assert clean_environment({"CUDA_VISIBLE_DEVICES": "1"}, Path("/tmp/x"), "m")["CUDA_VISIBLE_DEVICES"] == "1"
