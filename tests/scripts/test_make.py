"""The Makefile hands a topic over as it was typed, starts at once when all is set up, and says what was left out."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A set-up checkout whose naturalist prints its arguments, one a line."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "naturalist").write_text('#!/bin/sh\nfor word in "$@"; do printf "<%s>\\n" "$word"; done\n')
    (programs / "naturalist").chmod(0o755)
    (tmp_path / ".venv" / ".place").write_text(f"{tmp_path}\n")
    for stamp in (".installed", ".installed-dev", ".system"):
        (tmp_path / ".venv" / stamp).touch()
    return tmp_path


def make(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "TOPIC", "ARGS")
    }
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, env=clean | environ)


TOPICS = [
    'says "quoted" and it\'s',
    "$HOME $$ ${PATH} $(touch made) `touch made`",
    "$(shell touch made)",
    "; touch made & # | > made",
    "--help",
    "percent % and back \\ slash \\",
    "two\nlines",
    "ünïcode — and  two spaces",
]


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("is_environment", [False, True])
def test_topic_reaches_the_program_as_typed(checkout: Path, topic: str, is_environment: bool) -> None:
    done = make(checkout, "paper", TOPIC=topic) if is_environment else make(checkout, "paper", f"TOPIC={topic}")
    assert done.stdout == f"<run>\n<-->\n<{topic}>\n"
    assert not (checkout / "made").exists()


def test_more_options_are_split_as_a_shell_does(checkout: Path) -> None:
    done = make(checkout, "paper", "TOPIC=x", "ARGS=--generations 1 --name 'a b'")
    assert done.stdout.split("\n")[:5] == ["<run>", "<--generations>", "<1>", "<--name>", "<a b>"]


@pytest.mark.parametrize("words", [[], ["TOPIC="], ["TOPIC=  "]])
def test_missing_topic_is_refused_in_one_line_before_any_set_up(tmp_path: Path, words: list[str]) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    done = make(tmp_path, "paper", *words)
    assert done.returncode != 0 and done.stdout == ""
    assert "give a topic: make paper TOPIC=" in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / ".venv").exists()


def test_finished_set_up_has_nothing_to_do(checkout: Path) -> None:
    assert make(checkout, "setup").stdout == "make: Nothing to be done for 'setup'.\n"


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_changed_pins_are_installed_again(checkout: Path, changed: str) -> None:
    os.utime(checkout / changed, (time.time() + 5, time.time() + 5))
    assert "scripts/install_python.sh run" in make(checkout, "-n", "setup").stdout


def test_moved_checkout_is_set_up_again(checkout: Path) -> None:
    moved = checkout.rename(checkout.with_name("moved here"))
    assert "scripts/install_python.sh run" in make(moved, "-n", "setup").stdout


def test_lost_python_is_set_up_again(checkout: Path) -> None:
    program = checkout / ".venv" / "bin" / "python"
    program.unlink()
    program.symlink_to("/no/such/python")
    assert "scripts/install_python.sh run" in make(checkout, "-n", "setup").stdout


def test_machine_without_a_recent_python_is_told_so_in_one_line(checkout: Path) -> None:
    (checkout / ".venv" / ".place").unlink()
    done = make(checkout, "setup", PYTHON="/bin/false")
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert done.returncode != 0 and len(lines) == 1
    assert lines[0].startswith("setup: Python 3.11 or later is needed")


def test_help_is_the_default_and_names_the_two_commands(checkout: Path) -> None:
    shown = make(checkout).stdout
    assert "make paper" in shown and "make test" in shown


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 2])
def test_end_of_a_test_run_names_what_was_left_out(tmp_path: Path, workers: int) -> None:
    marked = (f"@pytest.mark.{name}\ndef test_{name}(): pass\n" for name in ("heavy", "slow"))
    (tmp_path / "test_marked.py").write_text("import pytest\n" + "".join(marked) + "def test_plain(): pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n heavy\n slow\n")
    command = [sys.executable, "-m", "pytest", "-p", "scripts.left_out", "-m", "not heavy and not slow", str(tmp_path)]
    plain = ["-p", "no:cacheprovider", "-p", "no:langsmith_plugin", "--rootdir", str(tmp_path), "-n", str(workers)]
    done = subprocess.run([*command, *plain], cwd=ROOT, capture_output=True, text=True)
    assert "left out: 1 marked heavy; `make test-all` runs them" in done.stdout
    assert "left out: 1 marked slow; `make test-all` runs them" in done.stdout
