"""Text in disguise that turns out to be addressed to a reviewer: letters apart, base64, backwards, rotated."""

import base64
import binascii
import re
from typing import NamedTuple

from reviewer.injection.sentences import hear, says_so
from reviewer.text import split_sentences

_SQUASHED = re.compile(
    r"(?:ignore|disregard|forget|override)(?:all|any|the|your|of|these|those|my)*(?:previous|prior|above|earlier|preceding|usual)?"
    r"(?:reviewer|review|system)?(?:instruction|prompt|guideline|rule|direction|text|command)"
    r"|(?:accept|recommend|rate|score|approve)(?:accepting|acceptanceof)?(?:this|the|our)(?:paper|submission|manuscript|work|article)"
    r"(?!s?(?:that|which|in))"
    r"|(?:give|assign|award)(?:it|this|the|a|an|our|paper|submission|manuscript)*(?:highest|maximum|top|perfect|positive|high)"
    r"(?:possible|overall)?(?:score|rating|review|mark)|recommend(?:strong)?accept|notetoreviewer|donotmention\w{0,8}weakness"
    r"|positivereviewonly|everythingyouweretold|youmustaccept|disregardyour"
)
_SPACED = re.compile(r"(?<!\S)[A-Za-z](?:[\s.\-_*|·•,/]{1,4}[A-Za-z0-9](?!\w)){11,}[.!]?(?!\S)")
_BASE64 = re.compile(r"(?<![\w/+])(?:[A-Za-z0-9+/]{16,}\s?)*[A-Za-z0-9+/]{20,}={0,2}[.]?")
_TOLD = re.compile(r"(?:(?<=[.!?] )|^)[^.!?]{0,60}\b(?:base\s?64|decod\w+|encod\w+)\b[^.!?]{0,60}[:\s]\s*$", re.I)
_ROT13 = re.compile(r"\b(?:vtaber|erivrj(?:re)?|vafgehpgvbaf?|npprcgnapr|npprcg|qvfertneq|fhozvffvba)\b", re.I)
_CAPITAL = re.compile(r"\b[A-Z]")
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s|$)|$)", re.S)
_BACKWARDS = re.compile(r"snoitcurtsni|repap siht|tpecca|noissimbus|weiver", re.I)


class Undisguised(NamedTuple):
    """A text without disguised addresses, and these, each with what it says."""

    text: str
    found: tuple[str, ...]


def take_off(text: str) -> Undisguised:
    """Take out letters apart, base64, reversed and rotated text that is addressed to a reviewer."""
    found: list[str] = []

    def drop(match: re.Match[str]) -> str:
        if not _is_squashed(match[0]):
            return match[0]
        found.append(match[0][:160].strip())
        return " "

    text = _SPACED.sub(drop, text)
    text = _without_encoded(text, found)
    text = _without_reversed(text, found)
    text = _without_rotated(text, found)
    return Undisguised(re.sub(r"\s+", " ", text).strip() if found else text, tuple(found))


def _is_squashed(text: str) -> bool:
    """Whether letters without the spaces between them hold what only an address to a reviewer says."""
    return bool(_SQUASHED.search(re.sub(r"[^a-z]", "", text.lower()))) or says_so(
        re.sub(r"(?<=\S)[\s.\-_*|·•,/](?=\S)", "", text)
    )


def _without_encoded(text: str, found: list[str]) -> str:
    kept, start = "", 0
    for match in _BASE64.finditer(text):
        plain = _decoded(match[0])
        if plain and (_is_squashed(plain) or says_so(plain)):
            kept += _TOLD.sub("", text[start : match.start()])
            start = match.end()
            found.append(f"{match[0][:80]} = {plain[:80]}")
    return kept + text[start:]


def _decoded(token: str) -> str:
    token = re.sub(r"[\s.=]", "", token)
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4)).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _without_reversed(text: str, found: list[str]) -> str:
    if not _BACKWARDS.search(text):
        return text
    turned = text[::-1]
    for match in _CAPITAL.finditer(turned):
        sentence = _SENTENCE.match(turned, match.start())
        if sentence and _BACKWARDS.search(sentence[0][::-1]) and hear(sentence[0]):
            found.append(f"{sentence[0][::-1][:80]} = {sentence[0][:80]}")
            rest = turned[: match.start()].rstrip() + " " + turned[sentence.end() :].lstrip()
            return _without_reversed(rest.strip()[::-1], found)
    return text


def _without_rotated(text: str, found: list[str]) -> str:
    if not _ROT13.search(text):
        return text
    sentences = split_sentences(text)
    turned = [one for one in sentences if _ROT13.search(one) and says_so(_rotated(one))]
    found += turned
    return " ".join(one for one in sentences if one not in turned) if turned else text


def _rotated(text: str) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    turned = letters[13:] + letters[:13]
    return text.translate(str.maketrans(letters + letters.upper(), turned + turned.upper()))
