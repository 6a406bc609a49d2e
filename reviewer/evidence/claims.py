"""What title and abstract claim, held against the verdict that the registered rule gave."""

import re
from collections.abc import Iterable

from reviewer.schema import Paper
from reviewer.text import split_sentences

_GAIN = re.compile(
    r"\b(?:improv(?:es|ed|ing|ement)|increas(?:es|ed)|reduc(?:es|ed)|help(?:s|ed)|outperform(?:s|ed)|rais(?:es|ed)|"
    r"lower(?:s|ed)|boost(?:s|ed)|benefit(?:s|ed)|gain(?:s|ed)|better|success(?:ful)?(?:ly)?)\b",
    re.I,
)
_SUPPORTED = re.compile(r"\b(?:supported|confirmed|confirms?|supports?)\b", re.I)
_OPEN = re.compile(r"\b(?:whether|hypothes\w+|ask(?:s|ed)?|question|would|if|said to|reported to)\b|\?", re.I)
_REFUTED = re.compile(
    r"\b(?:refut\w+|disprov\w+|does not|did not|do not|nothing|fails? to|null|negative result|too small|smaller than|"
    r"no (?:\w+ ){0,2}(?:effect|improvement|gain|benefit|difference|evidence|support)|without (?:effect|benefit)|"
    r"lack of (?:\w+ )?(?:evidence|effect)|(?:not|cannot) (?:be )?(?:help|improve|supported|shown|found|reduce|"
    r"increase|raise|lower|better|matter))\b",
    re.I,
)
_UNDECIDED = re.compile(
    r"\b(?:inconclusive|undecided|unclear|uncertain|unresolved|cannot (?:tell|say|decide|be decided|conclude)|"
    r"not (?:conclusive|decide|enough|settled)|neither|remains? open|no (?:conclusion|verdict|firm))\b",
    re.I,
)


def agrees(paper: Paper, verdict: str) -> bool:
    """Whether neither title nor abstract says other than the verdict (supported, refuted, inconclusive).

    A title may be silent or a question. An abstract must not claim a gain that the rule did not find, nor deny one that
    it found.
    """
    abstract = paper.text_of("abstract")
    if verdict == "supported":
        return not _admits(abstract) or _claims_gain(abstract) or _counts_as_supported(abstract)
    if verdict in ("refuted", "inconclusive"):
        is_denied = _claims_support(abstract) or _claims_gain(paper.title)
        return not is_denied and (_admits(abstract) or not _claims_gain(abstract))
    return True


def _admits(text: str) -> bool:
    return bool(_REFUTED.search(text) or _UNDECIDED.search(text))


def _claims_support(text: str) -> bool:
    return _says_supported(split_sentences(text))


def _counts_as_supported(text: str) -> bool:
    """A clause says that the claim is supported, whatever is admitted beside it: of an earlier study, of a part."""
    return _says_supported(re.split(r"[;:,.]\s", text))


def _says_supported(parts: Iterable[str]) -> bool:
    return any(_SUPPORTED.search(part) and not _admits(part) for part in parts)


def _claims_gain(text: str) -> bool:
    """A sentence asserts a gain (no question, hypothesis or denial), or says that the claim is supported."""
    gains = (one for one in split_sentences(text) if _GAIN.search(one) and not _OPEN.search(one))
    return _claims_support(text) or any(not _admits(sentence) for sentence in gains)
