"""Text that speaks to whoever reviews the paper: found in plain words, in disguise, and in other languages.

What LLM papers print as an object of study (prompts, jailbreaks) is no injection unless it bears on the paper at hand.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from reviewer.injection.disguises import take_off
from reviewer.injection.forms import bears_on_paper, find_tag, opens
from reviewer.injection.sentences import Speech, hear, leans
from reviewer.text import split_sentences

_STUDIED = re.compile(
    r"\b(?:prompt[- ]injection|jailbreak\w*|adversarial prompts?|instruction hierarchy|injected (?:prompts?"
    r"|instructions?)|prompt leak\w*|red[- ]team\w*|(?:llm|ai|automat\w+) (?:peer )?review(?:er|ing)s?"
    r"|peer[- ]review\w*)\b",
    re.I,
)
_OPENER = re.compile(
    r"(?:\b(?:IMPORTANT|NOTE|ATTENTION|SYSTEM|INSTRUCTIONS?|Ignore|IGNORE|Disregard|Forget|Please|Kindly|You"
    r" (?:must|should|are)|As an?|Dear|Note|Attention|Important|System|Assistant|Give|Assign|Do not|If (?:you|an)"
    r"|Overall|Recommendation|Decision|Hidden|To (?:the|any|all)|For|AI|LLM|Reviewers?|We|Every|Rate"
    r"|Accept|Recommend)\b|<|\[|%|\{|#)"
)
_EDGES = re.compile(
    r"(?<=[.!?])\s+(?=[<\[{%#*_\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3Ѐ-ӿ\u0590-\u06ff\u0900-\u097fÀ-ÿ¡¿a-z](?:[^.]|$))"
    r"|(?<=[。！？।؟])\s*|(?<=-->)\s*|(?<=\|>)\s+(?=[A-Z])|(?<=[MTS]\])\s+(?=[A-Z])|(?<=\})\s+(?=[A-Z])"
    r"|(?<=[a-z]>)\s+(?=[A-Z])|(?<=ssistant:)\s+(?=[A-Z])"
    r"|(?<=[A-Za-z.,)])\s+(?=[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{4})"
)
_HAS_EDGES = re.compile(r"[.!?]\s|[<>\[\]{}]|[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{4}|[।؟]|ssistant:")
_END = re.compile(r"[.!?]\s+")
_AROUND = 3  # sentences that may stand between two of one address
_BESIDE = 8  # sentences that may lean on one to each side
_QUOTED_CHARACTERS = 160


class Cleaned(NamedTuple):
    """A text without what was addressed to the reviewer, and that, quoted."""

    text: str
    found: tuple[str, ...]


def is_about_injection(text: str) -> bool:
    """Whether prompts, jailbreaks or automated review are what the paper studies: named in four or more places."""
    return len(_STUDIED.findall(text)) >= 4


def speaks_to_reviewer(text: str) -> bool:
    """Whether any of a text is addressed to whoever reviews."""
    return bool(take_out(text).found)


def take_out(text: str, is_studied: bool = False) -> Cleaned:
    """Take sentences (or runs of letters) that speak to the reviewer out of a text of any length.

    `is_studied`: the paper is about such texts, so that bare "ignore previous instructions" and quoted ones stay.
    """
    text, disguised = take_off(text)
    found = list(disguised)
    sentences = [piece for sentence in split_sentences(text) for piece in _pieces(sentence)]
    heard = [_hear(sentences, place, is_studied) for place in range(len(sentences))]
    if not any(heard):
        return Cleaned(text, disguised)
    kept: list[str] = []
    for sentence, speech, is_dropped in zip(sentences, heard, _dropped(sentences, heard), strict=True):
        head, tail = _cut(sentence, speech) if is_dropped else (sentence, "")
        kept += [head] if head else []
        found += [tail[:_QUOTED_CHARACTERS]] if tail else []
    return Cleaned(" ".join(kept), tuple(found))


def _pieces(sentence: str) -> Iterator[str]:
    """Sentences that do not begin with a capital, tags and scripts without spaces part as well."""
    yield from (piece for piece in _EDGES.split(sentence) if piece) if _HAS_EDGES.search(sentence) else (sentence,)


def _hear(sentences: list[str], place: int, is_studied: bool) -> Speech | None:
    if speech := hear(sentences[place], is_studied):
        return speech
    tag = find_tag(sentences[place])
    return Speech(tag.start()) if tag and bears_on_paper(" ".join(sentences[place : place + 3])) else None


def _dropped(sentences: list[str], heard: list[Speech | None]) -> list[bool]:
    """What stands between two sentences of an address, or beside one and leans on it, goes with them."""
    dropped = [speech is not None for speech in heard]
    known = [place for place, is_heard in enumerate(dropped) if is_heard]
    for first, last in pairwise(known):
        if last - first <= _AROUND:
            dropped[first:last] = [True] * (last - first)
    for place in known:
        for step in (-1, 1):
            _spread(sentences, dropped, place, step)
    return dropped


def _spread(sentences: list[str], dropped: list[bool], place: int, step: int) -> None:
    for near in range(place + step, place + step * (_BESIDE + 1), step):
        follows_tag = step > 0 and opens(sentences[near - 1])
        if not 0 <= near < len(sentences) or not (dropped[near] or follows_tag or leans(sentences[near])):
            return
        dropped[near] = True


def _cut(sentence: str, speech: Speech | None) -> tuple[str, str]:
    """What stands before the address within its sentence (a caption, a heading), and the address."""
    if not speech or speech.start < 12:
        return "", sentence
    ends = [match.end() for match in _END.finditer(sentence, 0, speech.start + 3)]
    if ends:
        return sentence[: ends[-1]].rstrip(), sentence[ends[-1] :]
    openers = [match.start() for match in _OPENER.finditer(sentence, 0, speech.start + 1)]
    near = [start for start in openers if speech.start - start <= 60]
    if not near or near[0] < 12 or sentence[: near[0]].rstrip()[-1:] in ",:;(":
        return "", sentence
    return sentence[: near[0]].rstrip(), sentence[near[0] :]
