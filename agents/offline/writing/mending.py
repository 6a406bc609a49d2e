r"""Mending a section: what a problem points at is taken out; what is left stays as it was, a person's edits too."""

import re
from collections.abc import Callable, Iterable

from agents.schema import Problem

_MACRO = re.compile(r"\\(?:ev|evi|evn|[cC]ite[a-z]*\*?|ref|label)(?:\[\])*\{[^}]*\}")
_INTERVAL = re.compile(r"\\evi\{([^}]*)\}")
_CITE = re.compile(r"~?\\(?P<form>cite|citep)\{(?P<keys>[^}]*)\}")
_SPOKEN_CITE = re.compile(r"\\[cC]ite(?!p?\b)[a-z]*\*?(?:\[[^\]]*\])*\{([^}]*)\}")
"""A citation that is part of its sentence (the authors' names), which does not stand without it."""
_SENTENCE_END = re.compile(r"(?<=[.!?])(?:''|\})?\s+(?=[A-Z\\`])")


def mend(text: str, problems: Iterable[Problem]) -> str:
    """Drop citations, and the sentences with macros or numerals, that the problems name; add references that lack."""
    for problem in problems:
        text = _mend_one(text, problem, set(re.findall(r"[\w.:+/-]*\w", problem.detail)))
    return _keep_sentences(text, lambda sentence: not re.search(r"\d", _MACRO.sub("", sentence)))


def _mend_one(text: str, problem: Problem, named: set[str]) -> str:
    if problem.rule == "figure-unreferenced":
        return _add_references(text, problem.detail)
    if problem.rule == "no-interval":
        return _INTERVAL.sub(lambda match: rf"\ev{{{match[1]}}}" if match[1] in named else match[0], text)
    text = _drop_citations(text, named)
    return _keep_sentences(text, lambda sentence: not _is_named(sentence, named))


def _drop_citations(text: str, named: set[str]) -> str:
    def kept(match: re.Match[str]) -> str:
        keys = [key.strip() for key in match["keys"].split(",")]
        left = [key for key in keys if key not in named]
        return match[0] if left == keys else rf"~\{match['form']}{{{','.join(left)}}}" if left else ""

    return _CITE.sub(kept, text)


def _add_references(text: str, detail: str) -> str:
    labels = dict.fromkeys(re.findall(r"\\ref\{([^}]*)\}", detail))
    return text.rstrip() + "".join(rf" See also Figure~\ref{{{label}}}." for label in labels) + "\n"


def _is_named(sentence: str, named: set[str]) -> bool:
    """The sentence uses a ledger key or a label that a problem names, or has a source that it names as a part."""
    arguments = re.findall(r"\\(?:ev|evi|evn|ref)\{([^}]*)\}", sentence)
    spoken = [key.strip() for keys in _SPOKEN_CITE.findall(sentence) for key in keys.split(",")]
    return any(argument in named for argument in (*arguments, *spoken))


def _keep_sentences(text: str, is_kept: Callable[[str], bool]) -> str:
    paragraphs = (
        " ".join(sentence for sentence in _SENTENCE_END.split(paragraph) if is_kept(sentence))
        for paragraph in text.strip().split("\n\n")
    )
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph.strip()) + "\n"
