"""Features: what they count, that what stands twice counts once, and that a deletion raises none of the monotone."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.estimate.features import FEATURES, NAMES
from reviewer.schema import Paper
from reviewer.text import split_sentences
from tests.reviewer.estimate.papers import APPENDIX, BODY, REFS, ROW, features, measure, read

RISING = [spec.name for spec in FEATURES if spec.direction == 1]
PAPER = read()
WHOLE = measure(PAPER)


def risen(found: dict[str, float], whole: dict[str, float] = WHOLE) -> set[str]:
    return {name for name in RISING if found[name] > whole[name]}


def test_every_name_has_one_finite_value() -> None:
    assert tuple(WHOLE) == NAMES and len(set(NAMES)) == len(NAMES)
    assert all(math.isfinite(value) for value in WHOLE.values())


def test_empty_paper_has_finite_features_too() -> None:
    found = measure(Paper(title="", sections=()))
    assert all(math.isfinite(value) for value in found.values())
    assert {found[name] for name in RISING} == {0.0}


def test_what_the_example_holds_is_counted() -> None:
    counted = {
        "citations": 2, "references": 4, "figures": 1, "tables": 1, "table_rows": 3, "equations": 1, "n_ablation": 2,
        "n_baseline": 1, "n_seeds": 2, "n_uncertainty": 2, "n_limits": 2, "n_hyperparameters": 1,
        "n_human_evaluation": 1, "appendix_ablation": 1, "appendix_seeds": 1, "sections": 5,
    }  # fmt: skip
    assert {name: WHOLE[name] for name in counted} == counted


@pytest.mark.parametrize("name", [name for name in RISING if name not in {"appendix_hyperparameters"}])
def test_no_rising_feature_is_dead(name: str) -> None:
    rich = APPENDIX + "\nA limitation of theorem 2 is drawn in Figure 2, and each hyperparameter is in Table 2.\n"
    assert features(appendix=rich)[name] > 0


@settings(max_examples=60, deadline=None)
@given(kept=st.data())
def test_no_deletion_of_sentences_rows_or_references_raises_a_rising_feature(kept: st.DataObject) -> None:
    def choose(items: tuple[str, ...] | list[str]) -> list[str]:
        flags = kept.draw(st.lists(st.booleans(), min_size=len(items), max_size=len(items)))
        return [item for item, is_kept in zip(items, flags, strict=True) if is_kept]

    sections = tuple(
        part.model_copy(update={"text": " ".join(choose(split_sentences(part.text)))}) for part in PAPER.sections
    )
    bibliography = tuple(choose(PAPER.bibliography))
    fields = {"sections": sections, "rows": tuple(choose(PAPER.rows)), "bibliography": bibliography}
    assert not risen(measure(PAPER.model_copy(update=fields)))


@pytest.mark.parametrize("name", ["body", "refs", "appendix"])
def test_no_part_left_out_raises_a_rising_feature(name: str) -> None:
    assert not risen(features(**{name: ""}))


@pytest.mark.parametrize("heading", ["1 INTRODUCTION", "2 METHOD", "3 EXPERIMENTS", "4 LIMITATIONS"])
def test_no_section_left_out_raises_a_rising_feature(heading: str) -> None:
    before, _, rest = BODY.partition(heading)
    following = rest.find("\n\n" + str(int(heading[0]) + 1) + " ")
    assert not risen(features(body=before + (rest[following:] if following >= 0 else "")))


def test_what_stands_twice_counts_once() -> None:
    """But for what opens a proof ("Proof of Lemma 1."), which screening lets stand each time."""
    once = read(appendix=APPENDIX.replace("Proof of Lemma 1. The", "The"))
    doubled = {
        "sections": once.sections * 2,
        "rows": once.rows * 2,
        "bibliography": once.bibliography * 2,
        "references": once.references * 2,
        "citations": once.citations * 2,
    }
    assert risen(measure(once.model_copy(update=doubled)), measure(once)) == set()


def test_body_pasted_as_an_appendix_earns_nothing() -> None:
    found = features(appendix=APPENDIX + "\nB MORE\n" + BODY)
    assert risen(found) <= {"words_appendix", "words_all"}
    assert found["words_all"] <= WHOLE["words_all"] + 12  # short captions and headings


@pytest.mark.parametrize(
    "field", ["venue", "year", "id", "split", "accept", "ratings", "mean_score", "authors", "keywords"]
)
def test_nothing_but_the_text_is_read(field: str) -> None:
    from reviewer.reading.row import read_row
    from reviewer.text import blind

    for value in ("ICLR 2022", 2022):
        assert measure(blind(read_row(ROW | {field: value}))) == WHOLE


def test_name_of_the_venue_on_the_page_moves_nothing() -> None:
    line = "Published as a conference paper at ICLR 2022\n\n"
    found = features(body=BODY.replace("2 METHOD", line + "2 METHOD"))
    assert found == pytest.approx(WHOLE)


def test_years_count_from_the_newest_so_that_none_is_known() -> None:
    def later(text: str, years: int) -> str:
        for year in (2020, 2019, 2017, 2015):
            text = text.replace(str(year), str(year + years))
        return text

    moved = features(body=later(BODY, 3), refs=later(REFS, 3))
    assert {name for name in NAMES if moved[name] != WHOLE[name]} == set()
    assert WHOLE["recent_references"] == 2


def test_a_lone_later_year_among_the_references_is_taken_for_a_misprint() -> None:
    odd = REFS + "\nAda Odd. A misprint. Journal of Rain, 2029.\n"
    assert features(refs=odd)["recent_references"] >= WHOLE["recent_references"]
    assert features(refs=odd)["recent_references"] <= WHOLE["recent_references"] + 1
