"""Flaws that leave something out: ablations, baselines, variance, limitations, half of the experiments."""

import re
from collections.abc import Sequence

from reviewer.stress.operator import Planted, Row, changed, edited, text_of
from reviewer.stress.passages import (
    Passage,
    blocks,
    drop_blocks,
    drop_passages,
    drop_rows,
    drop_sentences,
    is_caption,
    is_row,
    passages,
)

_ABLATION_HEAD = re.compile(
    r"\bablat|\bsensitivity\b|component analysis|\b(?:effect|impact|influence|contribution)s? of\b", re.I
)
_ABLATION = re.compile(
    r"\bablat|\bw/o\b|\bwithout (?:our|the proposed|any of)\b"
    r"|\b(?:removing|disabling|dropping|switching off|leaving out) (?:the|our|each|any|one)\b"
    r"|\b(?:each|every|individual) (?:component|module|part|loss term)s?\b|\bvariants? of our\b",
    re.I,
)
_COMPARISON = re.compile(
    r"\bbaselines?\b|state[- ]of[- ]the[- ]art|\bSOTA\b|\bcompar(?:e|ed|ing|ison|isons|able|ably)\b|\bout-?perform"
    r"|\b(?:better|worse|higher|lower|faster) than\b|\bcompetitors?\b|\bcompetitive\b|\bsurpass|\bsuperior"
    r"|\b(?:existing|previous|prior|other) (?:methods|approaches|techniques|algorithms)\b",
    re.I,
)
_OURS = re.compile(r"\b(?:ours?|proposed|this work)\b", re.I)
_SPREAD = re.compile(
    r"(?<=[\d%)*_\]])[ \t]*[*_]{0,2}(?:±|\+/-|\\pm)[*_]{0,2}(?:[ \t]*\d+(?:\.\d+)?(?:e-?\d+)?(?:[ \t]?%)?)?"
)
_RUNS = re.compile(
    r",?\s*\(?(?:averaged |repeated |each )?(?:over|across|with|for|using|from)\s+(?:the\s+)?(?:\d+|two|three|four|"
    r"five|six|eight|ten|twenty|several|multiple)\s+(?:different |independent |random |separate |repeated )*"
    r"(?:seeds?|runs?|trials?|repetitions|initiali[sz]ations|repeats)\b\)?",
    re.I,
)
_VARIANCE = re.compile(
    r"\bstandard\s+(?:deviation|error)|\berror\s+bars?\b|\bconfidence\s+(?:interval|band|region)|\bstd\.?(?:\s|\b)"
    r"|\brandom\s+seeds?\b|\bstatistical(?:ly)?\s+signific|\bp[- ]values?\b|\bt-?tests?\b|\bwilcoxon\b"
    r"|\bbootstrap(?:ped)?\s+(?:confidence|interval|resampl)"
    r"|\b(?:independent|different|random|repeated)\s+(?:runs|trials|repetitions)\b|\bshaded\s+(?:area|region)|\bafter\s+±"
    r"|\b(?:\d+|two|three|four|five|six|eight|ten|twenty)\s+(?:\w+\s+)?seeds\b",
    re.I,
)
_LIMIT_HEAD = re.compile(r"\blimitation|threats? to validity|\bfuture (?:work|direction)|failure (?:case|mode)s?", re.I)
_LIMIT = re.compile(
    r"\blimitations?\b|\bfuture\s+(?:work|research|direction|stud)|\bin\s+the\s+future\b|\bleave\b.{0,60}\b(?:future|open)"
    r"|\bdrawbacks?\b|\bshortcomings?\b|\bcaveats?\b|\bbeyond\s+the\s+scope\b|\bremains?\s+(?:open|unclear|to\s+be)\b"
    r"|\b(?:our|the proposed)\s+(?:\w+\s+){1,3}(?:does|do|can|may|might)\s?not\b|\bfailure\s+cases?\b"
    r"|\b(?:interesting|promising)\s+(?:direction|avenue)",
    re.I | re.S,
)
_OTHERS_LIMIT = re.compile(
    r"(?:limitation|drawback|shortcoming)s?\s+of\s+(?:existing|previous|prior|these|those|such|other|current)", re.I
)
_TRIALS = re.compile(r"\bexperiment|\bevaluat|\bbenchmark|\bempirical|\bresults?\b|\bsimulation|\bcase stud", re.I)
_CLOSING = re.compile(r"\bconclu|\bsummary\b|\blimitation|\bdiscussion\b|\bstatement\b|\bbroader impact", re.I)


def delete_ablations(row: Row) -> Planted | None:
    """Leave out sections, paragraphs, captions, rows and sentences on ablation."""

    def edit(text: str) -> tuple[str, int]:
        text, headed = drop_passages(text, lambda part: bool(_ABLATION_HEAD.search(part.title)))
        text, captioned = drop_blocks(text, _is_on_ablation)
        text, rows = drop_rows(text, lambda row: bool(_ABLATION.search(row)))
        text, said = drop_sentences(text, lambda one: bool(_ABLATION.search(one)))
        return text, headed + captioned + rows + said

    return edited(row, "ablations: {} sections, paragraphs, captions, rows and sentences left out", edit)


def _is_on_ablation(block: str) -> bool:
    """A caption of an ablation, or a paragraph with a run-in heading on one."""
    run_in = re.match(r"^[*_]{0,2}[A-Z][^.\n]{0,70}[.:]", block.lstrip())
    return bool(is_caption(block) and "ablat" in block.lower()) or bool(run_in and "ablat" in run_in[0].lower())


def remove_baselines(row: Row) -> Planted | None:
    """Leave out sentences that compare, but in related work, and the rows of tables that are not the paper's own."""

    def edit(text: str) -> tuple[str, int]:
        kept, total = list[str](), 0
        for part in passages(text):
            left, count = (part.text, 0) if re.search(r"related|background", part.title, re.I) else _alone(part.text)
            kept.append(left)
            total += count
        return "".join(kept), total

    return edited(row, "baselines: {} sentences and rows left out", edit)


def _alone(text: str) -> tuple[str, int]:
    text, said = drop_sentences(text, lambda one: bool(_COMPARISON.search(one)))
    parts = [_own_rows(block) for block in blocks(text)]
    return "".join(block for block, _ in parts), said + sum(count for _, count in parts)


def _own_rows(block: str) -> tuple[str, int]:
    """Of rows that begin with a name, only those named ours, else the last, by the custom of tables."""
    lines = block.splitlines(keepends=True)
    named = [place for place, line in enumerate(lines) if is_row(line) and re.match(r"^[|\s*_]*[A-Za-z]", line)]
    named = [place for place in named if re.search(r"\d", lines[place])]
    own = [place for place in named if _OURS.search(lines[place])] or named[-1:]
    gone = set(named) - set(own)
    return "".join(line for place, line in enumerate(lines) if place not in gone), len(gone)


def strip_variance(row: Row) -> Planted | None:
    """Leave out deviations behind numbers, counts of seeds and runs, and sentences on spread and significance."""

    def edit(text: str) -> tuple[str, int]:
        text, spreads = _SPREAD.subn("", text)
        text, runs = _RUNS.subn("", text)
        text, said = drop_sentences(text, lambda one: bool(_VARIANCE.search(one)))
        return text, spreads + runs + said

    return edited(row, "variance: {} deviations, counts of runs and sentences left out", edit)


def strip_limitations(row: Row) -> Planted | None:
    """Leave out sections and sentences on limits and future work; a heading shared with the conclusion is halved."""

    def edit(text: str) -> tuple[str, int]:
        text, shared = re.subn(
            r"(?im)^(.*\b(?:conclusions?|discussion))\s*(?:and|&|,)\s*(?:limitations?|future works?)\b", r"\1", text
        )
        text, headed = drop_passages(text, lambda part: bool(_LIMIT_HEAD.search(part.title)))
        text, run_in = drop_blocks(text, lambda block: bool(re.match(r"^[*_]{0,2}(?:Limitations?|Future)\b", block)))
        text, said = drop_sentences(text, lambda one: bool(_LIMIT.search(one) and not _OTHERS_LIMIT.search(one)))
        return text, shared + headed + run_in + said

    return edited(row, "limitations: {} sections, paragraphs and sentences left out", edit)


def truncate_experiments(row: Row) -> Planted | None:
    """Cut from the middle of the sections on experiments to the conclusion, between two blocks."""
    parts = passages(text_of(row, "body"))
    span = _find_trials(parts)
    if span is None:
        return None
    first, last, closing = span
    before, trials = (_join(parts[a:b]) for a, b in ((0, first), (first, last)))
    kept = _first_half(trials)
    gone = len(trials) - len(kept) + len(_join(parts[last:closing]))
    if gone < 200:
        return None
    body = before + kept + _join(parts[closing:])
    return changed(row, f"experiments: the last {gone} characters before the conclusion cut", body=body)


def _find_trials(parts: Sequence[Passage]) -> tuple[int, int, int] | None:
    """Places of the first part on experiments, of the end of the last such section, and of the conclusion."""
    tops = [place for place, part in enumerate(parts) if part.level == 1]
    titles = {place: parts[place].title for place in tops}
    trials = [
        place for place in tops if _TRIALS.search(titles[place]) and not re.search(r"conclu", titles[place], re.I)
    ]
    if not trials:
        return None
    first = trials[0]
    ends = (place for place in tops if place > first and place not in trials and _CLOSING.search(titles[place]))
    closing = next(ends, len(parts))
    within = [place for place in trials if place < closing]
    last = next((place for place in tops if place > within[-1]), closing)
    return first, min(last, closing), closing


def _join(parts: Sequence[Passage]) -> str:
    return "".join(part.text for part in parts)


def _first_half(text: str) -> str:
    kept = ""
    for block in blocks(text):
        if len(kept) + len(block) > len(text) / 2 and kept:
            break
        kept += block
    return kept.rstrip() + "\n\n"
