"""What the claims need: ablation, baselines, variance, limitations, significance, reproducibility, by sentences."""

import re

from reviewer.evidence.ledger import Ledger
from reviewer.gates.flag import Flag, flag
from reviewer.schema import Paper
from reviewer.screening import Screened
from reviewer.text import split_sentences

TERMS = {
    "ablation": r"\bablat\w*|\bablation|\bsensitivity (?:analysis|study|of)\b|\beffects? of (?:the )?(?:each"
    r"|different|varying|removing)\b"
    r"|\b(?:impact|influence|contribution|importance|role) of (?:each|different|individual|the (?:proposed|number"
    r"|size|choice))\b"
    r"|\bwithout (?:the |our |using )?(?:\w+ ){0,2}(?:module|component|loss|term|regulari[sz]\w+|augmentation"
    r"|pre-?training)\b"
    r"|\b(?:remov(?:e|ed|ing)|disabl(?:e|ed|ing)|dropp(?:ed|ing)) (?:the |each |any )?(?:\w+ ){0,2}(?:module"
    r"|component|loss|term)\b"
    r"|\bvariants? of (?:our|the)\b|\bw/o\b",
    "baseline": r"\bbaselines?\b|\bcompar(?:e[ds]?|ing|ison|isons)\b[^.]{0,40}\b(?:with|to|against|of|between)\b"
    r"|\bcompetitors?\b"
    r"|\bbenchmark(?:ed|ing)? against\b|\bcounterparts?\b|\bcontrol (?:group|arm|condition)\b|\bthe control\b",
    "variance": r"\bseeds?\b|\bstandard (?:deviations?|errors?)\b|\bstd\.?\b|\bvariances?\b|\berror bars?\b|±"
    r"|\bconfidence (?:intervals?|bands?)\b"
    r"|\b(?:averaged?|mean|median|repeat(?:ed)?|run|runs|report(?:ed)?)\b[^.]{0,50}\b(?:over|across|of|for|from"
    r"|with)\b[^.]{0,15}"
    r"\b(?:\d+|two|three|four|five|six|eight|ten|twenty|multiple|several|independent|random|different)\s+(?:\w+ ){0,2}"
    r"(?:runs?|trials?|times|seeds?|repetitions|replicat\w+|initiali[sz]ations?|splits?|folds?)\b"
    r"|\b(?:independent|different|random|multiple) (?:runs|trials|repetitions)\b|\bbootstrap\w*"
    r"|\binter-?quartile\b|\bcross[- ]validat\w+",
    "limitations": r"\blimitations?\b|\bshortcomings?\b|\bdrawbacks? of (?:our|the proposed|this)\b|\bfuture"
    r" (?:work|research|direction\w*|stud\w+)\b"
    r"|\bfail(?:s|ed|ure)?(?: cases?| modes?)?\b[^.]{0,30}\b(?:our|we|proposed)\b|\bwe (?:do not|did not|cannot"
    r"|leave|only consider)\b"
    r"|\bbeyond the scope\b|\bone caveat\b|\bcaveats?\b|\bthreats to validity\b|\bremains? (?:open|unclear|an"
    r" open)\b|\bnot (?:applicable|suitable) (?:to|for)\b",
    "significance": r"\bp[- ]?values?\b|\bp\s*[<=≤]\s*0?\.\d|\bstatistical(?:ly)? significan\w+|\bt-tests?\b"
    r"|\bwilcoxon\b|\bmann[- ]whitney\b|\banova\b"
    r"|\bbonferroni\b|\bpermutation tests?\b|\bsignificance (?:test|level)\w*|\bhypothesis test\w*|\beffect"
    r" sizes?\b|\bconfidence intervals?\b",
    "reproducibility": r"\breproduc\w+|\b(?:source )?code (?:is|will be|are|and|for|to)\b|\bopen[- ]sourced?\b"
    r"|\bhyper-?parameters?\b|\blearning rates?\b"
    r"|\bbatch sizes?\b|\boptimi[sz]er\b|\bGPUs?\b|\bimplementation details?\b|\bepochs?\b|\bsupplementary\b"
    r"|\bpublicly available\b|\brandom seeds?\b",
}  # fmt: skip
_MATCHERS = {term: re.compile(pattern, re.I) for term, pattern in TERMS.items()}


def measure_apparatus(paper: Paper) -> dict[str, int]:
    """Distinct sentences (headings count as one) that speak of each."""
    sentences = {text for part in paper.sections for text in (part.title, *split_sentences(part.text))}
    return {term: sum(bool(matcher.search(text)) for text in sentences) for term, matcher in _MATCHERS.items()}


_BETTER = re.compile(
    r"\b(?:outperform\w*|state[- ]of[- ]the[- ]art|surpass\w*|superior (?:to|performance)|improv\w+ (?:over|upon))\b",
    re.I,
)


def find_no_comparison(screened: Screened, _: Ledger | None) -> Flag | None:
    """The paper says that it is better, three times and more, and never with what it was compared."""
    paper = screened.paper
    claims = [(part.title, s) for part in paper.sections for s in split_sentences(part.text) if _BETTER.search(s)]
    if len(claims) < 3 or measure_apparatus(paper)["baseline"] > 1:
        return None
    place, sentence = claims[0]
    return flag("comparison", "better than others, with no word on a baseline", [f"{sentence[:120]!r} ({place})"])
