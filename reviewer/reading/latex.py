"""A paper from its LaTeX source: values and citations resolved, commands stripped. Runs no TeX."""

import re
from collections.abc import Iterator
from pathlib import Path

from reviewer.evidence.ledger import Ledger
from reviewer.reading.bibtex import cited_keys, print_citations, print_list, read_entries
from reviewer.reading.tex import find_main, group, group_after, plain, read_source
from reviewer.reading.veils import lift_veils
from reviewer.schema import Paper, Section
from reviewer.text import Part, nest, section, tidy

_HEADING = re.compile(r"\\(section|chapter|subsection|subsubsection|paragraph)\*?\s*(?:\[[^\]]*\])?\s*(?=\{)")
_FLOAT = re.compile(r"\\begin\{(figure|table|longtable)\*?\}(.*?)\\end\{\1\*?\}", re.S)
_TABULAR = re.compile(r"\\begin\{(tabular[xy]?|longtable|tabu)\*?\}(.*?)\\end\{\1\*?\}", re.S)
_SILENT = re.compile(
    r"\\begin\{(verbatim|lstlisting|tabular[xy]?|longtable|tabu|tikzpicture)\*?\}.*?\\end\{\1\*?\}", re.S
)
_EQUATION = re.compile(r"\\begin\{(?:equation|align|gather|multline|eqnarray)\*?\}|\\\[|\$\$")
_CAPTION = r"\\caption"
_RULES = re.compile(
    r"\\(?:[hc]line|toprule|midrule|bottomrule|cmidrule|addlinespace)\b(?:\([^)]*\)|\[[^\]]*\]|\{[^}]*\})*"
)
_APPENDIX = re.compile(
    r"\\appendix\b|\\begin\{appendi(?:x|ces)\}|\\bibliography\{|\\begin\{thebibliography\}|\\printbibliography"
)


def read_latex(path: Path, ledger: Ledger | None = None) -> Paper:
    """Read a .tex file, or the main one of a folder; what it \\inputs must lie in the same folder.

    What follows the list of references, or \\appendix, is appendix. What is set in no visible ink is quoted in `hidden`
    and left out of the text.
    """
    main = find_main(path)
    source, hidden = lift_veils(_resolve_values(read_source(main), ledger))
    body = _between(source)
    floats = [match[0] for match in _FLOAT.finditer(body)]
    entries = read_entries(main.parent, main.stem, body)
    cited = set(cited_keys(body))
    return Paper(
        title=tidy(plain(_title(source))),
        sections=_sections(print_citations(body, entries)),
        figures=len({text for text in floats if text.startswith("\\begin{figure") and _is_first(text, floats)}),
        tables=len(
            {
                text
                for text in floats
                if text.startswith(("\\begin{table", "\\begin{longtable")) and _is_first(text, floats)
            }
        ),
        floats_referenced=_share_referenced(body, floats),
        equations=len(_EQUATION.findall(body)),
        references=len(cited & set(entries)),
        citations=len(re.findall(r"\\cite\w*", body)),
        unresolved=len(cited - set(entries)),
        hidden=hidden,
        rows=tuple(_rows(body)),
        bibliography=print_list(entries, body),
    )


def _title(source: str) -> str:
    """The title as the class sets it, else as it is told to PDF readers."""
    named = re.search(r"pdftitle\s*=\s*(?=\{)", source)
    return group_after(source, r"\\(?:paper)?title") or (group(source, named.end()) if named else "")


def _resolve_values(source: str, ledger: Ledger | None) -> str:
    """Put ledger values in place of \\ev, \\evi, \\evn and \\evp; a key that the bundle lacks leaves [#]."""

    def value(match: re.Match[str]) -> str:
        shown = ledger.printed(match[2], match[1]) if ledger else None
        return "[#]" if shown is None else shown

    return re.sub(r"\\ev(i|n|p|)\{([^{}]*)\}", value, source)


def _between(source: str) -> str:
    start = source.find(r"\begin{document}")
    end = source.rfind(r"\end{document}")
    return source[max(start, 0) : end if end > start else len(source)]


def _sections(body: str) -> tuple[Section, ...]:
    """The abstract and every headed part; what stands before the first heading (title, authors) is left out."""
    abstract = re.search(r"\\begin\{abstract\}(.*?)\\end\{abstract\}", body, re.S)
    found = [section("Abstract", _prose(abstract[1]))] if abstract else []
    marks = list(_HEADING.finditer(body))
    if not marks:
        return (*found, section("Text", _prose(body[abstract.end() if abstract else 0 :])))
    ends = [match.start() for match in marks[1:]] + [len(body)]
    appendix = _APPENDIX.search(body)
    parts: list[Part] = []
    for match, end in zip(marks, ends, strict=True):
        title = group(body, match.end())
        is_main = match[1] in ("section", "chapter")
        is_appendix = bool(appendix and match.start() > appendix.start())
        parts.append(Part(tidy(plain(title)), is_main, _prose(body[match.end() + len(title) + 2 : end]), is_appendix))
    return (*found, *nest(parts))


def _prose(source: str) -> str:
    """Text as a reader sees it: captions kept, bodies of floats, code and tables dropped."""
    captions = _FLOAT.sub(lambda match: f" {_sentence(group_after(match[0], _CAPTION))} ", source)
    return tidy(plain(_SILENT.sub(" ", captions.split(r"\begin{thebibliography}")[0])))


def _sentence(caption: str) -> str:
    return caption if caption.rstrip().endswith((".", "?", "!")) else f"{caption}."


def _rows(body: str) -> Iterator[str]:
    """Rows of tables, their cells parted by a space."""
    for match in _TABULAR.finditer(body):
        for row in re.split(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline", _without_columns(match[2], match[1])):
            cells = (tidy(plain(cell)) for cell in re.split(r"(?<!\\)&", _RULES.sub(" ", row)))
            if text := " ".join(cell for cell in cells if cell):
                yield text


def _without_columns(source: str, name: str) -> str:
    """The inside of a table after its width, if it has one, and its columns."""
    source = re.sub(r"^\s*\[[^\]]*\]", "", source)
    for _ in range(2 if name in ("tabularx", "tabulary") else 1):
        start = source.find("{")
        source = source[start + len(group(source, start)) + 2 :] if start >= 0 else source
    return source


def _is_first(text: str, floats: list[str]) -> bool:
    """Whether no earlier float has the same caption; a pasted copy is no second figure."""
    caption = group_after(text, _CAPTION)
    return next(other for other in floats if group_after(other, _CAPTION) == caption) is text


def _share_referenced(body: str, floats: list[str]) -> float:
    labels = [label for text in floats for label in re.findall(r"\\label\{([^}]*)\}", text)]
    captions = {group_after(text, _CAPTION) for text in floats}
    named = re.findall(r"\\(?:ref|cref|Cref|autoref)\{([^}]*)\}", body)
    pointed = {name.strip() for names in named for name in names.split(",")}
    whole = max(len(labels), len(captions))
    return min(sum(label in pointed for label in labels) / whole, 1.0) if whole else 1.0
