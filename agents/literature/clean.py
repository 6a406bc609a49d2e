"""Text as services send it, with markup of HTML, JATS or LaTeX in it, made plain."""

import html
import re
import unicodedata

from agents.literature.latex_text import plain_text

LONGEST_ABSTRACT = 4000
_DROPPED = re.compile(r"<(script|style)\b[^<>]{0,200}>.{0,1000}?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BLOCK = re.compile(r"</?(?:\w+:)?(?:p|div|br|li|ul|ol|sec|title|list|list-item|label|h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][\w:.-]*(?:\s[^<>]*)?/?>|<!--.{0,1000}?-->", re.DOTALL)
_HEADING = re.compile(r"^(?:abstract|summary)\b\s*[:.—–-]?\s+(?=\S)", re.IGNORECASE)
_LATEX = re.compile(r"\\[A-Za-z]+|\$[^\s$]{1,40}\$")

_RUNS = [
    (re.compile(r"(?<![-–—])[-–]{2}(?![-–—])"), "–"), (re.compile(r"[-–—]{2,}"), "—"), (re.compile(r"[`“]{2,}"), "“"),
    (re.compile(r"['”]{2,}"), "”"), (re.compile(r"\?{2,}"), "?"),
]  # fmt: skip
"""Runs that LaTeX prints as one sign, and question marks, of which two in print mean a broken reference."""


def clean_text(text: str, limit: int) -> str:
    """One line of plain text, at most `limit` characters: no tags, entities, LaTeX, control or invisible signs."""
    text = text[: 5 * limit]  # and the patterns are bounded: no text, however made, takes long
    for _ in range(2):  # what was escaped inside the markup is markup too
        text = _TAG.sub("", _BLOCK.sub(" ", _DROPPED.sub(" ", text)))
        text = html.unescape(text)
    text = unicodedata.normalize("NFC", _TAG.sub("", text))
    text = "".join(sign for sign in text if sign.isspace() or unicodedata.category(sign)[0] != "C")
    if _LATEX.search(text):
        text = plain_text(text)
    for marks, mark in _RUNS:
        text = marks.sub(mark, text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def clean_abstract(text: str) -> str:
    """An abstract without its own heading."""
    return _HEADING.sub("", clean_text(text, LONGEST_ABSTRACT), count=1)
