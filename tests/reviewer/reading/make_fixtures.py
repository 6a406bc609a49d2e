"""Typesets the orchard paper in the ways that papers come in.

Run by hand: `python -m tests.reviewer.reading.make_fixtures`. Needs pdflatex with
texlive-latex-extra, soffice, and python-docx (not a dependency: only this script uses it). The PDFs are committed, so
that tests need none of these.
"""

import importlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.reviewer.reading.orchard import (
    ABSTRACT,
    AUTHORS,
    EMAIL,
    FIGURE,
    HEAD,
    REFERENCES,
    ROWS,
    SECTIONS,
    TABLE,
    TITLE,
)  # fmt: skip

FIXTURES = Path(__file__).parent / "fixtures"
_FIGURE = (
    "\\begin{%(kind)s}[t]\\centering\\setlength{\\unitlength}{1mm}\\begin{picture}(70,30)"
    "\\put(5,5){\\vector(1,0){60}}\\put(5,5){\\vector(0,1){22}}\\put(30,0){mornings}\\put(8,10){\\circle*{2}}"
    "\\put(28,16){\\circle*{2}}\\put(48,22){\\circle*{2}}\\end{picture}\\caption{%(caption)s}\\end{%(kind)s}\n"
)
_RUNNING = (
    "\\usepackage{fancyhdr}\\pagestyle{fancy}\\fancyhf{}\\fancyhead[C]{%s}\\fancyfoot[C]{\\thepage}"
    "\\fancypagestyle{plain}{\\fancyhf{}\\fancyhead[C]{%s}\\fancyfoot[C]{\\thepage}}"
)
_SUBMISSION = (
    _RUNNING % (("Under review as a conference paper at IMAGINARY 2022",) * 2)
    + "\\usepackage{lineno}\\linenumbers\\usepackage[left=4cm]{geometry}\\usepackage{times}"
)
_IEEE = "\\usepackage{times}\\usepackage[margin=2cm]{geometry}\\setlength{\\columnsep}{5mm}" + _RUNNING % (
    ("Journal of Imaginary Measurement, vol.~3",) * 2
)


def main() -> None:
    for name, options, extra in (
        ("latex-one-column", "10pt", "\\usepackage{charter}"),
        ("latex-two-column", "10pt,twocolumn", _IEEE),
        ("latex-submission", "10pt", _SUBMISSION),
    ):
        _keep(_latex(_source(options, extra)), name)
    for columns, name in ((1, "word-one-column"), (2, "word-two-column")):
        _keep(_word(columns), name)


def _keep(made: Path, name: str) -> None:
    shutil.copy(made, FIXTURES / f"{name}.pdf")


def _latex(source: str) -> Path:
    folder = Path(tempfile.mkdtemp())
    (folder / "paper.tex").write_text(source)
    for _ in range(2):
        subprocess.run(["pdflatex", "-interaction=batchmode", "paper.tex"], cwd=folder, check=True)
    return folder / "paper.pdf"


def _source(options: str, extra: str) -> str:
    is_wide = "twocolumn" in options
    authors = " \\and ".join(f"{name}\\thanks{{Correspondence to {EMAIL}.}} \\\\ {place}" for name, place in AUTHORS)
    start = f"\\maketitle\\begin{{abstract}}{' '.join(ABSTRACT)}\\end{{abstract}}\n"
    return (
        f"\\documentclass[{options}]{{article}}{extra}\\usepackage{{natbib}}\\title{{{TITLE}}}\\author{{{authors}}}\n"
        f"\\date{{}}\\begin{{document}}\n{start}{_body(is_wide)}\n{_references()}\\end{{document}}\n"
    )


def _body(is_wide: bool) -> str:
    floats = {
        "Introduction": _FIGURE % {"kind": "figure*" if is_wide else "figure", "caption": FIGURE},
        "Results": _table(),
    }
    made: list[str] = []
    for name, parts in SECTIONS.items():
        made += [f"\\section{{{name}}}", floats.get(name, ""), *(" ".join(part) + "\n" for part in parts)]
    note = "\\footnote{Seeds and photographs come with the paper, and the cameras were lent by a school.}"
    return "\n".join(made).replace("stores nothing else.", f"stores nothing else.{note}")


def _table() -> str:
    rows = "\\\\\n".join(" & ".join(row) for row in (HEAD, *ROWS))
    return (
        f"\\begin{{table}}[t]\\centering\\begin{{tabular}}{{lrrr}}{rows}\\end{{tabular}}\\caption{{{TABLE}}}"
        "\\end{table}\n"
    )


def _references() -> str:
    items = "\n\n".join(f"\\bibitem[{short}({year})]{{{key}}} {text}" for key, short, year, text in REFERENCES)
    return f"\\begin{{thebibliography}}{{9}}\n{items}\n\\end{{thebibliography}}\n"


def _word(columns: int) -> Path:
    document = _docx("docx").Document()
    _front(document)
    if columns == 2:
        _two_columns(document)
    document.add_heading("Abstract", 1)
    document.add_paragraph(" ".join(ABSTRACT))
    for number, (name, parts) in enumerate(SECTIONS.items(), start=1):
        document.add_heading(f"{number} {name}", 1)
        for part in parts:
            document.add_paragraph(" ".join(part))
        if name == "Introduction":
            document.add_paragraph(f"Figure 1: {FIGURE}")
        if name == "Results":
            _word_table(document)
    document.add_heading("References", 1)
    for *_, text in REFERENCES:
        entry = document.add_paragraph(text)
        entry.paragraph_format.left_indent, entry.paragraph_format.first_line_indent = 228600, -228600
    return _convert(document)


def _docx(name: str) -> Any:
    """A module of python-docx, which is not among the project's dependencies."""
    return importlib.import_module(name)


def _front(document: Any) -> None:
    document.core_properties.author = AUTHORS[0][0]
    section = document.sections[0]
    section.header.paragraphs[0].text = "A manuscript made with a word processor"
    section.footer.paragraphs[0].text = "Page of an imaginary proceedings"
    document.add_heading(TITLE, 0)
    for name, place in AUTHORS:
        document.add_paragraph(f"{name}, {place}, {EMAIL}")


def _two_columns(document: Any) -> None:
    qn, kinds = _docx("docx.oxml.ns").qn, _docx("docx.enum.section").WD_SECTION

    section: Any = document.add_section(kinds.CONTINUOUS)
    columns = section._sectPr.xpath("./w:cols")[0]
    columns.set(qn("w:num"), "2")
    columns.set(qn("w:space"), "400")


def _word_table(document: Any) -> None:
    table = document.add_table(rows=0, cols=len(HEAD))
    for row in (HEAD, *ROWS):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph(f"Table 1: {TABLE}")


def _convert(document: Any) -> Path:
    folder = Path(tempfile.mkdtemp())
    document.save(str(folder / "paper.docx"))
    subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "paper.docx"], cwd=folder, check=True)
    return folder / "paper.pdf"


if __name__ == "__main__":
    main()
