"""Features of a paper's text for the estimate, each with the direction in which it may move the score.

Counted on the screened paper: a sentence, a table row or a reference that stands twice counts once, so what a paper
repeats is worth nothing. A feature that more text can only raise has direction 1 (trees are fitted monotone in it): a
deletion never raises the score. None tells who wrote the paper, where it appeared, or whether its code is to be had;
years of references count from the newest, so no feature knows the year, nor does any name a field or a venue. None
rises with loud words (significant, novel, state of the art): those cost nothing to write.
"""

import re
from typing import Literal, NamedTuple, TypeAlias

from reviewer.reading.bibliography import read_entries
from reviewer.schema import Paper, SectionKind
from reviewer.screening import Screened
from reviewer.text import count_citations, count_words, split_sentences

Direction: TypeAlias = Literal[0, 1]


class Spec(NamedTuple):
    name: str
    direction: Direction = 0


_COUNTED = {
    "theorem": r"\b(?:theorem|lemma|proposition|corollary)\b",
    "proof": r"\bproofs?\b",
    "ablation": r"\bablat",
    "baseline": r"\bbaselines?\b",
    "uncertainty": r"\bstandard (?:deviation|error)|\berror bar|\bconfidence interval|±",
    "seeds": r"\bseeds?\b|\bindependent runs|\btrials\b",
    "limits": r"\blimitation|\bfuture work",
    "hyperparameters": r"\bhyper-?parameter",
    "human_evaluation": r"\bhuman (?:evaluation|study|subjects|raters)",
    "figure_calls": r"\bfig(?:ure|\.)",
    "table_calls": r"\btable\b",
    "appendix_calls": r"\bappendix\b|\bsupplement",
    "examples": r"\be\.g\.|\bi\.e\.",
    "et_al": r"\bet al\b",
    "cited_years": r"\b(?:19|20)\d\d[a-z]?\b",
}
"""Mentions in the whole text. More is never worse."""

_IN_APPENDIX = (
    "theorem",
    "proof",
    "ablation",
    "uncertainty",
    "seeds",
    "hyperparameters",
    "limits",
    "figure_calls",
    "table_calls",
)

_STYLE = {
    "we": r"\bwe\b",
    "surprise": r"\bsurpris",
    "intuition": r"\bintuiti",
    "understanding": r"\bunderstand",
    "bounds": r"\bbound(?:s|ed)?\b|\bconverge",
    "stock_phrases": r"\betc\b|\bbesides\b|\bin recent years\b|\bwith the development\b|\bmore and more\b|\ba lot of\b",
    "questions": r"\?",
}
"""Occurrences per 1,000 words of the body."""

_RESULTS: tuple[SectionKind, ...] = ("experiments", "results", "ablation")
_MATHS = re.compile(r"[=+≤≥∈∑∏∇α-ω∥∞→×∼·√∫∂]")

_RISING = (
    "words_all", "words_body", "words_appendix", "words_results", "citations", "references", "recent_references",
    "figures", "tables", "table_rows", "equations", "sections",
)  # fmt: skip
_FREE = (
    "words_title", "words_abstract", "words_introduction", "words_related", "sentence_words", "word_letters",
    "distinct_words", "digits", "symbols", "non_ascii",
)  # fmt: skip

_LONGEST = 600  # characters of a reference; what is longer is text that got among them

FEATURES: tuple[Spec, ...] = (
    *(Spec(name, 1) for name in _RISING),
    *(Spec(f"n_{name}", 1) for name in _COUNTED),
    *(Spec(f"appendix_{name}", 1) for name in _IN_APPENDIX),
    *(Spec(name) for name in _FREE),
    *(Spec(f"rate_{name}") for name in _STYLE),
)
NAMES = tuple(spec.name for spec in FEATURES)


def measure_text(screened: Screened) -> dict[str, float]:
    """Measure a screened paper: a value for each name in NAMES, all finite."""
    paper = screened.paper
    body, appendix = body_of(paper), body_of(paper, is_appendix=True)
    found = _sizes(paper, body, appendix) | _mentions(body, appendix) | _style(body) | _references(paper)
    return {name: float(found[name]) for name in NAMES}


def body_of(paper: Paper, *, is_appendix: bool = False) -> str:
    """The text of the body, or of the appendix; the abstract is of neither."""
    return " ".join(part.text for part in paper.sections if part.is_appendix is is_appendix and part.kind != "abstract")


def _sizes(paper: Paper, body: str, appendix: str) -> dict[str, float]:
    in_body, in_appendix = count_words(body), count_words(appendix)
    return {
        "words_all": in_body + in_appendix,
        "words_body": in_body,
        "words_appendix": in_appendix,
        "words_results": count_words(paper.text_of(*_RESULTS)),
        "words_title": count_words(paper.title),
        "words_abstract": count_words(paper.text_of("abstract")),
        "words_introduction": count_words(paper.text_of("introduction")),
        "words_related": count_words(paper.text_of("related")),
        "citations": count_citations(f"{body} {appendix}"),
        "figures": paper.figures,
        "tables": paper.tables,
        "table_rows": len(set(paper.rows)),
        "equations": paper.equations,
        "sections": len({part.title.lower() for part in paper.sections if not part.is_appendix}),
    }


def _mentions(body: str, appendix: str) -> dict[str, float]:
    main, rest = body.lower(), appendix.lower()
    in_rest = {name: len(re.findall(pattern, rest)) for name, pattern in _COUNTED.items()}
    in_main = {name: len(re.findall(pattern, main)) for name, pattern in _COUNTED.items()}
    found: dict[str, float] = {f"n_{name}": in_main[name] + in_rest[name] for name in _COUNTED}
    return found | {f"appendix_{name}": in_rest[name] for name in _IN_APPENDIX}


def _style(body: str) -> dict[str, float]:
    words = re.findall(r"[^\W\d_]{2,}", body.lower())
    n_words, n_letters, n_characters = max(len(words), 1), sum(map(len, words)), max(len(body), 1)
    opening = words[:3000]
    low = body.lower()
    return {f"rate_{name}": 1000 * len(re.findall(pattern, low)) / n_words for name, pattern in _STYLE.items()} | {
        "sentence_words": n_words / max(len(split_sentences(body)), 1),
        "word_letters": n_letters / n_words,
        "distinct_words": len(set(opening)) / max(len(opening), 1),
        "digits": sum(map(str.isdigit, body)) / n_characters,
        "symbols": len(_MATHS.findall(body)) / n_characters,
        "non_ascii": sum(not char.isascii() for char in body) / n_characters,
    }


def _references(paper: Paper) -> dict[str, float]:
    """Works by first author and title, and those of the last two years that the list knows (a lone later year may be a
    misprint); a work that stands twice is one."""
    dated = [entry for entry in read_entries(paper.bibliography) if entry.year and len(entry.text) <= _LONGEST]
    years = sorted({(entry.author, entry.words[:3]): int(entry.year[:4]) for entry in dated}.values())
    newest = years[-2] if len(years) > 2 else max(years, default=0)
    return {"references": float(len(years)), "recent_references": float(sum(year >= newest - 1 for year in years))}
