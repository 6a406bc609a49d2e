"""The sentences of a review. Each stands on a measured feature and says where it was seen or looked for."""

from collections import defaultdict
from typing import NamedTuple

from reviewer.evidence.ledger import Ledger
from reviewer.form.features import EXPECTED, Findings
from reviewer.schema import Paper
from reviewer.text import split_sentences


class Reasons(NamedTuple):
    summary: str
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    questions: tuple[str, ...]
    limitations: tuple[str, ...]


def give_reasons(paper: Paper, findings: Findings, ledger: Ledger | None) -> Reasons:
    return Reasons(
        summary=_summary(paper, ledger),
        strengths=_chosen(_strengths(findings, ledger)),
        weaknesses=_chosen(_weaknesses(findings, ledger)),
        questions=_chosen(_questions(findings, ledger)),
        limitations=_chosen(_limitations(findings)),
    )


_Cases = tuple[tuple[bool, str], ...]


def _chosen(cases: _Cases) -> tuple[str, ...]:
    return tuple(sentence for is_so, sentence in cases if is_so)


def _summary(paper: Paper, ledger: Ledger | None) -> str:
    opening = (
        " ".join(split_sentences(paper.text_of("abstract"))[:3]) or f"The paper, {paper.title!r}, has no abstract."
    )
    if ledger is None:
        return f"{opening} (No evidence bundle came with it.)"
    effect = ledger.entries.get("effect.primary")
    measured = f", with a main effect of {effect.with_interval} over {effect.n} paired seeds" if effect else ""
    return f"{opening} The evidence bundle records the verdict {ledger.verdict or 'none'}{measured}."


def _strengths(found: Findings, ledger: Ledger | None) -> _Cases:
    f, where = _features(found), found.places
    effect, seeds = _effect(ledger), f["seeds"]
    return (
        (seeds >= 5, f"The main comparison is repeated on {seeds:.0f} fresh seeds (effect.primary)."),
        (f["has_interval"] > 0, f"The main effect comes with an interval: {effect} (effect.primary)."),
        (
            f["resolution"] >= 1,
            "The interval is narrow beside the smallest effect that matters (effect.primary).",
        ),
        (f["has_adjusted_p"] > 0, "The test is corrected for all that the search tried (effect.primary.p_adjusted)."),
        (f["ablations"] > 0, f"{_count(f['ablations'], 'ablation')} measured (ablation.* in the evidence)."),
        ("baseline" in where, f"Results are held against a control or baseline ({where.get('baseline')})."),
        (f["has_negative"] > 0, "What failed or was worse has a section of its own."),
        (f["limitations_words"] >= 60, f"Limitations are discussed at length ({f['limitations_words']:.0f} words)."),
        (f["verdict"] <= 0 < f["claim_agrees"], "A result that is not positive is told as it is (title, abstract)."),
        (f["has_reproducibility"] > 0, "There is a section that says how to reproduce the work."),
    )


def _weaknesses(found: Findings, ledger: Ledger | None) -> _Cases:
    return _of_evidence(found, ledger) + _of_text(found)


def _of_evidence(found: Findings, ledger: Ledger | None) -> _Cases:
    f = _features(found)
    has, seeds, effect = f["has_evidence"] > 0, _count(f["seeds"], "paired seed"), _effect(ledger)
    failed, strange = f"{f['failed_nodes']:.0f} failed or worse experiments", ", ".join(found.strange_numbers[:5])
    return (
        (not has, "No evidence bundle: no number in the text could be checked, so claims of rigour count half."),
        (has and f["seeds"] < 5, f"Only {seeds} in the main comparison (effect.primary)."),
        (has and not f["has_interval"], "The main effect has no interval (effect.primary)."),
        (0 < f["resolution"] < 1, f"The interval, {effect}, is too wide for the smallest effect that matters."),
        (has and not f["failed_reported"], f"{failed} are not told (search.failed, search.worse)."),
        (has and not f["claim_agrees"], "Title or abstract says other than the verdict of the registered rule."),
        (bool(strange), f"Numbers that the evidence does not hold: {strange}."),
    )


def _of_text(found: Findings) -> _Cases:
    f, where = _features(found), found.places
    missing = ", ".join(kind for kind in EXPECTED if not f[f"has_{kind}"])
    floats = f"{_count(f['figures'], 'figure')} and {_count(f['tables'], 'table')}"
    loud, long = _count(f["overclaims"], "overclaiming word"), f"{f['sentence_words']:.0f} words on average"
    return (
        (f["mentions_open_novelty"] > 0, f"Novelty is not established ({where.get('open_novelty')})."),
        (
            f["mentions_single_source"] > 0,
            f"One task on one source of data: whether the result carries over is open ({where.get('single_source')}).",
        ),
        (not f["mentions_baseline"], "No control or baseline is spoken of anywhere in the text."),
        (not f["mentions_ablation"], "No ablation is spoken of anywhere in the text."),
        (not f["mentions_uncertainty"], "No interval, deviation or error is spoken of anywhere in the text."),
        (not f["mentions_seeds"], "Nothing in the text says over how many seeds or runs results were taken."),
        (bool(missing), f"Sections not found: {missing}."),
        (f["references"] < 8, f"{_count(f['references'], 'reference')}: little of the literature is taken up."),
        (f["references"] * (1 - f["references_resolved"]) > 0, "Some citations or references lack an entry."),
        (f["figures"] + f["tables"] < 2, f"{floats}: results are hard to see."),
        (f["floats_referenced"] < 1, "The text does not point to every figure and table."),
        (f["overclaims"] > 0, f"{loud} in title, abstract, introduction or conclusion."),
        (f["sentence_words"] > 28, f"Sentences of abstract and introduction are long ({long})."),
    )


def _questions(found: Findings, ledger: Ledger | None) -> _Cases:
    f = _features(found)
    smallest = ledger.entries.get("rule.smallest_effect") if ledger else None
    scale = f" of {smallest.shown} {smallest.unit}".rstrip() if smallest else ""
    narrow = f"How many seeds would narrow {_effect(ledger)} to the smallest effect{scale}?"
    return (
        (0 < f["resolution"] < 1, narrow),
        (f["verdict"] > 0 and not f["ablations"], "Which part of the change carries the effect?"),
        (f["verdict"] < 0, "Is there a setting among those searched where the effect should still appear?"),
        (not f["has_evidence"], "Can the raw results and the code that made them be had?"),
        (not f["mentions_ablation"], "What does each change contribute by itself?"),
        (not f["mentions_seeds"], "Over how many seeds were the results taken, and how did they vary?"),
    )


def _limitations(found: Findings) -> _Cases:
    f = _features(found)
    words = f["limitations_words"]
    scope = (
        f"This review measures form and evidence ({len(f)} features); it does not judge how interesting the idea is."
    )
    return (
        (words >= 60, f"The authors discuss limitations in a section of their own ({words:.0f} words)."),
        (0 < words < 60, f"The section on limitations is short ({words:.0f} words)."),
        (words == 0, "The authors name no limitations; no such section was found."),
        (f["has_evidence"] == 0, "This review could not check any number against evidence."),
        (True, scope),
    )


def _features(found: Findings) -> defaultdict[str, float]:
    """Features by name; what the bundle does not tell counts as 0."""
    return defaultdict(float, found.features)


def _effect(ledger: Ledger | None) -> str:
    effect = ledger.entries.get("effect.primary") if ledger else None
    return effect.with_interval if effect else "none"


def _count(number: float, noun: str) -> str:
    return f"{number:.0f} {noun}{'s' * (round(number) != 1)}"
