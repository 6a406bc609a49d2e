"""The typesetter, with the real one where it is installed."""

import os
from pathlib import Path

import pytest

from agents.errors import ServiceError
from agents.latex.latexmk import Latexmk, find_latex

needs_tex = pytest.mark.skipif(find_latex() is None, reason="latexmk is not installed")
pytestmark = [pytest.mark.tex]


def _paper(folder: Path, body: str) -> Path:
    tex = folder / "paper.tex"
    tex.write_text(
        "\\documentclass{article}\\pdfinfoomitdate=1\\pdftrailerid{}\\begin{document}\n" + body + "\n\\end{document}\n"
    )
    return tex


@needs_tex
@pytest.mark.slow
def test_a_good_source_gives_the_same_bytes_again(tmp_path: Path) -> None:
    tex = _paper(tmp_path, "Hello, reader.")
    first = Latexmk().compile(tex)
    assert (first.pdf, first.problems, first.pages) == (tmp_path / "paper.pdf", (), 1)
    content = (tmp_path / "paper.pdf").read_bytes()
    Latexmk().compile(tex)
    assert (tmp_path / "paper.pdf").read_bytes() == content


@needs_tex
@pytest.mark.slow
def test_a_failed_compile_leaves_no_stale_pdf_and_keeps_the_last_good_one_aside(tmp_path: Path) -> None:
    """A stale PDF passed as success, and a retry deleted the good one."""
    Latexmk().compile(_paper(tmp_path, "Good."))
    good = (tmp_path / "paper.pdf").read_bytes()
    failed = Latexmk().compile(_paper(tmp_path, "Bad \\undefinedcommand."))
    assert failed.pdf is None
    assert failed.problems == ("error: paper.tex:2: Undefined control sequence \\undefinedcommand.",)
    assert not (tmp_path / "paper.pdf").exists()
    assert (tmp_path / "paper.last-good.pdf").read_bytes() == good


@needs_tex
@pytest.mark.slow
def test_undefined_references_print_question_marks_and_are_reported(tmp_path: Path) -> None:
    compiled = Latexmk().compile(_paper(tmp_path, "See \\ref{nowhere}."))
    assert compiled.pdf is not None
    assert any("Reference `nowhere' on page 1 undefined" in line for line in compiled.problems)
    assert "undefined: page 1 prints ??" in compiled.problems


@needs_tex
@pytest.mark.slow
def test_a_box_that_sticks_out_is_reported(tmp_path: Path) -> None:
    compiled = Latexmk().compile(_paper(tmp_path, "\\noindent\\rule{20cm}{1pt}"))
    assert any(line.startswith("overfull: paper.tex:") for line in compiled.problems)


@needs_tex
def test_the_source_cannot_run_programs_or_read_and_write_outside_its_folder(tmp_path: Path) -> None:
    """Injection through a text that a model wrote."""
    folder = tmp_path / "paper"
    folder.mkdir()
    (tmp_path / "secret.tex").write_text("SECRET")
    Latexmk().compile(_paper(folder, "\\immediate\\write18{touch ran}Text."))
    assert not list(tmp_path.rglob("ran"))
    assert Latexmk().compile(_paper(folder, "\\input{../secret}")).pdf is None
    assert Latexmk().compile(_paper(folder, f"\\input{{{tmp_path}/secret}}")).pdf is None


@needs_tex
def test_a_source_that_never_ends_is_stopped(tmp_path: Path) -> None:
    compiled = Latexmk(timeout_s=1.5).compile(_paper(tmp_path, "\\loop\\iftrue\\repeat"))
    assert compiled.pdf is None
    assert compiled.problems[0] == "error: typesetting took longer than 1.5 s and was stopped"


@pytest.mark.skipif(Path("/Library/TeX/texbin").exists(), reason="TeX is found there without PATH")
def test_without_tex_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_latex() is None
    with pytest.raises(ServiceError, match="apt-get install latexmk"):
        Latexmk().compile(_paper(tmp_path, "Text."))


@needs_tex
def test_keys_of_the_parent_are_not_visible_to_tex(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """latexmk runs a stand-in for pdflatex that writes its environment down."""
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "pdflatex"
    fake.write_text(f"#!/bin/sh\nenv > {tmp_path}/seen\nexit 1\n")
    fake.chmod(0o755)
    (programs / "latexmk").symlink_to(find_latex() or "")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SOME_SECRET", "x")
    Latexmk().compile(_paper(tmp_path, "Text."))
    seen = (tmp_path / "seen").read_text()
    assert "openin_any=p" in seen
    assert "SOME_SECRET" not in seen
