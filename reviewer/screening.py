"""What is taken out before anything is measured: what was said before, and what speaks to the reviewer.

So repeating a paper earns nothing, and a planted instruction lowers scores by its flag and moves them in no other way.
"""

import re
from typing import NamedTuple

from reviewer.injection import is_about_injection, take_out
from reviewer.reading.bibliography import distinct
from reviewer.schema import Paper, Section
from reviewer.text import count_words, split_sentences

_LONG = 8  # words; shorter sentences (captions, run-in titles) recur in honest papers
_SHINGLE = 4  # words
_NEARLY = 0.75  # share of a sentence's shingles that stood before from which it counts as said before
_OPENING = re.compile(
    r"proof(?: of)?(?: (?:theorem|lemma|proposition|corollary))?(?: \w)*$"
)  # opens what is new each time
_CITED = re.compile(r"\[\d+(?:[,\s-]+\d+)*\]|\([^()]*\b(?:19|20)\d\d[a-z]?\)")


class Screened(NamedTuple):
    """A paper with each sentence and each reference once, what was addressed to the reviewer, the share of words said
    before (word for word or nearly), and the paper as it was but for the former."""

    paper: Paper
    instructions: tuple[str, ...]
    repeated_share: float
    source: Paper = Paper(title="", sections=())


def screen(paper: Paper) -> Screened:
    source, instructions = _without_instructions(paper)
    sections, repeated_share = _without_repeats(source.sections)
    entries = distinct(source.bibliography)
    is_doubled = len(entries) < len(source.bibliography)
    fields = {
        "sections": tuple(part for part in sections if part.text),
        "rows": tuple(dict.fromkeys(source.rows)),
        "bibliography": entries,
        "references": min(source.references, len(entries)) if is_doubled else source.references,
        "citations": _citations(source, sections),
    }
    return Screened(source.model_copy(update=fields), instructions, repeated_share, source)


def _without_instructions(paper: Paper) -> tuple[Paper, tuple[str, ...]]:
    """Sections, title, rows and references without what speaks to the reviewer; and that, with its place."""
    is_studied = is_about_injection(" ".join(part.text for part in paper.sections))
    found: list[str] = []

    def cleaned(text: str, place: str) -> str:
        made = take_out(text, is_studied)
        found.extend(f"{one!r} ({place})" for one in made.found)
        return made.text if made.found else text

    sections = tuple(
        part.model_copy(update={"text": cleaned(part.text, part.title), "title": cleaned(part.title, "heading")})
        for part in paper.sections
    )
    fields = {
        "sections": sections,
        "title": cleaned(paper.title, "title"),
        "rows": tuple(row for row in paper.rows if cleaned(row, "a line of its own") == row),
        "bibliography": tuple(text for entry in paper.bibliography if (text := cleaned(entry, "references"))),
    }
    return paper.model_copy(update=fields), tuple(found)


def _without_repeats(sections: tuple[Section, ...]) -> tuple[list[Section], float]:
    seen: set[str] = set()
    shingles: set[int] = set()
    words = repeated = 0
    made: list[Section] = []
    for part in sections:
        kept: list[str] = []
        for sentence in split_sentences(part.text):
            key = _key(sentence)
            size, parts = count_words(sentence), _shingles(key)
            is_long_repeat = size >= _LONG and (key in seen or _is_known(parts, shingles))
            words += size
            repeated += size * is_long_repeat
            if not is_long_repeat and (key not in seen or _OPENING.match(key)):
                kept.append(sentence)
            seen.add(key)
            shingles.update(parts)
        made.append(part.model_copy(update={"text": " ".join(kept)}))
    return made, repeated / max(words, 1)


def _shingles(key: str) -> list[int]:
    words = key.split()
    return [hash(tuple(words[start : start + _SHINGLE])) for start in range(len(words) - _SHINGLE + 1)]


def _is_known(parts: list[int], shingles: set[int]) -> bool:
    return len(parts) >= _LONG - _SHINGLE and sum(part in shingles for part in parts) >= _NEARLY * len(parts)


def _citations(source: Paper, sections: list[Section]) -> int:
    """Citations of what is left, where they can be counted in the text."""
    before, after = (sum(len(_CITED.findall(part.text)) for part in parts) for parts in (source.sections, sections))
    return min(source.citations, after) if before and source.citations >= before else source.citations


def _key(sentence: str) -> str:
    return re.sub(r"\W+", " ", sentence.lower()).strip()
