"""Checks of a written paper: every rule's breach is a Problem; nothing is mended here."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from agents.paper.citations import check_references
from agents.paper.claims import check_claims
from agents.paper.document import LABELS, plain_title
from agents.paper.markup import (
    find_cites,
    find_interval_keys,
    find_keys,
    find_labels,
    find_n_keys,
    find_numerals,
    find_p_keys,
    find_refs,
    is_p_value,
    plain_text,
    strip_comments,
)
from agents.paper.numbers import read_pdf, unexplained_numbers
from agents.paper.sections import mark_checked
from agents.paper.tables import NEGATIVE_NODE, is_listed
from agents.schema import SECTIONS, Draft, Evidence, Figure, Problem, SectionName, Source
from agents.services import Typesetter

WORD_LIMITS: dict[SectionName, tuple[int, int]] = {
    "title": (3, 30),
    "abstract": (40, 300),
    "introduction": (40, 1500),
    "related_work": (25, 1500),
    "method": (40, 2500),
    "experiments": (25, 2000),
    "results": (30, 2500),
    "negative_results": (12, 1500),
    "limitations": (25, 1000),
    "conclusion": (25, 700),
}
"""Fewest and most words of each section."""
_FAULTS = {"lint": "lint.json", "look": "looks.json"}
"""What is amiss with figures, by rule and as a model saw it: label -> lines."""
_FORBIDDEN = re.compile(
    r"\\(?:input|include|openin|openout|read|write|immediate|[egx]?def|let|(?:re|provide)?newcommand|renewcommand|"
    r"providecommand|DeclareRobustCommand|catcode|csname|usepackage|RequirePackage|documentclass|today|the|number|"
    r"romannumeral|char|symbol|section|evdefine|makeatletter|special|directlua|loop|includegraphics|url|href|"
    r"bibliography|footnotetext)(?![A-Za-z])"
    r"|\\(?:begin|end)\s*\{(?:document|figure|table|thebibliography|abstract|filecontents|verbatim)\*?\}|\^\^"
)


def check_paper(
    folder: Path,
    sections: Mapping[SectionName, str],
    evidence: Evidence,
    figures: Sequence[Figure],
    sources: Sequence[Source],
    typesetter: Typesetter | None,
) -> tuple[Draft, tuple[Problem, ...]]:
    """Typeset paper.tex in `folder` and check prose and PDF; without a typesetter the prose alone.

    A problem names the section that can mend it, or None where prose cannot. Raises ServiceError when TeX is missing.
    """
    full = _ledger(folder, evidence)
    problems = [*check_prose(sections, full, figures, sources, _table_labels(folder)), *_check_figures(folder, figures)]
    problems += _check_negative_count(folder, full)
    problems += check_references(folder / "references.bib", sections, sources)
    pdf = None
    if typesetter is not None:
        compilation = typesetter.compile(folder / "paper.tex")
        pdf = compilation.pdf
        problems += [_from_compile(line) for line in compilation.problems]
        problems += _check_pdf(folder, pdf, full, sections, sources) if pdf else []
    mark_checked(folder, sections)
    draft = Draft(
        study=evidence.study, title=plain_title(sections, full), folder=folder, tex=folder / "paper.tex", pdf=pdf,
        evidence=folder / "evidence.json", problems=tuple(problems),
    )  # fmt: skip
    return draft, tuple(problems)


def check_prose(
    sections: Mapping[SectionName, str],
    evidence: Evidence,
    figures: Sequence[Figure],
    sources: Sequence[Source],
    table_labels: Sequence[str] = (),
) -> Iterator[Problem]:
    """Yield every breach that the LaTeX of the sections shows by itself."""
    own = [label for text in sections.values() for label in find_labels(text)]
    labels = {*LABELS, *table_labels, *own, *(figure.label for figure in figures)}
    for name in SECTIONS:
        text = sections.get(name, "")
        yield from _check_length(name, plain_text(text, evidence))
        yield from _check_macros(name, text, evidence)
        yield from _unknown(name, "unknown-cite", "no such source", find_cites(text), {item.key for item in sources})
        yield from _unknown(name, "unknown-ref", "no such label", find_refs(text), labels)
        yield from _check_commands(name, text)
    yield from _check_figure_refs(sections, figures)
    yield from check_claims(sections, evidence)


def _check_length(name: SectionName, text: str) -> Iterator[Problem]:
    words, (fewest, most) = len(text.split()), WORD_LIMITS[name]
    if words == 0:
        yield Problem(section=name, rule="empty", detail=f"section {name} is empty")
    elif not fewest <= words <= most:
        detail = f"section {name} has {words} words; it should have between {fewest} and {most}"
        yield Problem(section=name, rule="too-short" if words < fewest else "too-long", detail=detail)


def _check_macros(name: SectionName, text: str, evidence: Evidence) -> Iterator[Problem]:
    for numeral in dict.fromkeys(find_numerals(text)):
        detail = rf"{numeral!r} is typed by hand; print a ledger entry with \ev{{key}} or use words"
        yield Problem(section=name, rule="numeral", detail=detail)
    yield from _unknown(name, "unknown-key", "evidence has no such entry", find_keys(text), evidence.keys)
    for key in dict.fromkeys(find_p_keys(text)):
        if key in evidence.keys and not (key in evidence.quantities and is_p_value(evidence[key])):
            detail = rf"\evp{{{key}}} asks for a p-value, which this entry is not; use \ev{{{key}}}"
            yield Problem(section=name, rule="no-p-value", detail=detail)
    for key in dict.fromkeys((*find_interval_keys(text), *find_n_keys(text))):
        if key in evidence.terms:
            detail = rf"the entry {key!r} is words and has neither interval nor n; use \ev{{{key}}}"
            yield Problem(section=name, rule="no-number", detail=detail)
    for key in dict.fromkeys(find_interval_keys(text)):
        quantity = evidence.quantities.get(key)
        if quantity and (quantity.low is None or quantity.high is None):
            detail = rf"\evi{{{key}}} asks for an interval that the ledger does not have; use \ev{{{key}}}"
            yield Problem(section=name, rule="no-interval", detail=detail)


def _check_commands(name: SectionName, text: str) -> Iterator[Problem]:
    for match in dict.fromkeys(match[0] for match in _FORBIDDEN.finditer(strip_comments(text))):
        detail = (
            f"{match} does not belong in a section; write text, formulas, citations, references and evidence macros"
        )
        yield Problem(section=name, rule="forbidden-command", detail=detail)


def _check_figure_refs(sections: Mapping[SectionName, str], figures: Sequence[Figure]) -> Iterator[Problem]:
    referred = {label for text in sections.values() for label in find_refs(text)}
    for figure in figures:
        if figure.label not in referred:
            detail = rf"no text speaks of figure {figure.label}; refer to it with \ref{{{figure.label}}}"
            yield Problem(section="results", rule="figure-unreferenced", detail=detail)


def _unknown(
    name: SectionName, rule: str, what: str, used: Sequence[str], known: AbstractSet[str]
) -> Iterator[Problem]:
    for key in dict.fromkeys(used):
        if key not in known:
            yield Problem(section=name, rule=rule, detail=f"{what}: {key!r}")


def _check_figures(folder: Path, figures: Sequence[Figure]) -> Iterator[Problem]:
    """Figures must be there, their captions without numerals and with known keys, and clean by lint_figure."""
    for figure in figures:
        if not (folder / figure.path).is_file():
            yield Problem(section=None, rule="figure-missing", detail=f"{figure.path} is not there")
        for numeral in find_numerals(figure.caption):
            yield Problem(section=None, rule="numeral", detail=f"caption of {figure.label} has {numeral!r}")
    for rule in ("lint", "look"):
        faults: dict[str, list[str]] = _read_json(folder / "figures" / _FAULTS[rule], {})
        for label, found in faults.items():
            yield from (Problem(section=None, rule=f"figure-{rule}", detail=f"{label}: {line}") for line in found)


def _check_negative_count(folder: Path, evidence: Evidence) -> Iterator[Problem]:
    """The table of negative results must have a row for each failed or worse node that the ledger lists."""
    path = folder / "tables" / "negative.tex"
    rows = len(NEGATIVE_NODE.findall(path.read_text("utf-8"))) if path.is_file() else 0
    counts = [evidence.quantities[key] for key in ("search.failed", "search.worse") if key in evidence.quantities]
    unlisted = sum(not is_listed(evidence, node) for count in counts for node in count.experiments)
    wanted = round(sum(count.value for count in counts)) - unlisted
    if rows != wanted:
        detail = f"tab:negative has {rows} rows, the ledger lists {wanted} failed or worse nodes"
        yield Problem(section=None, rule="negative-count", detail=detail)


def _check_pdf(
    folder: Path, pdf: Path, evidence: Evidence, sections: Mapping[SectionName, str], sources: Sequence[Source]
) -> list[Problem]:
    """Every number that prints must be in the ledger."""
    cited = {key for text in sections.values() for key in find_cites(text)}
    entries = {source.key: source.bibtex for source in sources if source.key in cited}
    names: list[str] = _read_json(folder / "names.json", [])
    found = unexplained_numbers(read_pdf(pdf), evidence, experiment_ids(evidence), names, entries)
    return [Problem(section=None, rule="number", detail=f"the PDF prints {number!r}, which no evidence explains")
            for number in found]  # fmt: skip


def experiment_ids(evidence: Evidence) -> frozenset[str]:
    """Ids of every experiment that the ledger knows."""
    keyed = {key.split(".")[1] for key in evidence.quantities if key.startswith("exp.")}
    return frozenset(keyed.union(*(item.experiments for item in evidence.quantities.values())))


def _from_compile(line: str) -> Problem:
    """A line of the typesetter's; the section is known when the file is one."""
    for name in SECTIONS:
        if f"sections/{name}.tex" in line:
            return Problem(section=name, rule="typeset", detail=line)
    return Problem(section=None, rule="typeset", detail=line)


def _ledger(folder: Path, evidence: Evidence) -> Evidence:
    """The evidence with the document's own quantities, as assemble_paper stored it."""
    path = folder / "evidence.json"
    stored = Evidence.model_validate_json(path.read_bytes()) if path.is_file() else evidence
    return evidence.model_copy(update={"quantities": stored.quantities | evidence.quantities})


def _table_labels(folder: Path) -> list[str]:
    return [
        label for path in sorted((folder / "tables").glob("*.tex")) for label in find_labels(path.read_text("utf-8"))
    ]


def _read_json(path: Path, missing: Any) -> Any:
    return json.loads(path.read_text("utf-8")) if path.is_file() else missing
