"""Rigour: each measure moves it the way it should, and it stays within bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.estimate.rigour import rigour
from reviewer.gates.measures import measure_all
from reviewer.schema import Paper
from reviewer.screening import screen
from tests.reviewer.estimate.papers import BODY, screened

FOUND = measure_all(screened())
USED = [name for name in FOUND if rigour(FOUND | {name: FOUND[name] + 0.5}) != rigour(FOUND)]
MIDDLE = {name: 0.4 if name in FOUND else 0.0 for name in FOUND}
MEASURES = st.fixed_dictionaries({name: st.floats(0, 1) for name in FOUND})
COUNTS = [name for name in FOUND if name.endswith(("_sentences", "_tokens", "_words", "_agreed"))]


def test_it_weighs_most_of_what_is_measured_by_kind() -> None:
    assert {"ablation_sentences", "baseline_sentences", "numbers_agree", "hedged_share"} <= {*USED, *COUNTS}


@pytest.mark.parametrize("name", sorted(FOUND))
def test_more_of_a_measure_raises_it_and_more_of_a_fault_lowers_it(name: str) -> None:
    less, more = rigour(MIDDLE | {name: 0.2}), rigour(MIDDLE | {name: 0.9})
    assert less >= more if name.startswith("bad_") else less <= more


@pytest.mark.parametrize("name", USED)
def test_no_measure_that_is_weighed_is_without_effect(name: str) -> None:
    assert rigour(MIDDLE | {name: 0.2}) != rigour(MIDDLE | {name: 0.9})


@given(measures=MEASURES, counts=st.fixed_dictionaries({name: st.floats(0, 1e6) for name in COUNTS}))
def test_it_never_exceeds_one(measures: dict[str, float], counts: dict[str, float]) -> None:
    assert rigour(measures | counts) <= 1 + 1e-9


@given(one=MEASURES, share=st.floats(0, 1), name=st.sampled_from(sorted(FOUND)))
def test_it_moves_one_way_from_anywhere(one: dict[str, float], share: float, name: str) -> None:
    low, high = sorted((one[name], share))
    less, more = rigour(one | {name: low}), rigour(one | {name: high})
    assert (less >= more - 1e-12) if name.startswith("bad_") else (less <= more + 1e-12)


def test_counts_are_full_somewhere() -> None:
    full = FOUND | dict.fromkeys(COUNTS, 10000.0)
    assert rigour(full) == rigour(full | dict.fromkeys(COUNTS, 100000.0))


@pytest.mark.parametrize(
    "sentence",
    [
        "The ablation takes the terrain map away.",
        "A baseline without a map is tuned alike.",
        "One limitation is the number of valleys. We leave others to future work.",
        "Each error is a mean over five seeds\nand has a standard deviation beside it.",
    ],
)
def test_care_taken_out_of_a_paper_costs(sentence: str) -> None:
    assert sentence in BODY
    less = measure_all(screened(body=BODY.replace(sentence, "")))
    assert rigour(less) < rigour(FOUND)


def test_an_empty_paper_has_little() -> None:
    assert rigour(measure_all(screen(Paper(title="", sections=())))) < rigour(FOUND)
