"""What title and abstract may claim: no more than the verdict of the registered rule."""

import re
from collections.abc import Iterator, Mapping

from agents.paper.markup import plain_text
from agents.schema import Evidence, Problem, SectionName

_CLAIM = re.compile(
    r"\b(improv\w+|help(?:s|ed|ful)?|outperform\w*|beats?|boost(?:s|ed)|better|superior|surpass\w*|benefi\w+|"
    r"(?:reduc|lower|rais|increas|enhanc|strengthen)e?[sd])\b",
    re.I,
)
_DENIAL = re.compile(
    r"\b(no|not|never|cannot|neither|nor|without|fail\w*|whether|if|do|does|did|can|could|would|may|might|should|"
    r"hypothes\w+|expect\w*|ask\w*|question|claim\w*|unclear|undecided|inconclusive|refut\w+|unsupported|unlikely|"
    r"predict\w*|registered|propos\w+|test\w*|suppos\w+)\b",
    re.I,
)
_VERDICT_WORDS = {
    "supported": re.compile(r"\bsupport", re.I),
    "refuted": re.compile(r"\b(refut|not supported|does not support|reject)", re.I),
    "inconclusive": re.compile(r"\b(inconclusive|undecided|remains? open|stays? open|not settle)", re.I),
}


def check_claims(sections: Mapping[SectionName, str], evidence: Evidence) -> Iterator[Problem]:
    """Yield a problem for each sentence of title and abstract that claims what the verdict does not support."""
    label = evidence.verdict.label
    for name in ("title", "abstract"):
        text = plain_text(sections.get(name, ""), evidence)
        for sentence in _sentences(text) if label != "supported" else ():
            if word := overclaim(sentence):
                detail = f"the verdict is {label}, yet the {name} says {word!r} as if it were shown: {sentence}"
                yield Problem(section=name, rule="claim", detail=detail)
    abstract = plain_text(sections.get("abstract", ""), evidence)
    if abstract and not _VERDICT_WORDS[label].search(abstract):
        yield Problem(
            section="abstract", rule="verdict", detail=f"the abstract does not say that the verdict is {label}"
        )


def overclaim(sentence: str) -> str | None:
    """The word by which a sentence claims an effect outright; None for questions, hypotheses and denials."""
    match = _CLAIM.search(sentence)
    if match is None or sentence.rstrip().endswith("?") or _DENIAL.search(sentence):
        return None
    return match[0]


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?:])\s+", text) if part.strip()]
