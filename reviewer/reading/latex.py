"""A paper from its LaTeX source: \\input followed, ledger macros resolved, commands stripped. Runs no TeX."""

import re
from pathlib import Path

from reviewer.errors import ReviewerError
from reviewer.evidence.ledger import Ledger
from reviewer.schema import Paper, Section
from reviewer.text import Part, count_words, nest, section, tidy

_MAX_BYTES = 5 * 2**20
_MAX_FILES = 200
_HEADING = re.compile(r"\\(section|chapter|subsection|subsubsection|paragraph)\*?\s*(?:\[[^\]]*\])?\s*(?=\{)")
_FLOAT = re.compile(r"\\begin\{(figure|table)\*?\}(.*?)\\end\{\1\*?\}", re.S)
_SILENT = re.compile(r"\\begin\{(verbatim|lstlisting|tabularx?|longtable|tikzpicture)\*?\}.*?\\end\{\1\*?\}", re.S)
_EQUATION = re.compile(r"\\begin\{(?:equation|align|gather|multline|eqnarray)\*?\}|\\\[|\$\$")
_DROPPED = re.compile(
    r"\\(?:label|ref|eqref|cref|Cref|autoref|pageref|cite\w*|includegraphics|begin|end|vspace|hspace|bibliography"
    r"|bibliographystyle|href|url|author|date|affiliation|thanks|email|input|hypersetup|setlength)"
    r"\*?(?:\[[^\]]*\])*(?:\{[^{}]*\})?"
)
_WHITE = re.compile(r"\\(?:textcolor\{white\}|color\{white\}|phantom|transparent\{0\})\s*(?:\{([^{}]*)\}|([^\\}]*))")


def read_latex(path: Path, ledger: Ledger | None = None) -> Paper:
    """Read a .tex file, or the main one of a folder; what it \\inputs must lie in the same folder."""
    main = _main_file(path)
    source = _resolve_values(_expand(_read(main), main.parent, [main]), ledger)
    body = _between(source)
    floats = [match[0] for match in _FLOAT.finditer(body)]
    cited = _cited(body)
    known = _bibliography(main.parent, body)
    labels = [label for text in floats for label in re.findall(r"\\label\{([^}]*)\}", text)]
    pointed = set(re.findall(r"\\(?:ref|cref|Cref|autoref)\{([^}]*)\}", body))
    pointed = {name.strip() for names in pointed for name in names.split(",")}
    captions = {_group_after(text, r"\\caption") for text in floats}
    return Paper(
        title=tidy(_plain(_title(source))),
        sections=_sections(body),
        figures=len({text for text in floats if text.startswith("\\begin{figure") and _is_first(text, floats)}),
        tables=len({text for text in floats if text.startswith("\\begin{table") and _is_first(text, floats)}),
        floats_referenced=_share(sum(label in pointed for label in labels), max(len(labels), len(captions))),
        equations=len(_EQUATION.findall(body)),
        references=len(cited & known),
        citations=len(re.findall(r"\\cite\w*", body)),
        unresolved=len(cited - known),
        hidden=_hidden(body),
    )


def _title(source: str) -> str:
    """The title as the class sets it, else as it is told to PDF readers."""
    named = re.search(r"pdftitle\s*=\s*(?=\{)", source)
    return _group_after(source, r"\\(?:paper)?title") or (_group(source, named.end()) if named else "")


def _main_file(path: Path) -> Path:
    if path.is_file():
        return path
    names = [path / name for name in ("paper.tex", "main.tex")] + sorted(path.glob("*.tex"))
    found = next((name for name in names if name.is_file()), None)
    if found is None:
        raise ReviewerError(f"no LaTeX file at {path}; give paper.tex or the folder it lies in")
    return found


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ReviewerError(f"{path} is larger than {_MAX_BYTES // 2**20} MB; give the source of one paper")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ReviewerError(f"cannot read {path}: {error.strerror}") from error
    return re.sub(r"(?<!\\)%.*", "", text)


def _expand(source: str, folder: Path, seen: list[Path]) -> str:
    """Put the text of \\input files in place; files outside the folder, and files seen before on the way, stay out."""

    def insert(match: re.Match[str]) -> str:
        child = (folder / match[1].strip()).resolve()
        child = child if child.suffix else child.with_suffix(".tex")
        is_inside = child.is_relative_to(folder.resolve()) and child.is_file()
        if not is_inside or len(seen) > _MAX_FILES or child in seen:
            return ""
        seen.append(child)
        return _expand(_read(child), folder, seen)

    return re.sub(r"\\(?:input|include)\{([^{}]*)\}", insert, source)


def _resolve_values(source: str, ledger: Ledger | None) -> str:
    """Put ledger values in place of \\ev, \\evi and \\evn; a key that the bundle lacks leaves [#]."""

    def value(match: re.Match[str]) -> str:
        entry = ledger.entries.get(match[2]) if ledger else None
        if entry is None:
            return "[#]"
        return {"": f"{entry.shown} {entry.unit}".strip(), "i": entry.with_interval, "n": str(entry.n)}[match[1]]

    return re.sub(r"\\ev(i|n|)\{([^{}]*)\}", value, source)


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
    parts: list[Part] = []
    for match, end in zip(marks, ends, strict=True):
        title = _group(body, match.end())
        is_main = match[1] in ("section", "chapter")
        parts.append(Part(tidy(_plain(title)), is_main, _prose(body[match.end() + len(title) + 2 : end])))
    return (*found, *nest(parts))


def _prose(source: str) -> str:
    """Text as a reader sees it: captions kept, bodies of floats, code and tables dropped."""
    captions = _FLOAT.sub(lambda match: " " + _group_after(match[0], r"\\caption") + ". ", source)
    return tidy(_plain(_SILENT.sub(" ", captions.split(r"\begin{thebibliography}")[0])))


def _plain(source: str) -> str:
    text = _DROPPED.sub(" ", source)
    text = re.sub(r"\\([%&_#$])", r"\1", text)
    text = re.sub(r"\\[a-zA-Z]+\*?(?:\[[^\]]*\])?|\\.", " ", text)
    return re.sub(r"\s+([.,;:)])", r"\1", re.sub(r"[{}$~]", " ", text.replace("~", " ")))


def _group_after(source: str, command: str) -> str:
    match = re.search(command + r"\*?\s*(?:\[[^\]]*\])?\s*(?=\{)", source)
    return _group(source, match.end()) if match else ""


def _group(source: str, start: int) -> str:
    """What stands between the brace at `start` and its partner."""
    depth = 0
    for index in range(start, len(source)):
        depth += (source[index] == "{") - (source[index] == "}")
        if depth == 0:
            return source[start + 1 : index]
    return source[start + 1 :]


def _cited(body: str) -> set[str]:
    groups = re.findall(r"\\cite\w*\*?(?:\[[^\]]*\])*\{([^{}]*)\}", body)
    return {key.strip() for group in groups for key in group.split(",") if key.strip()}


def _bibliography(folder: Path, body: str) -> set[str]:
    known = set(re.findall(r"\\bibitem(?:\[[^\]]*\])?\{([^{}]*)\}", body))
    for names in re.findall(r"\\(?:bibliography|addbibresource)\{([^{}]*)\}", body):
        for name in names.split(","):
            file = folder / f"{name.strip().removesuffix('.bib')}.bib"
            if file.is_file() and file.resolve().is_relative_to(folder.resolve()):
                known |= {key.strip() for key in re.findall(r"@\w+\s*\{\s*([^,\s]+)\s*,", _read(file))}
    return known


def _is_first(text: str, floats: list[str]) -> bool:
    """Whether no earlier float has the same caption; a pasted copy is no second figure."""
    caption = _group_after(text, r"\\caption")
    return next(other for other in floats if _group_after(other, r"\\caption") == caption) is text


def _hidden(body: str) -> tuple[str, ...]:
    texts = (tidy(_plain(match[1] or match[2] or "")) for match in _WHITE.finditer(body))
    return tuple(text for text in texts if count_words(text) >= 3)


def _share(part: int, whole: int) -> float:
    return min(part / whole, 1.0) if whole else 1.0
