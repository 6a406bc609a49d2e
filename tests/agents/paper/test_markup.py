"""Evidence macros and what a text uses of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.paper.markup import (
    evidence_tex,
    expand_evidence,
    find_cites,
    find_keys,
    find_labels,
    find_numerals,
    find_refs,
    plain_text,
    shown_interval,
    shown_value,
)
from agents.schema import Quantity
from tests.agents.paper.planted import make_study


def _quantity(**fields: object) -> Quantity:
    return Quantity.model_validate({"key": "a.b", "value": 1.5, "label": "x", "aggregation": "mean", **fields})


@pytest.mark.parametrize(
    ("latex", "numerals"),
    [
        (r"gains \ev{effect.primary} over \evn{effect.primary} seeds, \evi{arm.a_1.mean}", []),
        (r"see \citet{he2016deep} and \citep[see][]{a2019,b2020}, Table~\ref{tab:2}\label{sec:3}", []),
        (r"\cref{fig:1} and \includegraphics[width=2cm]{figures/plot2.pdf}", []),
        ("reached 0.95 in 12 runs", ["0.95", "12"]),
        ("10% better", ["10"]),
        ("half a per cent % not 5 of them", []),
        (r"5\% better % than 7", ["5"]),
        (r"$x^2$ and L2", ["2", "L2"]),
        (r"\citep[p.~3]{he2016deep}", ["3"]),
        ("x² and ½", ["²", "½"]),
        ("ten ٣ apples", ["٣"]),
        (r"\evidence{1}", ["1"]),
    ],
)
def test_numerals_typed_by_hand_are_found(latex: str, numerals: list[str]) -> None:
    assert find_numerals(latex) == numerals


@given(st.integers(min_value=0), st.sampled_from(["", "-", "0.", "1,", r"\textbf{", r"{\small "]))
def test_no_number_passes_the_gate_because_it_is_near_a_logged_one(number: int, before: str) -> None:
    """A number gate accepted anything within one per cent of any logged value."""
    assert find_numerals(f"gain of {before}{number} over")


def test_keys_citations_and_references_are_found_in_order() -> None:
    latex = r"\ev{a.b} \evi{c_d.e} % \ev{not.this}" + "\n" + r"\citet*{x, y} \autoref{s} \ref{t}\label{u}"
    assert find_keys(latex) == ["a.b", "c_d.e"]
    assert find_cites(latex) == ["x", "y"]
    assert find_refs(latex) == ["s", "t"]
    assert find_labels(latex) == ["u"]


@pytest.mark.parametrize(
    ("fields", "value", "interval"),
    [
        ({"decimals": 2, "unit": "%", "low": 1.0, "high": 2.0}, r"1.50\,\%", r"1.50 [1.00,~2.00]\,\%"),
        ({"decimals": 1}, "1.5", "1.5"),
        ({"value": -0.25, "decimals": 2, "unit": "s"}, r"\ensuremath{-}0.25\,s", r"\ensuremath{-}0.25\,s"),
        ({"value": 0.0, "decimals": 3, "aggregation": "p-value"}, r"\ensuremath{<}0.001", r"\ensuremath{<}0.001"),
        ({"value": 12345, "unit": "images"}, "12,345~images", "12,345~images"),
        ({"value": 0.2, "low": -1.0, "high": 1.0}, "0", r"0 [\ensuremath{-}1,~1]"),
    ],
)
def test_values_print_with_unit_and_interval(fields: dict[str, object], value: str, interval: str) -> None:
    quantity = _quantity(**fields)
    assert (shown_value(quantity), shown_interval(quantity)) == (value, interval)


def test_evidence_tex_defines_every_key_in_order(tmp_path: Path) -> None:
    evidence = make_study(tmp_path, nodes=3).evidence
    lines = [line for line in evidence_tex(evidence).splitlines() if line.startswith(r"\evdefine")]
    assert [line.split("{")[1].split("}")[0] for line in lines] == sorted(evidence.keys)


def test_a_term_prints_its_words_and_nothing_else_of_them(tmp_path: Path) -> None:
    """Settings that are words could not be told, so a paper said "evenly spaced up to a majority"."""
    evidence = make_study(tmp_path, nodes=3).evidence
    latex = r"at \ev{levels.smoothing}, by \texttt{\ev{levels.schedule}}"
    assert find_numerals(latex) == []
    assert expand_evidence(latex, evidence) == r"at 0, 0.05, 0.1 and 0.35, by \texttt{flat and step\_\allowbreak{}2}"
    assert plain_text(latex, evidence) == "at 0, 0.05, 0.1 and 0.35, by flat and step_ 2"
    shown = r"flat and step\_\allowbreak{}2"
    assert rf"\evdefine{{levels.schedule}}{{{shown}}}{{{shown}}}{{{shown}}}{{flat and step\_2}}" in evidence_tex(
        evidence
    )


def test_quotation_marks_are_those_that_a_reader_sees(tmp_path: Path) -> None:
    """A title with a level in LaTeX quotes stood in the terminal as it stands in the source."""
    evidence = make_study(tmp_path, nodes=4, seeds=2).evidence
    assert plain_text("Order ``oldest first'' helps", evidence) == "Order \u201coldest first\u201d helps"


def test_plain_text_is_what_a_reader_sees(tmp_path: Path) -> None:
    evidence = make_study(tmp_path, nodes=3).evidence
    latex = r"\textbf{Gain} of \ev{rule.smallest_effect} \citep{x} in Table~\ref{t}, 5\,\% at $\alpha$"
    assert plain_text(latex, evidence) == "Gain of 0.3 percentage points in Table , 5 % at"


def test_an_unknown_key_expands_to_nothing(tmp_path: Path) -> None:
    assert expand_evidence(r"a\ev{no.such}b", make_study(tmp_path, nodes=3).evidence) == "ab"


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [(1, "days", "1~day"), (3, "days", "3~days"), (-1, "percentage points", r"\ensuremath{-}1~percentage point"),
     (1, "s", r"1\,s"), (1, "mass", "1~mass")],
)  # fmt: skip
def test_of_one_the_unit_is_singular(value: float, unit: str, shown: str) -> None:
    assert shown_value(Quantity(key="k", value=value, label="l", unit=unit, aggregation="setting")) == shown


def test_a_seed_is_a_name_and_has_no_separators() -> None:
    seed = Quantity(key="exp.s1-0006.seed", value=500_000_006, label="seed", aggregation="setting")
    assert (seed.shown, seed.model_copy(update={"key": "cost.tokens_in"}).shown) == ("500000006", "500,000,006")


@pytest.mark.parametrize(("value", "shown"), [(0.0123, "p = 0.0123"), (0.00001, "p < 0.0001")])
def test_a_p_value_prints_with_its_sign(tmp_path: Path, value: float, shown: str) -> None:
    """A p "of <0.0001" was printed."""
    evidence = make_study(tmp_path, nodes=4).evidence
    p = _quantity(key="effect.primary.p", value=value, decimals=4, aggregation="p-value")
    evidence = evidence.model_copy(update={"quantities": {**evidence.quantities, p.key: p}})
    assert plain_text(r"p \evp{effect.primary.p}", evidence) == shown
    assert r"\evpdefine{effect.primary.p}" in evidence_tex(evidence)
    assert r"\evpdefine{search.nodes}" not in evidence_tex(evidence)
    assert find_numerals(r"p \evp{effect.primary.p}") == []
