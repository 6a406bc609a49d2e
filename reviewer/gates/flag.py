"""Integrity flags. Each caps the scores, whatever the prose says; a cap never raises one."""

from collections.abc import Sequence
from typing import NamedTuple

from reviewer.form.scores import Scores


class Flag(NamedTuple):
    """What is wrong, as "gate: what, with a quotation (place)", and the most that each score can then be."""

    text: str
    soundness: float = 4.0
    presentation: float = 4.0
    overall: float = 10.0


class Caps(NamedTuple):
    """The most that soundness and presentation (of 4) and the overall score (of 10) can be."""

    soundness: float = 4.0
    presentation: float = 4.0
    overall: float = 10.0


CAPS = {
    # dishonest: meant to deceive whoever reads or scores
    "instructions": Caps(overall=2.0),
    "hidden": Caps(overall=2.0),
    "verdict": Caps(soundness=1.5, overall=3.0),
    "references shuffled": Caps(soundness=2.0, presentation=2.0, overall=3.0),
    "abstract": Caps(soundness=2.5, presentation=1.5, overall=3.0),
    "sentence order": Caps(presentation=1.5, overall=4.0),
    # wrong: what is said is not so, or what it rests on is not there
    "evidence": Caps(soundness=2.0, overall=4.0),
    "references dangling": Caps(soundness=2.5, presentation=2.0, overall=4.0),
    "proofs": Caps(soundness=2.0, overall=4.0),
    "experiments": Caps(soundness=2.0, presentation=2.0, overall=4.0),
    "overclaim": Caps(soundness=2.5, overall=4.5),
    # careless
    "numbers": Caps(soundness=2.5, overall=5.0),
    "references duplicated": Caps(presentation=2.0, overall=5.0),
    "references uncited": Caps(presentation=2.0, overall=5.0),
    "padding": Caps(presentation=2.0, overall=5.0),
    "floats": Caps(presentation=2.0, overall=5.0),
    "comparison": Caps(soundness=2.5, overall=5.0),
    "limitations": Caps(soundness=3.0, overall=5.5),
}


def flag(gate: str, what: str, quotes: Sequence[str] = ()) -> Flag:
    """A flag of the gate with its caps; quotes carry their places."""
    told = f": {'; '.join(quotes)}" if quotes else ""
    return Flag(f"{gate}: {what}{told}", *CAPS[gate])


def cap(scores: Scores, flags: tuple[Flag, ...]) -> Scores:
    return scores._replace(
        soundness=min(scores.soundness, *(flag.soundness for flag in flags), 4.0),
        presentation=min(scores.presentation, *(flag.presentation for flag in flags), 4.0),
        overall=min(scores.overall, *(flag.overall for flag in flags), 10.0),
    )
