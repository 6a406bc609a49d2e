"""The document: sections, figures, tables, references and appendix as LaTeX that compiles in its folder."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from agents.files import write_atomic, write_json
from agents.latex.escape import breakable, escape_latex
from agents.paper.appendix import reproducibility_table
from agents.paper.colophon import Colophon, document_quantities, names_with_digits
from agents.paper.costs import LABEL as COSTS
from agents.paper.costs import costs_table
from agents.paper.markup import evidence_tex, find_cites, find_refs, plain_text
from agents.paper.material import material_names, material_quantities
from agents.paper.sections import edited_sections
from agents.paper.tables import Table, arms_table, experiments_table, judged_by, negative_table, settings_table
from agents.schema import Evidence, Experiment, Figure, SectionName, Source, Template

HEADINGS: dict[SectionName, str] = {
    "introduction": "Introduction",
    "related_work": "Related Work",
    "method": "Method",
    "experiments": "Experiments",
    "results": "Results",
    "negative_results": "Negative Results",
    "limitations": "Limitations",
    "conclusion": "Conclusion",
}
_ROOM = "\\Needspace{16\\baselineskip}\n"
"""Keeps a heading on the page on which its table starts. The kind that stretches would let the page break here while
the table is set, and its foot and head would stand round the heading."""
_TABLE_HOMES: dict[str, SectionName] = {
    "tab:settings": "experiments",
    "tab:arms": "results",
    "tab:negative": "negative_results",
}
_IN_APPENDIX = {
    "tab:setup": "What is needed to repeat the study stands",
    COSTS: "what calls to language models took",
    "tab:negative": "the negative results in full",
    "tab:experiments": "the experiments",
}
LABELS = (
    *(f"sec:{name}" for name in HEADINGS),
    "app:reproducibility",
    "app:experiments",
    "tab:experiments",
    "tab:setup",
)
"""Labels that every paper has; tables and figures add theirs."""


def assemble_paper(
    folder: Path,
    sections: Mapping[SectionName, str],
    evidence: Evidence,
    template: Template,
    experiments: Sequence[Experiment],
    figures: Sequence[Figure],
    sources: Sequence[Source],
    colophon: Colophon,
) -> Path:
    """Write paper.tex and all it needs into the study's paper folder and return its path; sections/ must be there.

    evidence.json there gains the document's own quantities (`config.*`), so that it lists every number of the paper.
    """
    quantities = evidence.quantities | document_quantities(colophon.settings, evidence.registration)
    quantities |= material_quantities(colophon.data, colophon.repo)
    full = evidence.model_copy(update={"quantities": quantities})
    tables = _tables(full, template, experiments, colophon)
    write_json(folder / "evidence.json", full.model_dump(mode="json"))
    names = [*names_with_digits(colophon, template, evidence.registration), *material_names(colophon)]
    names += sorted({item.code_sha256 for item in experiments if item.arm == "treatment"})
    write_json(folder / "names.json", sorted({name for name in names if name}))
    write_atomic(folder / "evidence.tex", evidence_tex(full))
    write_atomic(folder / "references.bib", bibliography(sections, sources))
    write_json(folder / "sources.json", _cited(sections, sources))
    write_atomic(folder / "naturalist.sty", files("agents.paper").joinpath("naturalist.sty").read_text("utf-8"))
    for table in tables:
        write_atomic(folder / "tables" / f"{table.label.removeprefix('tab:')}.tex", table.latex)
    write_atomic(folder / "tables" / "setup.tex", reproducibility_table(full, template, experiments, colophon))
    text = _document(folder, sections, figures, tables, colophon)
    write_atomic(folder / "paper.tex", text)
    return folder / "paper.tex"


def _cited(sections: Mapping[SectionName, str], sources: Sequence[Source]) -> list[dict[str, Any]]:
    """The records of the cited works, as their sources returned them."""
    cited = {key for text in sections.values() for key in find_cites(text)}
    return [source.model_dump(mode="json") for source in sources if source.key in cited]


def bibliography(sections: Mapping[SectionName, str], sources: Sequence[Source]) -> str:
    """BibTeX of the cited sources alone, in order of key."""
    cited = {key for text in sections.values() for key in find_cites(text)}
    chosen = sorted((source for source in sources if source.key in cited), key=lambda source: source.key)
    return "\n\n".join(source.bibtex.strip() for source in chosen) + "\n"


def _tables(evidence: Evidence, given: Template, experiments: Sequence[Experiment], colophon: Colophon) -> list[Table]:
    template = judged_by(evidence, given)
    made = (
        settings_table(evidence, template, experiments),
        arms_table(evidence, template),
        negative_table(evidence, template, experiments),
        experiments_table(evidence, template, experiments),
        costs_table(evidence, colophon),
    )
    return [table for table in made if table]


def _document(
    folder: Path,
    sections: Mapping[SectionName, str],
    figures: Sequence[Figure],
    tables: Sequence[Table],
    colophon: Colophon,
) -> str:
    from pylatex import Command, Document, NoEscape, Package

    document = Document(
        documentclass="article", document_options=["10pt", "twocolumn"], fontenc="T1", inputenc="utf8", lmodern=False,
        textcomp=False, microtype=None, page_numbers=False,
    )  # fmt: skip
    title = sections.get("title", "").strip() or "Untitled"
    document.packages.append(Package("naturalist"))
    document.preamble.append(Command("input", "evidence"))
    document.preamble.append(Command("hypersetup", NoEscape(_pdf_fields(title, colophon))))
    disclosure = colophon.disclosure(edited_sections(folder))
    parts = [NoEscape(title), NoEscape(_byline(colophon)), NoEscape(disclosure)]
    document.append(Command("pagestyle", "plain"))
    document.append(Command("papertitle", parts))
    for latex in _body(sections, figures, tables):
        document.append(NoEscape(latex))
    return _dump(document)


def _body(sections: Mapping[SectionName, str], figures: Sequence[Figure], tables: Sequence[Table]) -> list[str]:
    """The document's blocks: each section with the floats that belong to it in front, then references and appendix."""
    floats = _floats_by_section(sections, figures, tables)
    blocks = ["\\begin{abstract}\n\\input{sections/abstract}\n\\end{abstract}"] if "abstract" in sections else []
    for name, heading in HEADINGS.items():
        if name in sections:
            blocks += floats.get(name, [])
            blocks.append(f"\\section{{{heading}}}\\label{{sec:{name}}}\n\\input{{sections/{name}}}")
    if any(find_cites(text) for text in sections.values()):
        blocks.append("\\bibliographystyle{plainnat}\n\\bibliography{references}")
    return blocks + _appendix(tables)


def _floats_by_section(
    sections: Mapping[SectionName, str], figures: Sequence[Figure], tables: Sequence[Table]
) -> dict[SectionName, list[str]]:
    """Put each float with the section that speaks of it first; figures nobody speaks of go to the results."""
    homes: dict[SectionName, list[str]] = {}
    for table in tables:
        if table.label in _TABLE_HOMES and not table.is_long:
            homes.setdefault(_TABLE_HOMES[table.label], []).append(rf"\input{{tables/{table.label[4:]}}}")
    for figure in figures:
        home = _home(figure, sections)
        homes.setdefault(home, []).append(_figure(figure))
    return homes


def _home(figure: Figure, sections: Mapping[SectionName, str]) -> SectionName:
    for name in HEADINGS:
        if figure.label in find_refs(sections.get(name, "")):
            return name
    return "results"


def _figure(figure: Figure) -> str:
    name = "figure*" if figure.wide else "figure"
    return (
        f"\\begin{{{name}}}[t]\n\\centering\n\\includegraphics[width=\\linewidth]{{{figure.path}}}\n"
        f"\\caption{{{figure.caption}}}\\label{{{figure.label}}}\n\\end{{{name}}}"
    )


def _appendix(tables: Sequence[Table]) -> list[str]:
    """One column, so that long tables can break over pages."""
    blocks = [
        "\\clearpage\\onecolumn\\appendix",
        f"\\section{{Reproducibility}}\\label{{app:reproducibility}}\n{_contents(tables)}\n\\input{{tables/setup}}",
    ]
    blocks += [f"\\input{{tables/{table.label[4:]}}}" for table in tables if table.label == COSTS]
    long = [table for table in tables if table.is_long and table.label not in ("tab:experiments", COSTS)]
    blocks += [f"{_ROOM}\\section{{Negative Results in Full}}\n\\input{{tables/{table.label[4:]}}}" for table in long]
    heading = "Experiments in Outline" if any(table.is_outline for table in tables) else "Every Experiment"
    return [*blocks, f"{_ROOM}\\section{{{heading}}}\\label{{app:experiments}}\n\\input{{tables/experiments}}"]


def _contents(tables: Sequence[Table]) -> str:
    """Points to each table of the appendix, whatever the sections point to."""
    labels = {table.label for table in tables if table.is_long}
    told = [
        rf"{what} in Table~\ref{{{label}}}"
        for label, what in _IN_APPENDIX.items()
        if label == "tab:setup" or label in labels
    ]
    return f"{', '.join(told[:-1])} and {told[-1]}."


def _byline(colophon: Colophon) -> str:
    return rf"\textbf{{{escape_latex(colophon.author)}}}\quad {breakable(colophon.date_line)}"


def _pdf_fields(title: str, colophon: Colophon) -> str:
    author, subject = escape_latex(colophon.author), "Written by a machine"
    return f"pdftitle={{{title}}},pdfauthor={{{author}}},pdfsubject={{{subject}}}"


def _dump(document: Any) -> str:
    """PyLaTeX is untyped; its text ends here."""
    return str(document.dumps())


def plain_title(sections: Mapping[SectionName, str], evidence: Evidence) -> str:
    return plain_text(sections.get("title", ""), evidence)
