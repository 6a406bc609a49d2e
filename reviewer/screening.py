"""What is taken out before anything is measured: sentences said twice, and sentences that speak to the reviewer.

So repeating a paper earns nothing, and a planted instruction lowers scores by its flag and moves them in no other way.
"""

import re
from typing import NamedTuple

from reviewer.schema import Paper, Section
from reviewer.text import count_words, split_sentences

INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:previous|prior|above|earlier|all)\b.{0,30}"
    r"\b(?:instructions?|prompts?|guidelines|rules)\b"
    r"|\b(?:give|assign|award|return|output)\b.{0,40}\b(?:score|rating|accept(?:ance)?)\b.{0,20}\b(?:\d+|ten|high|top|max)"
    r"|\b(?:give|assign|award)\b.{0,20}\b(?:high(?:est)?|top|max(?:imum)?|positive|favou?rable|perfect)\b.{0,20}"
    r"\b(?:scores?|ratings?|reviews?)\b"
    r"|\b(?:you must|you should|please|must)\b.{0,20}\b(?:accept|recommend)\b.{0,30}\b(?:paper|submission|accept\w*)\b"
    r"|\b(?:do not|don't|never)\b.{0,20}\b(?:mention|list|highlight|report)\b.{0,30}\b(?:weakness|flaws?|negatives?)"
    r"|\b(?:as an?|you are an?)\s+(?:ai|language model|llm|(?:helpful|expert|automated) \w*\s*reviewer|reviewer)\b"
    r"|\b(?:positive|favou?rable) review only\b|\b(?:llm|ai|automated|language.model) reviewers?\s*[:,]"
    r"|\b(?:note|message|instructions?) (?:to|for) (?:the |any )?(?:\w+ )?reviewers?\b"
    r"|<\|?(?:system|im_start|assistant)|\[/?INST\]",
    re.I,
)
_LONG = 8  # words; shorter sentences (captions, run-in titles) recur in honest papers


class Screened(NamedTuple):
    """A paper with each sentence once, what was addressed to the reviewer, and the share of words said before."""

    paper: Paper
    instructions: tuple[str, ...]
    repeated_share: float


def screen(paper: Paper) -> Screened:
    seen: set[str] = set()
    instructions: list[str] = []
    words = repeated = 0
    sections: list[Section] = []
    for part in paper.sections:
        kept: list[str] = []
        for sentence in split_sentences(part.text):
            size, key = count_words(sentence), _key(sentence)
            words += size
            repeated += size * (key in seen and size >= _LONG)
            if INSTRUCTION.search(sentence):
                instructions.append(sentence[:120])
            elif key not in seen:
                kept.append(sentence)
            seen.add(key)
        sections.append(part.model_copy(update={"text": " ".join(kept)}))
    cleaned = paper.model_copy(update={"sections": tuple(part for part in sections if part.text)})
    return Screened(_without_instructive_title(cleaned, instructions), tuple(instructions), repeated / max(words, 1))


def _without_instructive_title(paper: Paper, instructions: list[str]) -> Paper:
    if not INSTRUCTION.search(paper.title):
        return paper
    instructions.append(paper.title[:120])
    return paper.model_copy(update={"title": ""})


def _key(sentence: str) -> str:
    return re.sub(r"\W+", " ", sentence.lower()).strip()
