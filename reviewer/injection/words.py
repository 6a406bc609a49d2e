"""Words by what they do in a sentence that speaks to a reviewer; a kind is one letter.

A word that is one letter off a known one of six letters and more counts as that one, as do digits for letters.
"""

import re
from functools import lru_cache
from typing import NamedTuple

KINDS = {
    "I": "ignore disregard forget override overrule bypass neglect overlook discard omit skip dismiss abandon suspend",
    "N": "instruction instructions prompt prompts guideline guidelines rule rules directive directives command commands"
    " criteria rubric rubrics directions constraints role programming policy policies",
    "P": "previous prior above earlier preceding foregoing existing initial original former past previously usual",
    "A": "all any every everything anything whatever other",
    "o": "told instructed received said given asked",
    "Y": "you your yours yourself",
    "T": "this our my present",
    "U": "the",
    "D": "paper submission manuscript article preprint",
    "E": "work contribution study document research",
    "d": "papers submissions manuscripts",
    "R": "reviewer reviewers referee referees grader graders evaluator evaluators assessor assessors",
    "L": "llm llms ai chatgpt gpt claude gemini copilot assistant assistants chatbot chatbots bot bots",
    "K": "accept",
    "J": "recommend endorse approve champion applaud",
    "v": "rate evaluate assess judge describe summarise summarize vote decide",
    "V": "score review grade mark",
    "G": "give assign output respond reply answer conclude award awards grant",
    "g": "return provide write produce submit set report state say finish end make generate choose set keep",
    "S": "scores rating ratings marks grades recommendation evaluation evaluations assessment reviews decision verdict"
    " feedback appraisal comments remarks outcome",
    "C": "acceptance accepted accepting oral spotlight",
    "H": "highest high higher maximum maximal max top perfect full best excellent passing good highly accordingly",
    "p": "positive positively favourable favorable favourably favorably strong strongly outstanding glowing"
    " enthusiastic flattering flawless exceptional groundbreaking landmark brilliant praise strengths",
    "9": "10 9 8 ten nine eight",
    "W": "weakness weaknesses flaw flaws shortcoming shortcomings drawback drawbacks negatives negative criticism"
    " criticisms deficiencies defects faults limitations",
    "w": "lack absence missing errors mistakes problems concerns limitation",
    "B": "not don't never avoid refrain without no mustn't shouldn't nor",
    "F": "mention mentioning list highlight highlighting point pointing criticise criticize criticising criticizing"
    " penalise penalize penalising penalizing lower conceal hide emphasise emphasize",
    "X": "reject rejected rejection rejecting",
    "M": "must should shall ought required obliged supposed encouraged advised urged imperative",
    "Q": "please kindly",
    "q": "ask beg implore request urge hope appreciate grateful appreciated appeal",
    "Z": "career careers tenure phd graduation visa livelihood generous generously lenient leniently mercy kindly",
    "O": "only always exclusively solely just simply pay",
    "h": "dear hello hi hey attention note notice message memo hint important remember reminder",
    "m": "deserves deserve merits merit warrants worthy",
    "z": "verified pre-approved preapproved approved authorised authorized",
    "r": "raise increase upgrade bump boost",
    "s": "support",
    "c": "consider regard treat imagine assume pretend deem",
    "u": "it us",
    "a": "and or then but instead therefore now so",
    "b": "is are be was been being",
    "f": "of for to on",
    "i": "if when whoever anyone whichever",
    "n": "reading reads read evaluating evaluates reviewing reviews grading grades assessing processing processed",
}
"""Letter to words. What the letters stand for: patterns.py names them by use."""
_PHRASES = {
    "I": "set aside, leave out, put aside, no attention",
    "L": "language model, language models, automated system, ai system, automated evaluators, "
    "automated grader, automatic reviewer, reviewing bots, ai systems, machine readers",
    "Z": "be kind, benefit of",
    "C": "full points, full credit",
    "p": "favour of, favor of",
    "R": "program committee, programme committee, area chair, the chair",
    "M": "have to, has to, need to, had better",
    "a": "from now",
    "x": "this is, original paper",
    "G": "make sure",
    "D": "following paper, research paper",
    "H": "best paper",
}
"""Letter to two words that count as one."""
_FUZZY = "INPDRKJSCWX"
_EXEMPT = ("except", "excepts")
_LEAST_FUZZY = 6
_ENDS = ("s", "d", "r", "n", "ed", "es", "er", "ly", "ing", "al", "'s")
_LEET = str.maketrans("0134578@$", "oieastbas")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|[^\W_]{4,}|\d+(?:\.\d+)?|[.!?。,;:=\"“”‘«»()\[\]{}<>|]")
_SCALE = re.compile(r"\b[01]\s*(?:to|and|through|[-–—])\s*\d+\b")
_SIGNS = {".": ".", "!": ".", "?": ".", "。": ".", ",": ",", ";": ",", ":": ":", "=": ":"}


_HOT = frozenset("IDRLYKJSCVQqZXrsNWFch")
_LETTERS = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


class Spelt(NamedTuple):
    """A sentence as one letter a word or sign, and where each starts."""

    kinds: str
    starts: tuple[int, ...]


def spell(sentence: str) -> Spelt:
    """Turn a sentence into kinds; two words that mean one thing count as one, and ends of a scale as nothing."""
    sentence = _SCALE.sub(lambda match: " " * len(match[0]), sentence)
    kinds, starts = list[str](), list[int]()
    before = ""
    for match in _TOKEN.finditer(sentence):
        word = match[0].lower()
        if kinds and (both := _BY_PHRASE.get((before, word))):
            kinds[-1] = both
        else:
            kinds.append(_kind(word))
            starts.append(match.start())
        before = word
    return Spelt("".join(kinds), tuple(starts))


def is_hot(sentence: str) -> bool:
    """Whether a sentence has a word that tells of reviews, papers, orders or "you": others need no closer look."""
    return any(_kind(word) in _HOT for word in _LETTERS.findall(sentence.lower()))


def _by_word() -> dict[str, str]:
    return {word: kind for kind, words in reversed(KINDS.items()) for word in words.split()}


def _without_a_letter(word: str) -> set[str]:
    return {word[:place] + word[place + 1 :] for place in range(len(word))}


def _by_shorter() -> dict[str, set[str]]:
    """Long words by what they are with one letter less: a misspelling shares one of these with the word."""
    made: dict[str, set[str]] = {}
    for word, kind in _WORDS.items():
        if len(word) >= _LEAST_FUZZY and word.isalpha() and kind in _FUZZY:
            for shorter in (word, *_without_a_letter(word)):
                made.setdefault(shorter, set()).add(word)
    return made


_WORDS = _by_word()
_BY_PHRASE = {
    (first, last): kind for kind, pairs in _PHRASES.items() for first, last in map(str.split, pairs.split(", "))
}
_SHORTER = _by_shorter()


@lru_cache(maxsize=65536)
def _kind(word: str) -> str:
    if len(word) == 1 and not word.isalnum():
        return _SIGNS.get(word, "(" if word in "()[]{}<>|" else '"')
    word = word.replace("’", "'")
    if known := _WORDS.get(word) or _WORDS.get(word.removesuffix("'s")):
        return known
    if any(char.isdigit() for char in word):
        return _WORDS.get(word.translate(_LEET), "x") if len(word) > 3 else "x"
    return _WORDS[near] if len(word) >= _LEAST_FUZZY - 1 and (near := nearest(word)) else "x"


def nearest(word: str) -> str:
    """The known word that this is a misspelling of (a letter more, less, another, or two swapped), or nothing."""
    if word in _EXEMPT or any(word.removesuffix(end) in _WORDS for end in _ENDS):
        return ""
    tried = (word, *sorted(_without_a_letter(word)))
    for known in sorted({known for one in tried for known in _SHORTER.get(one, ())}):
        if not any(known == word + end or known.startswith(word) for end in _ENDS) and _is_slip(word, known):
            return known
    return ""


def _is_slip(word: str, known: str) -> bool:
    """One edit at most, in the same place of both; the first letter stays."""
    if word[0] != known[0]:
        return False
    same = next((at for at, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    left, right = word[same:], known[same:]
    return left[1:] == right or left == right[1:] or left[1:] == right[1:] or left[:2][::-1] + left[2:] == right
