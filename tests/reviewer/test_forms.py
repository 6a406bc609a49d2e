"""The formulas of the form: bounded, monotone in every merit, capped by flags, whatever the features."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reviewer.form.features import EXPECTED, OPTIONAL, TERMS
from reviewer.form.scores import Scores, score
from reviewer.gates.flag import Flag, cap

FULL: dict[str, float] = {
    "words": 5000, "abstract_words": 150, "limitations_words": 200, "sentence_words": 20, "overclaims": 0, "figures": 6,
    "tables": 2, "floats_referenced": 1, "equations": 3, "references": 40, "references_resolved": 1, "citations": 60,
    "has_evidence": 1, "has_verdict": 1, "verdict": 1, "claim_agrees": 1, "failed_reported": 1, "ablations": 4,
    "secondary_metrics": 3, "seeds": 20, "has_interval": 1, "has_adjusted_p": 1, "resolution": 1, "effect_dz": 2,
    **{f"has_{kind}": 1 for kind in (*EXPECTED, *OPTIONAL)},
    **{f"mentions_{term}": 20 for term in TERMS},
}  # fmt: skip
HARMFUL = {"overclaims", "sentence_words"}
MERITS = sorted(set(FULL) - HARMFUL - {"abstract_words", "verdict"})


@st.composite
def papers(draw: st.DrawFn) -> dict[str, float]:
    features = {name: draw(st.floats(0, value)) for name, value in FULL.items()}
    return features | {"verdict": draw(st.sampled_from([-1.0, 0.0, 1.0])), "has_verdict": 1.0}


def bounded(made: Scores) -> bool:
    form = (made.soundness, made.presentation, made.contribution)
    return all(1 <= value <= 4 for value in form) and 1 <= made.overall <= 10 and 1 <= made.confidence <= 5


def test_paper_with_every_merit_gets_full_marks_but_for_what_form_cannot_show() -> None:
    """A reviewer of forms gave 9.2 of 10 to a sound study of one knob on one data set: it cannot tell what matters."""
    assert [round(value, 9) for value in score(FULL)] == [4, 4, 2.5, 7.075, 5]


def test_paper_with_nothing_gets_the_least_marks_but_for_restraint() -> None:
    empty = dict.fromkeys(FULL, 0.0)
    made = score(empty)
    assert (made.soundness, made.contribution, made.confidence) == (1, 1, 1)
    assert made.presentation < 1.4 and made.overall < 1.5


@given(features=papers())
def test_scores_stay_in_the_forms_ranges(features: dict[str, float]) -> None:
    assert bounded(score(features))


@given(features=papers(), name=st.sampled_from(MERITS), share=st.floats(0, 1))
def test_less_of_any_merit_never_raises_any_score(features: dict[str, float], name: str, share: float) -> None:
    less = score(features | {name: features[name] * share})
    assert all(a <= b + 1e-9 for a, b in zip(less, score(features), strict=True))


@given(features=papers(), name=st.sampled_from(sorted(HARMFUL)), more=st.floats(0, 100))
def test_more_of_a_fault_never_raises_any_score(features: dict[str, float], name: str, more: float) -> None:
    worse = score(features | {name: features[name] + more})
    assert all(a <= b + 1e-9 for a, b in zip(worse, score(features), strict=True))


@given(features=papers())
def test_verdict_has_no_say_in_soundness(features: dict[str, float]) -> None:
    assert len({score(features | {"verdict": verdict}).soundness for verdict in (-1.0, 0.0, 1.0)}) == 1


@given(features=papers())
def test_supported_counts_most_and_refuted_no_less_than_undecided(features: dict[str, float]) -> None:
    supported, refuted, undecided = (score(features | {"verdict": one}).contribution for one in (1.0, -1.0, 0.0))
    assert supported >= refuted >= undecided > 1


def test_paper_that_is_not_sound_stays_below_the_line() -> None:
    unsound = FULL | dict.fromkeys(("seeds", "has_interval", "has_adjusted_p", "resolution", "limitations_words"), 0.0)
    unsound |= {f"mentions_{term}": 0.0 for term in TERMS}
    assert score(unsound).overall < 6


def caps() -> st.SearchStrategy[tuple[Flag, ...]]:
    def flag(values: tuple[float, float, float]) -> Flag:
        return Flag("x", *values)

    sizes: Any = st.tuples(st.floats(1, 4), st.floats(1, 4), st.floats(1, 10))
    return st.lists(sizes.map(flag), max_size=4).map(tuple)


@given(features=papers(), flags=caps())
def test_flags_only_ever_lower_scores(features: dict[str, float], flags: tuple[Flag, ...]) -> None:
    made = score(features)
    capped = cap(made, flags)
    assert all(a <= b for a, b in zip(capped, made, strict=True)) and bounded(capped)
    assert all(capped.overall <= flag.overall and capped.soundness <= flag.soundness for flag in flags)
