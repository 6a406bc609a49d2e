"""Fields of a review with their values, marks of a prompt, comments of a source, and output of tools."""

import re

_TOP = (
    r"[\"']?\s*(?:(?:10|9|8)\b(?!\.\d|\d|%|\s*[A-Za-z]{4})(?:\s*/\s*10)?"
    r"|(?:\d+\s*[:(,-]?\s*)?(?:(?:strong(?:ly)?|clear) )?accept\b)"
)
_VALUED = re.compile(
    r"\b(?:overall|soundness|presentation|contribution|confidence|rating|decision|recommendation|verdict|originality"
    r"|clarity|significance|quality|weaknesses|strengths)[\"']?\s*[:=]\s*[\"'\[]?(?:\d\b(?!\.\d)|10\b|none|excellent|accept|strong)"
    r"|\b(?:summary|strengths)\s*:\s*\w+|^review of th(?:is|e) (?:paper|submission)",
    re.I,
)
_FORMS = (
    re.compile(
        r"\b(?:overall|soundness|recommendation|decision|final[ _](?:rating|score|decision|verdict)|verdict"
        rf"|(?:review|overall|suggested|expected)[ _](?:score|rating))(?: (?:score|rating|assessment))?\s*[\"']?"
        rf"\s*[:=]\s*{_TOP}",
        re.I,
    ),
    re.compile(
        r"\b(?:rating|score|grade)[\"']?\s*[:=]\s*[\"']?(?:\d+\s*[:(,/-]*\s*(?:10)?[\s:(,]*)?(?:strong )?accept\b", re.I
    ),
    re.compile(
        r"<!--[^>]{0,400}\b(?:review|reviewers?|scores?|accept\w*|instructions?|ratings?)\b[^>]{0,400}-->", re.I
    ),
    re.compile(
        r"(?:^|\s)%+\s*(?:note|instructions?|system|reviewers?|llm|ai)\b[^.]{0,30}:[^.]{0,80}\b(?:review|score|accept"
        r"|rating|paper)",
        re.I,
    ),
    re.compile(
        r"\[?\b(?:tool|function)[ _](?:output|result|response|call)s?\b(?: returned)?\]?\s*[:>=\]][^.]{0,120}"
        r"\b(?:review|score|accept\w*|rating|verdict)",
        re.I,
    ),
    re.compile(
        r"\b(?:meta-?review|review|reviewer \d|area chair|ac)(?: decision)?\s*[:=]"
        r"\s*[^.]{0,60}\b(?:strong )?accept(?:ed)?\b",
        re.I,
    ),
)
_TAG = re.compile(
    r"<\|?(?:/?system|im_start|im_end|assistant|user|endoftext)\b[^>]{0,20}>|\[/?(?:INST|SYS|SYSTEM)\]"
    r"|<</?SYS>>|\[*\b(?:ADMIN|SYSTEM|SYS)\b\]+|</?instructions?>|###\s*(?:system|instruction)s?\b"
    r"|\b(?:system|assistant|user|human)\s*(?:prompt|message|override|note)?\s*:"
    r"|\b(?:begin|end) (?:hidden |secret )?instructions?\b",
    re.I,
)
_HINTS = (
    "accept",
    "overall",
    "soundness",
    "rating",
    "score",
    "decision",
    "verdict",
    "<!--",
    "strengths",
    "review",
    "%",
)
_TAG_HINTS = ("<", "[/", "[INST", "[S", "[[", "###", ":", "nstruction", "NSTRUCTION")


def fills_in(sentence: str) -> re.Match[str] | None:
    """A field of a review filled in with the best there is, or an aside for a program that reviews."""
    lower = sentence.lower()
    if not any(hint in lower for hint in _HINTS) or not any(sign in sentence for sign in ":=<%]"):
        return None
    if len(_VALUED.findall(sentence)) >= 3:
        return _VALUED.search(sentence)
    return next((match for form in _FORMS if (match := form.search(sentence))), None)


def has_field(sentence: str) -> bool:
    return bool(_VALUED.search(sentence))


def find_tag(sentence: str) -> re.Match[str] | None:
    """A mark of a prompt: a role, a delimiter."""
    return _TAG.search(sentence) if any(hint in sentence for hint in _TAG_HINTS) else None


def is_tag(sentence: str) -> bool:
    """A mark of a prompt and nothing else."""
    return len(_TAG.sub("", sentence).strip()) < 4 and bool(_TAG.search(sentence))


def opens(sentence: str) -> bool:
    """Whether a mark of a prompt, which stands alone, is not one that closes."""
    return is_tag(sentence) and not re.search(r"[<\[]/|im_end|endoftext|\bend\b|assistant:", sentence, re.I)


def bears_on_paper(text: str) -> bool:
    """Whether what follows a mark of a prompt is about a verdict on a paper."""
    return bool(
        re.search(r"\b(?:paper|submission|manuscript)\b", text, re.I)
        and re.search(r"\b(?:review\w*|score|rat(?:e|ing)|accept\w*)\b", text, re.I)
    ) or bool(re.search(r"\b(?:strong accept|accept[.!\"]|review\w* \w+ \w+ accept)", text, re.I))
