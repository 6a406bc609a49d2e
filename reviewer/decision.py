"""What decides on a paper: everything that was measured of it has to agree before it is accepted."""

from typing import Literal, TypeAlias

from reviewer.form.scores import ACCEPT_FROM

Measure: TypeAlias = Literal["form", "form and evidence", "P(accept)"]
LEAST_PROBABILITY = 0.5


def find_measures(probability: float | None, *, has_evidence: bool) -> tuple[Measure, ...]:
    """Return what has a say. Of a paper without evidence the form has one only where no probability is known."""
    form: tuple[Measure, ...] = ("form and evidence",) if has_evidence else () if probability is not None else ("form",)
    return form if probability is None else (*form, "P(accept)")


def find_objections(overall: float, probability: float | None, *, has_evidence: bool) -> tuple[Measure, ...]:
    """Return which of these are against acceptance; `overall` is the score after the flags' caps."""
    is_likely = probability is None or probability >= LEAST_PROBABILITY
    return tuple(
        measure
        for measure in find_measures(probability, has_evidence=has_evidence)
        if not (is_likely if measure == "P(accept)" else overall >= ACCEPT_FROM)
    )
