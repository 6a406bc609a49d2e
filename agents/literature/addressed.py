"""Sentences in a record that speak to its reader's task instead of the work: left out before a model judges by it.

No list of phrases is complete: what passes is still fenced as data, and the rules of ideas/verdict.py still hold.
"""

import re

from agents.schema import Source

LEFT_OUT = "[A sentence that gave instructions to its reader was left out.]"
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*\s*")
_TO_THE_READER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.]{0,40}\b(?:instruction|prompt|rule|above|previous|guideline)"
    r"|\b(?:system|developer)\s+(?:prompt|message)\s*:"
    r"|\byou\s+(?:are|must|should|shall|will)\s+(?:now\b|an?\s+(?:ai|assistant|language|reviewer|judge)|answer|reply|call|"
    r"say|rate|score|report|mark|output)"
    r"|\b(?:call|mark|rate|label|judge|report|declare|score|classify)\s+(?:this|the|it|every|any)\b[^.]{0,40}"
    r"\b(?:novel|new|original|known|supports?|supported|accept\w*|highly|10|ten)\b"
    r"|\b(?:reply|respond|answer|output)\s+(?:only\s+)?(?:with|that|by)\b",
    re.IGNORECASE,
)


def without_instructions(source: Source) -> Source:
    """The source with such sentences of its title and abstract replaced by a remark; itself where there are none."""
    if not any(_TO_THE_READER.search(text) for text in (source.title, source.abstract)):
        return source
    return source.model_copy(update={"title": _cleaned(source.title), "abstract": _cleaned(source.abstract)})


def _cleaned(text: str) -> str:
    sentences: list[str] = _SENTENCE.findall(text)
    return " ".join(LEFT_OUT if _TO_THE_READER.search(each) else each.strip() for each in sentences)
