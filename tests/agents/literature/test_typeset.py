"""Entries made from records, hostile ones too, through BibTeX and LaTeX to a PDF."""

from pathlib import Path

import pytest
from pypdf import PdfReader

from agents.latex.latexmk import Latexmk, find_latex
from agents.literature.publication import Kind, Publication, make_source

NASTY = r'}\input{/etc/passwd} 50% #1 $x_2^3$ & ~tilde "quoted" \immediate\write18{touch owned} {open'
TITLES = (
    NASTY,
    "Größe, naïve Erdős and Łukasz: α–β × ℓ",
    "深度学习 — Việt Nam",
    "Ends in \\",
    "--- `` '' -- !` ?` << >>",
)
KINDS: tuple[Kind, ...] = ("article", "inproceedings", "book", "misc")


@pytest.mark.tex
@pytest.mark.slow
@pytest.mark.skipif(find_latex() is None, reason="latexmk is not installed")
def test_any_record_is_typeset_as_text(tmp_path: Path) -> None:
    found = [
        make_source(
            Publication(
                title=f"Record {kind} {place} {title}", year=2020, authors=(f"Ann {title}", "Barnes and Noble"),
                venue=title, kind=kind, doi="10.1007/978-3_16" if place % 2 else "", pages="1-9", volume="3",
                url="https://example.org/a_b%20c#d?e={f}",
            ),
            "t",
        )
        for place, title in enumerate(TITLES)
        for kind in KINDS
    ]  # fmt: skip
    sources = [source for source in found if source]
    assert len(sources) == len(TITLES) * len(KINDS)
    (tmp_path / "references.bib").write_text("\n\n".join(source.bibtex for source in sources), encoding="utf-8")
    style = Path("agents/paper/naturalist.sty").read_text(encoding="utf-8")
    (tmp_path / "naturalist.sty").write_text(style, encoding="utf-8")
    tex = tmp_path / "paper.tex"
    tex.write_text(
        "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage[utf8]{inputenc}\\usepackage{naturalist}"
        "\\begin{document}\\nocite{*}Text.\\bibliographystyle{plainnat}\\bibliography{references}\\end{document}"
    )
    made = Latexmk().compile(tex)
    assert made.pdf is not None, made.problems
    assert made.problems == ()
    assert "root:" not in "".join(page.extract_text() for page in PdfReader(made.pdf).pages)
