"""Citations: only records that a source returned, told as the record tells them, in sentences that they support."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from agents.errors import UserError
from agents.literature.bibtex import read_bibtex
from agents.literature.cascade import normalised_title
from agents.literature.wording import words
from agents.paper.markup import find_cites, name_cites, plain_text, strip_comments
from agents.schema import SECTIONS, Evidence, Problem, Quantity, Record, SectionName, Source

_SENTENCE_END = re.compile(r"(?<=[.!?])['\")}]*\s+(?=[A-Z\\`\"(\[])|\n[ \t]*\n")


class Citation(Record):
    """One work cited in one sentence, and whether its abstract supports it; `judge` is "" until one said so."""

    section: SectionName
    sentence: str
    key: str
    verdict: Literal["supports", "does not", "cannot tell"] = "cannot tell"
    reason: str = ""
    judge: str = ""


def find_citations(sections: Mapping[SectionName, str], evidence: Evidence) -> list[Citation]:
    """Every citing sentence as a reader sees it, once for each work that it cites, not judged yet; [key] stands for
    the citation."""
    found = [
        Citation(section=name, sentence=plain_text(name_cites(sentence), evidence), key=key)
        for name in SECTIONS
        for sentence in _SENTENCE_END.split(strip_comments(sections.get(name, "")))
        for key in dict.fromkeys(find_cites(sentence))
    ]
    return list(dict.fromkeys(found))


def unsupported(citations: Sequence[Citation]) -> Iterator[Problem]:
    """Yield a problem for each sentence that says of a work what its abstract does not."""
    for each in citations:
        if each.verdict == "does not":
            detail = (
                f"[{each.key}] does not support “{each.sentence}”"
                f"{f' ({each.reason})' if each.reason else ''}; say what it says, or remove the citation"
            )
            yield Problem(section=each.section, rule="citation-unsupported", detail=detail)


def citation_quantities(citations: Sequence[Citation]) -> dict[str, Quantity]:
    """Ledger entries `cite.<what>`: how many citing sentences there are and what is known of them; {} without any."""
    if not citations:
        return {}
    counts = Counter(each.verdict for each in citations)
    named = {
        "sentences": ("citing sentences, once for each work", len(citations)),
        "supported": ("of them supported by the cited abstract", counts["supports"]),
        "unchecked": ("of them not checkable", counts["cannot tell"]),
        "unsupported": ("of them not supported by the cited abstract", counts["does not"]),
    }
    return {
        f"cite.{name}": Quantity(key=f"cite.{name}", value=count, label=label, aggregation="count")
        for name, (label, count) in named.items()
    }


def check_references(path: Path, sections: Mapping[SectionName, str], sources: Sequence[Source]) -> Iterator[Problem]:
    """Yield what the BibTeX file at `path` says otherwise than the records of the run, and cited works it lacks."""
    cited = {key for text in sections.values() for key in find_cites(text)}
    records = {source.key: source for source in sources}
    try:
        entries = {entry.key: entry for entry in read_bibtex(path, "paper")} if path.is_file() else {}
    except UserError as error:
        yield _problem("citation-record", str(error))
        return
    for key in sorted(cited & records.keys() - entries.keys()):
        yield _problem("citation-record", f"{key} is cited and {path.name} does not have it")
    for key, entry in entries.items():
        if key not in records:
            yield _problem("citation-record", f"{path.name} has {key}, which no source returned")
        else:
            yield from _differences(entry, records[key])


def _differences(entry: Source, record: Source) -> Iterator[Problem]:
    """Title and year are the record's, and so are the authors, as far as they are named."""
    pairs = {
        "title": (normalised_title(entry.title), normalised_title(record.title)),
        "year": (str(entry.year), str(record.year)),
        "authors": (_surnames(entry), _surnames(record)[: len(entry.authors)] if entry.authors else ()),
    }
    for what, (printed, recorded) in pairs.items():
        if printed != recorded:
            yield _problem("citation-record", f"{what} of {entry.key} in the bibliography is not that of its record")


def _surnames(source: Source) -> tuple[str, ...]:
    """The last word of each name, or the whole of a name without Latin letters."""
    return tuple((words(author) or [author.strip()])[-1] for author in source.authors)


def _problem(rule: str, detail: str) -> Problem:
    return Problem(section=None, rule=rule, detail=detail)
