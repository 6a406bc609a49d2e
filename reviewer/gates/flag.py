"""Integrity flags. Each caps the scores, whatever the prose says; a cap never raises one."""

from typing import NamedTuple

from reviewer.form.features import Findings
from reviewer.form.scores import Scores

_REPEATED = 0.2  # share of words said before from which a paper counts as padded


class Flag(NamedTuple):
    """What is wrong, as "gate: what, with a quotation (place)", and the most that each score can then be."""

    text: str
    soundness: float = 4.0
    presentation: float = 4.0
    overall: float = 10.0


def raise_flags(findings: Findings) -> tuple[Flag, ...]:
    f = findings.features
    found = (
        (f["decimals_unsupported"] > 0, _numbers(findings)),
        (f.get("claim_agrees", 1.0) < 1, _CONTRADICTION),
        (f["instructions"] > 0, _instructions(findings)),
        (f["hidden_texts"] > 0, _hidden(findings)),
        (not f["has_limitations"], Flag("no limitations section", soundness=3.0, overall=5.5)),
        (f["repeated_share"] >= _REPEATED, _repeated(f["repeated_share"])),
    )
    return tuple(flag for is_raised, flag in found if is_raised)


def cap(scores: Scores, flags: tuple[Flag, ...]) -> Scores:
    return scores._replace(
        soundness=min(scores.soundness, *(flag.soundness for flag in flags), 4.0),
        presentation=min(scores.presentation, *(flag.presentation for flag in flags), 4.0),
        overall=min(scores.overall, *(flag.overall for flag in flags), 10.0),
    )


_CONTRADICTION = Flag("title or abstract contradicts the verdict of the evidence", soundness=1.5, overall=3.0)


def _numbers(findings: Findings) -> Flag:
    quoted = ", ".join(findings.strange_numbers[:5])
    return Flag(f"numbers in the text that the evidence does not hold: {quoted}", soundness=2.0, overall=4.0)


def _instructions(findings: Findings) -> Flag:
    quoted = "; ".join(repr(text) for text in findings.instructions[:2])
    return Flag(f"text addressed to the reviewer: {quoted}", overall=2.0)


def _hidden(findings: Findings) -> Flag:
    return Flag(f"text that a reader of the page cannot see: {'; '.join(findings.hidden[:2])!r}", overall=2.0)


def _repeated(share: float) -> Flag:
    return Flag(f"{share:.0%} of the words stand in sentences that were said before", presentation=2.0, overall=5.0)
